"""The search page in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Open
from tests.ui.stand_in import Server, World, drawn, progress

pytestmark = pytest.mark.browser


def test_the_library_is_shown_at_first_and_the_box_has_the_focus(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".summary")).to_have_text("120 pictures")
    expect(page.locator("#query")).to_be_focused()
    assert page.locator(".examples button").count() >= 10


def test_pictures_come_from_the_api(open_page: Open) -> None:
    page = open_page()
    source = page.locator(".tile img").first.get_attribute("src") or ""
    assert re.search(r"/api/v1/images/\d+/thumbnail$", source)


def test_results_come_while_typing_and_the_address_follows(open_page: Open) -> None:
    page = open_page()
    page.locator("#query").press_sequentially("old lighthouse", delay=15)
    expect(page.locator(".summary")).to_contain_text("120 results")
    assert page.url.endswith("?q=old+lighthouse")


def test_the_back_button_goes_back_to_the_search_before(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.locator("#query").fill("hill")
    page.locator("#query").press("Enter")
    page.wait_for_url("**/?q=hill")
    page.go_back()
    expect(page.locator("#query")).to_have_value("boat")
    expect(page.locator(".summary")).to_contain_text("results")


def test_a_deep_link_brings_everything_back(open_page: Open, world: World) -> None:
    page = open_page("?q=boat&not=people&filter=type:jpeg&dim=64&min=0.5&hybrid=0&sort=date")
    expect(page.locator("#query")).to_have_value("boat")
    expect(page.locator(".chip.without")).to_contain_text("without people")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#filter-type")).to_have_value("jpeg")
    expect(page.locator("#width")).to_have_value("64")
    expect(page.locator("#relevance")).to_have_value("50")
    expect(page.locator("#sort")).to_have_value("date")
    expect(page.get_by_label("also search words")).not_to_be_checked()


def test_something_can_be_left_out_and_taken_in_again(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.get_by_label("Leave out pictures of this").fill("people")
    page.keyboard.press("Enter")
    page.wait_for_url("**not=people")
    page.get_by_role("button", name="Remove without people").click()
    page.wait_for_url("**/?q=boat")


def test_the_relevance_slider_speaks_plainly(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.get_by_role("button", name="Filters").click()
    slider = page.locator("#relevance")
    assert slider.get_attribute("aria-valuetext") == "likely and possible matches"
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "everything, nearest first"
    page.wait_for_url("**min=0")


def test_a_model_without_a_scale_says_so_at_the_slider(open_page: Open, world: World) -> None:
    world.calibrated = False
    page = open_page("?q=boat")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#relevance")).to_be_disabled()
    expect(page.get_by_text("cannot say how sure it is")).to_be_visible()


def test_filters_write_the_query_syntax(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.get_by_role("button", name="Filters").click()
    page.locator("#filter-folder").fill("summer holiday")
    page.locator("#filter-folder").press("Tab")
    page.get_by_role("button", name="blue").click()
    page.get_by_label("favourites").check()
    page.wait_for_url(re.compile("filter=is%3Afavourite"))
    assert "folder%3A%22summer+holiday%22" in page.url
    assert "colour%3Ablue" in page.url


def test_filters_read_from_the_words_are_shown(open_page: Open) -> None:
    page = open_page("?q=beach+2023")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator(".understood")).to_contain_text("after:2023-01-01")


def test_widths_say_what_they_take(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#width option").nth(2)).to_have_text("64 · 128 bytes per picture")


def test_nothing_found_suggests_what_to_do(open_page: Open) -> None:
    page = open_page("?q=never&filter=type:png", wait=".empty")
    expect(page.get_by_role("heading", name="Nothing fits well enough")).to_be_visible()
    page.get_by_role("button", name="Search without filters").click()
    page.wait_for_url("**/?q=never")


def test_where_nothing_fits_the_nearest_are_shown_for_what_they_are(
    open_page: Open, world: World
) -> None:
    world.notices = ("Nothing here is likely to match. The nearest pictures: --min-relevance 0",)
    page = open_page("?q=nothing")
    expect(page.get_by_role("heading", name="Nothing fits well enough")).to_be_visible()
    expect(page.get_by_role("heading", name="The nearest pictures all the same")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("0 results")
    expect(page.locator(".notice")).to_have_count(0)
    page.get_by_role("button", name="Show less likely pictures too").click()
    page.wait_for_url("**min=0")
    expect(page.locator(".summary")).to_contain_text("120 results")


def test_the_example_in_the_readers_language_comes_first(open_page: Open) -> None:
    page = open_page(preferences={"language": "ar"})
    expect(page.locator(".examples button").first).to_have_attribute("lang", "ar")


def test_an_empty_library_can_be_filled_right_there(open_page: Open, world: World) -> None:
    world.count = 0
    page = open_page(wait=".empty", allow="409")
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    expect(page.locator("#query")).to_be_hidden()
    expect(page.get_by_label("Folder on this computer")).to_be_focused()
    page.get_by_label("Folder on this computer").fill("/home/me/Pictures")
    page.get_by_role("button", name="Read this folder").click()
    expect(page.get_by_role("heading", name="Reading your pictures")).to_be_visible()


def test_pictures_that_are_all_away_are_no_empty_library(open_page: Open, world: World) -> None:
    world.count = 0
    away = {"path": "/media/disk", "state": "offline", "present": 0, "missing": 8123}
    world.roots = [{**away, "last_scan_at": None}]
    page = open_page(wait=".empty", allow="409")
    expect(page.get_by_role("heading", name="None of your pictures is there")).to_be_visible()
    expect(page.get_by_text("They come back with the disk")).to_be_visible()
    page.get_by_role("button", name="See the folders").click()
    expect(page.get_by_text("disk is away", exact=True)).to_be_visible()


def test_reading_that_was_paused_goes_on_from_the_empty_page(open_page: Open, world: World) -> None:
    world.count = 0
    world.job = {"outcome": {"interrupted": True}}
    page = open_page(wait=".empty", allow="409")
    expect(page.get_by_role("heading", name="Reading is paused")).to_be_visible()
    page.get_by_role("button", name="Go on reading").click()
    expect(page.get_by_role("heading", name="Your pictures are being read")).to_be_visible()
    assert world.job["body"] == {"paths": []}


def test_a_folder_that_is_not_there_is_said_at_the_field(open_page: Open, world: World) -> None:
    world.count = 0
    page = open_page(wait=".empty", allow="Failed to load resource")
    page.get_by_label("Folder on this computer").fill("/nowhere")
    page.get_by_role("button", name="Read this folder").click()
    expect(page.get_by_role("alert").filter(has_text="no such folder")).to_be_visible()


def test_pictures_appear_while_indexing(open_page: Open, world: World) -> None:
    world.count = 0
    world.job = {"running": True, "progress": progress(done=3, seen=3)}
    page = open_page(wait=".empty", allow="409")
    expect(page.get_by_role("heading", name="Your pictures are being read")).to_be_visible()
    expect(page.locator(".progress-pill")).to_contain_text("Reading: 3 files")
    world.count = 40
    expect(page.locator(".summary")).to_have_text("40 pictures")


def test_a_refused_search_says_why_in_words(open_page: Open, world: World) -> None:
    world.refusal = (500, "ModelChanged", "The model changed.")
    page = open_page("?q=boat", wait=".empty", allow="500")
    expect(page.locator(".empty")).to_contain_text("model of this library is not on this computer")


def test_notices_are_shown(open_page: Open, world: World) -> None:
    world.notices = ("The query is longer than the model reads (512 tokens); its end was cut.",)
    page = open_page("?q=boat")
    expect(page.locator(".notice")).to_contain_text("its end was left out")


def test_the_server_goes_and_comes_back(open_page: Open, server: Server) -> None:
    page = open_page("?q=boat", allow="ERR_")
    server.stop()
    page.locator("#query").fill("hill")
    banner = page.get_by_role("alert").filter(has_text="does not answer")
    expect(banner).to_be_visible()
    assert page.locator(".tile").count() > 0, "what was found stays on the page"
    server.start()
    expect(banner).to_be_hidden(timeout=20_000)
    page.wait_for_url("**/?q=hill")


def test_recent_searches_stay_in_the_browser(open_page: Open) -> None:
    page = open_page()
    page.locator("#query").fill("a red boat")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=a+red+boat")
    page.get_by_role("button", name="Clear the search").click()
    page.wait_for_url(re.compile(r"/$"))
    page.locator("#query").blur()
    page.locator("#query").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=a+red+boat")


def test_slash_goes_to_the_box_from_anywhere(open_page: Open) -> None:
    page = open_page("?view=settings", wait=".card")
    page.keyboard.press("/")
    expect(page.locator("#query")).to_be_focused()
    expect(page.locator("#query")).to_have_value("")


def test_an_example_is_a_search(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="une tasse de café").click()
    expect(page.locator("#query")).to_have_value("une tasse de café")
    expect(page.locator(".summary")).to_contain_text("results")


def test_a_picture_can_be_searched_with(open_page: Open, world: World) -> None:
    page = open_page()
    picture = {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": drawn(1, 300, 200)}
    page.locator("input[type=file]").set_input_files([picture])  # type: ignore[list-item]
    expect(page.locator(".chip")).to_contain_text("mine.jpg")
    expect(page.locator(".summary")).to_contain_text("results")
    page.get_by_role("button", name="Remove mine.jpg").click()
    expect(page.locator(".summary")).to_have_text("120 pictures")


def test_tabs_and_people_do_not_see_each_other(open_page: Open) -> None:
    pages = {query: open_page(f"?q={query}") for query in ("boat", "hill")}
    pages["lake"] = open_page("?q=lake", locale="en-US")  # a browser that shares nothing with them
    for query, page in pages.items():
        expect(page.locator("#query")).to_have_value(query)
