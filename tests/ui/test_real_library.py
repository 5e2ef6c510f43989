"""The page over the real program: bundled model, real files, real indexing.

Each test leaves a picture of what it saw in `screenshots/`, for a look by eye.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pd_clip.encoder import Encoder
from pd_clip.errors import ModelNotFound
from searchapp.models import Models
from tests.ui.conftest import Open
from tests.ui.real import GENERATED, SHOWN, make_photos, running
from tests.ui.stand_in import Server

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"
FIRST = '.tile[data-index="0"]'
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# Hands files to the page as a drop or a paste does.
HAND_OVER = """async ([kind, address]) => {
  const blob = await (await fetch(address)).blob();
  const carried = new DataTransfer();
  carried.items.add(new File([blob], 'handed.jpg', {type: 'image/jpeg'}));
  const event = kind === 'drop'
    ? new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true})
    : new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true});
  document.querySelector('#query').dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_photos(tmp_path_factory.mktemp("real") / "photos")


@pytest.fixture(scope="module")
def real(photos: Path) -> Iterator[Server]:
    with running(photos.parent / "library", photos) as server:
        yield server


def look(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def found(page: Page) -> str:
    """File name of the first result."""
    page.locator(FIRST).click()
    name = page.locator("dialog[open] .detail-name")
    expect(name).not_to_be_empty()
    text = name.text_content() or ""
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    return text


@pytest.mark.parametrize(
    ("locale", "query", "screen"),
    [
        ("en-GB", "a cat", {}),
        ("de", "eine Katze", PHONE),
        ("zh", "一只猫", {}),
        ("ar", "قطة", PHONE),
    ],
)
def test_words_of_many_languages_find_the_picture(
    open_page: Open, real: Server, locale: str, query: str, screen: dict[str, object]
) -> None:
    page = open_page(address=real.address, locale=locale, **screen)
    page.locator("#query").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator(".search-page:not(.plain)")).to_be_visible()
    page.wait_for_selector(f"{FIRST} img.ready")
    look(page, f"search-{locale}")
    assert found(page) == "chelsea-the-cat.jpg"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_that_is_handed_over_finds_itself(
    open_page: Open, real: Server, kind: str
) -> None:
    page = open_page("?q=pizza", address=real.address)
    first = page.locator(f"{FIRST} img").get_attribute("src") or ""
    page.get_by_role("button", name="Clear the search").click()
    expect(page.locator(".summary")).to_have_text(f"{len(SHOWN) + GENERATED} pictures")
    page.evaluate(HAND_OVER, [kind, first.replace("/thumbnail", "/file")])
    expect(page.locator(".chip").first).to_contain_text("handed.jpg")
    # Until the answer is there, what was shown before stays.
    expect(page.locator(f"{FIRST} img")).to_have_attribute("src", first)
    assert found(page) == "pizza.jpg"


def test_what_is_left_out_gives_way_to_the_rest(open_page: Open, real: Server) -> None:
    page = open_page("?q=an+animal&min=0", address=real.address)
    first = page.locator(FIRST)
    expect(first).to_have_attribute("aria-label", re.compile("chelsea-the-cat"))
    page.get_by_label("Leave out pictures of this").fill("a cat")
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-label", re.compile("dog"))
    look(page, "without")
    page.get_by_role("button", name="Remove without a cat").click()
    expect(first).to_have_attribute("aria-label", re.compile("chelsea-the-cat"))


def test_selected_pictures_come_as_an_archive(
    open_page: Open, real: Server, tmp_path: Path
) -> None:
    page = open_page("?q=a+cat&min=0", address=real.address)
    page.locator(".tile").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    look(page, "selection")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    archive = tmp_path / "pictures.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as pack:
        assert len(pack.namelist()) == 2
        assert "chelsea-the-cat.jpg" in pack.namelist()


def test_similar_pictures_and_the_way_back(open_page: Open, real: Server) -> None:
    page = open_page("?q=landscape&min=0", address=real.address)
    page.locator(FIRST).click()
    page.locator(".strip button").first.wait_for()
    look(page, "detail")
    page.get_by_role("button", name="More like this").click()
    expect(page.locator(".chip").first).to_contain_text("Like this one")
    page.go_back()
    expect(page.locator("#query")).to_have_value("landscape")


def test_a_file_that_vanished_is_said_and_comes_back(
    open_page: Open, real: Server, photos: Path
) -> None:
    page = open_page("?q=coffee", address=real.address, allow="Failed to load resource")
    away = photos.parent / "coffee.jpg"
    shutil.move(photos / "coffee.jpg", away)
    try:
        page.locator(FIRST).click()
        expect(page.locator(".away-note")).to_have_text("The file is not there at the moment.")
        expect(page.locator(".zoomed")).to_have_js_property("complete", True)
        look(page, "vanished")
    finally:
        shutil.move(away, photos / "coffee.jpg")


def test_the_widths_are_measured_on_ones_own_pictures(open_page: Open, real: Server) -> None:
    page = open_page("?view=dimensions", address=real.address, wait=".chart .dot")
    row = page.locator("tbody tr").last
    expect(row).to_contain_text("384")
    expect(row).to_contain_text("100%")
    look(page, "dimensions")


def test_from_an_empty_library_to_pictures_and_a_disk_that_is_away(
    open_page: Open, tmp_path: Path
) -> None:
    photos = make_photos(tmp_path / "photos")
    with running(tmp_path / "library") as server:
        page = open_page(address=server.address, wait=".empty", allow="409", **PHONE)
        look(page, "empty")
        page.get_by_label("Folder on this computer").fill(str(photos))
        page.get_by_role("button", name="Read this folder").click()
        page.wait_for_url("**view=library")
        expect(page.get_by_text("Last run:")).to_be_visible(timeout=60_000)
        expect(page.locator(".failure-group")).to_contain_text("Not a picture")
        look(page, "library")
        page.get_by_role("link", name="Search", exact=True).click()
        expect(page.locator(".summary")).to_have_text(f"{len(SHOWN) + GENERATED} pictures")

        photos.rename(tmp_path / "elsewhere")
        page.get_by_role("link", name="Library").click()
        page.get_by_role("button", name="Read again").click()
        expect(page.get_by_text("disk is away", exact=True)).to_be_visible(timeout=30_000)
        look(page, "disk-away")
        (tmp_path / "elsewhere").rename(photos)
        page.get_by_role("button", name="Read again").click()
        expect(page.get_by_text("available", exact=True)).to_be_visible(timeout=30_000)


def test_a_model_that_is_gone_is_said_with_what_to_do(
    open_page: Open, photos: Path, real: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Encoder:
        raise ModelNotFound("mine", ("bundled",))

    monkeypatch.setattr(Models, "load", gone)
    with running(photos.parent / "library") as server:
        page = open_page("?q=a+cat", address=server.address, wait=".empty", allow="Failed to load")
        expect(page.locator(".empty")).to_contain_text("not on this computer")
        expect(page.locator(".empty")).to_contain_text("searchapp model list")
        look(page, "model-away")


def test_a_password_is_asked_for_and_remembered(open_page: Open, photos: Path) -> None:
    with running(photos.parent / "library", auth="open sesame") as server:
        page = open_page("?q=a+cat", address=server.address, wait="#password", allow="401")
        page.locator("#password").fill("please")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert")).to_have_text("This is not the password.")
        look(page, "password")
        page.locator("#password").fill("open sesame")
        page.get_by_role("button", name="Open").click()
        page.wait_for_selector(".tile img.ready")
        page.reload()
        page.wait_for_selector(".tile img.ready")
