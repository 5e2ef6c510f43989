"""Library, dimensions, settings and the password page."""

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Open
from tests.ui.stand_in import World, progress

pytestmark = pytest.mark.browser

ROOTS = [
    {"path": "/home/me/Pictures", "state": "online", "present": 1204, "missing": 3,
     "last_scan_at": "2026-03-02T10:11:00"},
    {"path": "/media/disk", "state": "offline", "present": 0, "missing": 8123,
     "last_scan_at": "2026-01-02T10:11:00"},
]  # fmt: skip
FAILURES = [
    {"path": "/home/me/a.jpg", "reason": "truncated", "detail": "12 bytes not processed"},
    {"path": "/home/me/b.jpg", "reason": "truncated", "detail": "3 bytes not processed"},
    {"path": "/home/me/<b>c</b>.png", "reason": "not_a_picture", "detail": "cannot identify"},
]


def test_folders_and_their_states(open_page: Open, world: World) -> None:
    world.roots = ROOTS
    page = open_page("?view=library", wait=".roots li")
    away = page.locator(".roots li", has_text="/media/disk")
    expect(away).to_contain_text("disk is away")
    expect(away).to_contain_text("8,123 missing")
    expect(page.get_by_text("They come back with the disk")).to_be_visible()


def test_progress_is_live_and_can_be_paused(open_page: Open, world: World) -> None:
    stand = progress(done=320, total=1204, rate=41.2, remaining_seconds=21.0, failed=2)
    world.job = {"running": True, "progress": stand}
    page = open_page("?view=library", wait="progress")
    card = page.locator(".card").first
    expect(card).to_contain_text("320 of 1,204 files · 41.2 pictures a second · 21 sec left")
    world.job = {"running": True, "progress": {**stand, "done": 640}}
    expect(card).to_contain_text("640 of 1,204 files")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Stopping after this batch …")).to_be_disabled()
    outcome = {"indexed": 640, "unchanged": 0, "updated": 0, "moved": 0, "missing": 0, "failed": 2}
    world.job = {"outcome": {**outcome, "seconds": 16, "interrupted": True, "notices": []}}
    expect(card).to_contain_text("Reading is paused · 640 new")
    page.get_by_role("button", name="Go on reading").click()
    expect(page.get_by_role("heading", name="Reading your pictures")).to_be_visible()
    assert world.job["body"] == {"paths": []}


def test_failures_are_grouped_with_what_to_do(open_page: Open, world: World) -> None:
    world.failures = FAILURES
    page = open_page("?view=library", wait=".failure-group")
    expect(page.locator(".failure-group summary").first).to_have_text("Cut short 2")
    page.locator(".failure-group summary").nth(1).click()
    group = page.locator(".failure-group").nth(1)
    expect(group).to_contain_text("Rename or exclude it")
    expect(group).to_contain_text("/home/me/<b>c</b>.png")


def test_reading_begins_with_what_is_left_out(open_page: Open, world: World) -> None:
    page = open_page("?view=library", wait=".index-form", allow="422")
    page.get_by_label("Folder on this computer").fill("/home/me/Pictures")
    page.get_by_text("Leave files out").click()
    patterns = page.get_by_label("One pattern in each line")
    patterns.fill("!")
    page.get_by_role("button", name="Read this folder").click()
    expect(page.get_by_role("alert").filter(has_text="not understood")).to_be_visible()
    assert world.job == {}
    patterns.fill("*.gif\n\nscreenshots/")
    page.get_by_role("button", name="Read this folder").click()
    expect(page.get_by_role("heading", name="Reading your pictures")).to_be_visible()
    assert world.exclusions == ["*.gif", "screenshots/"]
    assert world.job["body"] == {"paths": ["/home/me/Pictures"]}


def test_what_is_left_out_is_still_there_the_next_time(open_page: Open, world: World) -> None:
    world.exclusions = ["*.gif"]
    page = open_page("?view=library", wait=".index-form")
    page.get_by_text("Leave files out").click()
    expect(page.get_by_label("One pattern in each line")).to_have_value("*.gif")


def test_a_folder_can_be_chosen_without_typing(open_page: Open) -> None:
    page = open_page("?view=library", wait=".index-form")
    page.get_by_role("button", name="Choose …").click()
    dialog = page.get_by_role("dialog", name="Choose a folder")
    expect(dialog.get_by_role("button", name="<b>Work")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("7 pictures in the folder itself")
    expect(dialog).to_contain_text("There is no folder in here.")
    dialog.get_by_role("button", name="Choose this folder").click()
    expect(page.get_by_label("Folder on this computer")).to_have_value("/home/me/Pictures")
    expect(page.get_by_label("Folder on this computer")).to_be_focused()


def test_a_folder_that_was_mistyped_is_no_dead_end(open_page: Open) -> None:
    page = open_page("?view=library", wait=".index-form", allow="404")
    page.get_by_label("Folder on this computer").fill("/nowhere")
    page.get_by_role("button", name="Choose …").click()
    expect(page.locator(".chooser-place")).to_contain_text("/home/me")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Folder on this computer")).to_have_value("/nowhere")


def test_a_forecast_is_given_before_a_first_run(open_page: Open) -> None:
    page = open_page("?view=library", wait=".index-form")
    page.get_by_label("Folder on this computer").fill("/home/me/Pictures")
    page.get_by_role("button", name="Forecast").click()
    forecast = page.locator(".forecast")
    expect(forecast).to_contain_text(
        "1,204 pictures to read · about 5 min · 21 MB on disk · 396 MB of memory"
    )
    expect(forecast).to_contain_text("With the model bundled.")


def test_folders_can_be_watched_and_left_alone(open_page: Open, world: World) -> None:
    world.roots = ROOTS
    page = open_page("?view=library", wait=".roots li")
    # Not check(): what shows the work takes the place of the switch before its state can be read.
    page.get_by_label("Watch the folders").click()
    expect(page.get_by_role("heading", name="Reading your pictures")).to_be_visible()
    assert world.job["body"] == {"paths": [], "watch": True}
    outcome = {"indexed": 2, "unchanged": 7, "updated": 0, "moved": 0, "missing": 0, "failed": 0}
    world.job = {"running": True, "watching": True, "resting": True}
    world.job["outcome"] = {**outcome, "seconds": 3, "interrupted": False, "notices": []}
    expect(page.get_by_text("Watching. Last run: 2 new · 7 unchanged")).to_be_visible()
    page.get_by_label("Watch the folders").click()
    page.wait_for_function("() => document.querySelector('[role=switch]').disabled")
    assert world.job["pausing"] is True


def test_what_is_typed_outlives_the_looks_at_the_server(open_page: Open, world: World) -> None:
    page = open_page("?view=library", wait=".index-form")
    page.get_by_label("Folder on this computer").fill("/home/me")
    world.roots = ROOTS
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".roots li").first).to_be_visible()
    expect(page.get_by_label("Folder on this computer")).to_have_value("/home/me")


def test_a_password_is_set_changed_and_taken_away(open_page: Open, world: World) -> None:
    page = open_page("?view=settings", wait=".segments", allow="403")
    page.get_by_role("button", name="Set a password").click()
    page.get_by_label("New password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text("The password is set")
    assert world.password == "correct horse"
    page.get_by_role("button", name="Change the password").click()
    page.get_by_label("Password so far").fill("guess")
    page.get_by_label("New password").fill("battery staple")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="not the password")).to_be_visible()
    assert world.password == "correct horse"
    page.get_by_role("button", name="Take the password away").click()
    page.get_by_label("Password so far").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Set a password")).to_be_visible()
    assert world.password is None


def test_another_model_is_changed_to_in_the_settings(open_page: Open, world: World) -> None:
    world.models = ("bundled", "mine")
    page = open_page("?view=settings", wait=".roots code")
    page.get_by_role("button", name="Change to mine").click()
    page.wait_for_url("**view=library")
    assert world.job["body"] == {"paths": [], "model": "mine"}


def test_models_are_asked_for_once_until_another_one_answers(open_page: Open, world: World) -> None:
    world.models = ("bundled", "mine")
    page = open_page("?view=settings", wait=".roots code")
    change = page.get_by_role("button", name="Change to mine")
    expect(change).to_be_enabled()
    asked = world.asked.count("/api/v1/models")
    for running in (True, False):
        world.job = {"running": running}
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(change).to_be_enabled(enabled=not running)
    assert world.asked.count("/api/v1/models") == asked
    world.model = "mine"
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("button", name="Change to bundled")).to_be_visible()
    assert world.asked.count("/api/v1/models") == asked + 1


def test_a_command_can_be_copied(open_page: Open) -> None:
    page = open_page(
        "?view=settings", wait=".roots code", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator("li", has_text="jina-clip-v2").get_by_label("Copy the command").click()
    expect(page.locator(".toast")).to_have_text("Command copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "searchapp model pull jina-clip-v2"


def test_whoever_came_in_by_password_can_leave(open_page: Open, world: World) -> None:
    world.password = "right"
    page = open_page("?view=settings", wait=".segments")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/ui/login")


def test_agreement_is_drawn_and_tabled(open_page: Open) -> None:
    page = open_page("?view=dimensions", wait=".chart")
    assert page.locator(".chart .dot").count() == 5
    row = page.locator("tbody tr").nth(1)
    expect(row).to_contain_text("64")
    expect(row).to_contain_text("128 bytes")
    expect(row).to_contain_text("94%")


def test_an_evaluation_can_be_started_and_stopped(open_page: Open, world: World) -> None:
    page = open_page("?view=dimensions", wait="#captions")
    page.locator("#captions").fill("/home/me/captions.jsonl")
    page.get_by_role("button", name="Measure now").click()
    expect(page.get_by_text("3 of 10")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Measure now")).to_be_visible()


def test_the_last_evaluation_says_what_to_do(open_page: Open, world: World) -> None:
    world.evaluation = {
        "result": {
            "rows": [
                {"language": "sw", "direction": "text_to_image", "dim": dim, "metric": "hit@5",
                 "value": value, "ci_low": 0, "ci_high": 1}
                for dim, value in ((64, 0.5), (384, 0.6))
            ],
            "summary": [],
            "advice": {"dim": 64, "full_dim": 384, "assured": False,
                       "command": "searchapp index --dim 64"},
            "weak": ["sw"],
            "plots": [],
            "created_at": "2026-01-01",
        }
    }  # fmt: skip
    page = open_page("?view=dimensions", wait="#captions")
    expect(page.get_by_text("64 of 384 numbers look enough, but")).to_be_visible()
    expect(page.locator("code")).to_have_text("searchapp index --dim 64")
    expect(page.get_by_text("understood less well: Swahili")).to_be_visible()
    link = page.get_by_role("link", name="Open the whole report")
    assert (link.get_attribute("href") or "").endswith("/api/v1/evaluation/report")


def test_theme_and_language_are_remembered(open_page: Open) -> None:
    page = open_page("?view=settings", wait=".segments")
    page.get_by_label("dark", exact=True).check()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator("#language").select_option("fr")
    expect(page.get_by_role("heading", name="Réglages")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_models_say_how_to_get_them(open_page: Open) -> None:
    page = open_page("?view=settings", wait="code")
    models, captioners = page.locator(".roots").all()
    expect(models).to_contain_text("CC BY-NC 4.0")
    expect(models.locator("code")).to_have_text("searchapp model pull jina-clip-v2")
    expect(captioners.locator("code")).to_have_text(
        "searchapp caption --captioner mono-internvl-2b"
    )


def test_the_password_page(open_page: Open, world: World) -> None:
    page = open_page("ui/login", wait="#password", allow="401")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the password.")
    page.locator("#password").fill("right")
    page.get_by_role("button", name="Open").click()
    page.wait_for_selector(".tile")


def test_whoever_is_not_let_in_sees_the_password_page(open_page: Open, world: World) -> None:
    world.refusal = (401, "about:blank", "Say the password first.")
    page = open_page("?q=boat", wait="#password", allow="401")
    assert page.url.endswith("/ui/login")
