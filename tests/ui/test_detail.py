"""One picture, large."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from searchapp.results import Caption
from tests.ui.conftest import Open
from tests.ui.stand_in import World

pytestmark = pytest.mark.browser

SHOWN = "dialog[open] .detail-name"


def test_a_picture_opens_and_closes_where_one_was(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.locator('.tile[data-index="2"]').click()
    page.wait_for_selector(SHOWN)
    assert "picture=" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_url("**/?q=boat")
    expect(page.locator('.tile[data-index="2"]')).to_be_focused()


def test_a_deep_link_opens_it_with_neighbours(open_page: Open) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    expect(page.locator(".detail-name")).to_have_text("IMG_00016.jpg")
    page.get_by_role("button", name="Next picture").click()
    expect(page.locator(".detail-name")).to_have_text("IMG_00027.jpg")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".detail-name")).to_have_text("IMG_00016.jpg")


def test_all_that_is_known_is_told(open_page: Open) -> None:
    page = open_page("?q=boat&picture=27", wait=SHOWN)
    side = page.locator(".detail-side")
    for words in ("Fujifilm X-T4", "2.5 MB", "47.80° N, 13.04° E", "minicpm-v-2.6"):
        expect(side).to_contain_text(words)
    expect(side.get_by_role("heading", name="In 2 places on this computer")).to_be_visible()
    expect(side).to_contain_text("disk is away")
    expect(side.get_by_role("img", name=re.compile("Taken at"))).to_be_visible()


def test_the_place_lies_where_it_should_on_the_map(open_page: Open) -> None:
    page = open_page("?q=boat&picture=27", wait=SHOWN)
    inside = page.evaluate(
        """() => { const land = document.querySelector('.map-land');
        const point = (east, north) => land.isPointInFill(new DOMPoint(east + 180, 84 - north));
        return {salzburg: point(13.04, 47.8), nairobi: point(36.8, -1.3), lima: point(-76.5, -12),
          denver: point(-105, 39.7), alice: point(133.9, -23.7), novosibirsk: point(82.9, 55),
          atlantic: point(-40, 30), pacific: point(-140, 10), indian: point(80, -30)} }"""
    )
    assert {name for name, land in inside.items() if land} == {
        "salzburg", "nairobi", "lima", "denver", "alice", "novosibirsk",
    }  # fmt: skip


def test_zoom_by_keys_and_buttons(open_page: Open) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    page.get_by_role("button", name="Larger").click()
    scale = "getComputedStyle(document.querySelector('.zoomed')).transform"
    assert "1.4" in page.evaluate(scale)
    page.keyboard.press("0")
    assert page.evaluate(scale) == "matrix(1, 0, 0, 1, 0, 0)"


def test_captions_begin_with_a_persons_and_the_readers_language(
    open_page: Open, world: World
) -> None:
    made = datetime(2026, 1, 1)
    world.captions[16] = (
        Caption(1, "af", "n Boot", "import", None, made),
        Caption(2, "de", "Ein Boot", "captioner", "mono-internvl-2b", made),
        Caption(3, "ja", "私の船", "person", None, made),
        Caption(4, "ru", "лодка", "import", None, made),
    )
    page = open_page("?q=boat&picture=16", wait=SHOWN, preferences={"language": "de"})
    captions = page.locator(".captions .caption > p:first-child")
    expect(captions).to_have_text(["私の船", "Ein Boot", "n Boot", "лодка"])
    expect(captions.nth(2)).to_be_hidden()
    page.get_by_text("2 weitere Beschreibungen").click()
    expect(captions.nth(2)).to_be_visible()


def test_a_caption_can_be_changed_and_added(open_page: Open, world: World) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    page.get_by_role("button", name="Edit this caption").click()
    page.get_by_label("Caption", exact=True).fill("Der Leuchtturm im Nebel")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".captions")).to_contain_text("written by a person")
    assert world.captions[16][0].text == "Der Leuchtturm im Nebel"
    page.get_by_role("button", name="Add a caption").click()
    page.get_by_label("Language of the caption").select_option("de")
    page.keyboard.press("Escape")


def test_a_file_that_vanished_is_said_and_the_small_picture_stays(
    open_page: Open, world: World
) -> None:
    world.vanished = {16}
    page = open_page("?q=boat&picture=16", wait=SHOWN, allow="410")
    expect(page.locator(".away-note")).to_contain_text("not there at the moment")
    assert "/thumbnail" in (page.locator(".zoomed").get_attribute("src") or "")


def test_the_same_picture_again_is_told_by_its_size(open_page: Open) -> None:
    page = open_page("?q=boat&picture=27", wait=SHOWN)
    again = page.get_by_role("button", name="small.jpg")
    expect(again).to_contain_text("640 × 480 pixels · 64 kB")
    again.click()
    expect(page.locator(".detail-name")).to_have_text("IMG_00077.jpg")


def test_a_name_in_latin_letters_stands_where_an_arabic_reader_begins(open_page: Open) -> None:
    page = open_page("?q=boat&picture=27", wait=".duplicate bdi", preferences={"language": "ar"})
    name, size = (page.locator(f".duplicate {part}").bounding_box() for part in ("bdi", ".faint"))
    assert name is not None and size is not None
    assert name["x"] + name["width"] == pytest.approx(size["x"] + size["width"], abs=1)
    assert name["x"] > size["x"]


def test_similar_pictures_lead_on(open_page: Open) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    page.locator(".strip button").first.click()
    expect(page.locator(".detail-name")).to_have_text("IMG_00017.jpg")


def test_more_like_this_is_a_search(open_page: Open) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    page.get_by_role("button", name="More like this").click()
    page.wait_for_url("**/?like=16")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".chip").first).to_contain_text("Like this one")


def test_the_focus_stays_in_the_open_picture(open_page: Open) -> None:
    page = open_page("?q=boat&picture=16", wait=SHOWN)
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || !!document.activeElement.closest('dialog[open]')"
        )
