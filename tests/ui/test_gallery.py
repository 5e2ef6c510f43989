"""The gallery: rows, thousands of pictures, keyboard, selection."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Open
from tests.ui.stand_in import World

pytestmark = pytest.mark.browser

BOXES = """() => [...document.querySelectorAll('.tile')].map(tile => {
  const box = tile.getBoundingClientRect();
  return {index: +tile.dataset.index, left: box.left, right: box.right, top: Math.round(box.top),
          width: box.width, height: box.height};
})"""

# Scrolls on whenever the page has grown; answers with the most tiles there ever were.
SCROLL_TO_THE_END = """async count => {
  let most = 0;
  while (!document.querySelector(`.tile[data-index="${count - 1}"]`)) {
    scrollTo(0, document.documentElement.scrollHeight);
    await new Promise(requestAnimationFrame);
    most = Math.max(most, document.querySelectorAll('.tile').length);
  }
  return most;
}"""


def rows_of(page: Page) -> list[list[dict[str, Any]]]:
    boxes = sorted(page.evaluate(BOXES), key=lambda box: box["index"])
    rows: dict[int, list[dict[str, Any]]] = {}
    for box in boxes:
        rows.setdefault(box["top"], []).append(box)
    return list(rows.values())


def test_rows_fill_the_width_and_shapes_are_kept(open_page: Open) -> None:
    page = open_page()
    gallery = page.locator(".gallery").bounding_box()
    assert gallery is not None
    for row in rows_of(page)[:4]:
        assert row[0]["left"] == pytest.approx(gallery["x"], abs=1)
        assert row[-1]["right"] == pytest.approx(gallery["x"] + gallery["width"], abs=1)
        assert len({round(box["height"], 2) for box in row}) == 1
    first = rows_of(page)[0][0]
    assert first["width"] / first["height"] == pytest.approx(3 / 2, rel=0.02)


def test_right_to_left_begins_at_the_right(open_page: Open) -> None:
    page = open_page(preferences={"language": "ar"})
    row = rows_of(page)[0]
    assert row[0]["left"] > row[1]["left"]


def test_ten_thousand_results_are_few_elements(open_page: Open, world: World) -> None:
    world.count = 10_000
    page = open_page("?q=boat")
    page.set_default_timeout(60_000)
    most = page.evaluate(SCROLL_TO_THE_END, 10_000)
    expect(page.locator('.tile[data-index="9999"]')).to_be_visible()
    assert most < 200


def test_only_thumbnails_near_the_window_are_fetched(open_page: Open, world: World) -> None:
    world.count = 1000
    open_page("?q=boat", fresh=True)
    assert sum(path.endswith("/thumbnail") for path in world.asked) < 120


def test_a_thumbnail_that_is_made_again_appears(open_page: Open, world: World) -> None:
    world.count, world.thumbnails_away = 3, True
    page = open_page("?q=boat", wait=".tile.vanished", allow="410", fresh=True)
    expect(page.locator(".tile.vanished .tile-words").first).to_have_css("opacity", "1")
    world.thumbnails_away = False
    expect(page.locator(".tile img.ready")).to_have_count(3)
    expect(page.locator(".tile.vanished")).to_have_count(0)


def test_the_keyboard_moves_through_rows(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.locator(".tile").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('.tile[data-index="1"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.index")
    below = rows_of(page)[1]
    assert int(focused) in {box["index"] for box in below}
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(page.locator('.tile[data-index="0"]')).to_be_focused()


def test_arrows_follow_the_eye_from_right_to_left(open_page: Open) -> None:
    page = open_page("?q=boat", preferences={"language": "ar"})
    page.locator(".tile").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator('.tile[data-index="1"]')).to_be_focused()


def test_only_one_picture_is_a_tab_stop(open_page: Open) -> None:
    page = open_page("?q=boat")
    assert page.locator('.tile[tabindex="0"]').count() == 1


def test_several_can_be_selected_and_used(open_page: Open) -> None:
    page = open_page("?q=boat")
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    bar = page.get_by_role("toolbar", name="Selected pictures")
    expect(bar).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("Shift+ArrowRight")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="More like these").click()
    page.wait_for_url("**/?like=*&like=*")
    expect(page.locator(".chip img")).to_have_count(2)


def test_selected_pictures_can_be_hidden(open_page: Open) -> None:
    page = open_page("?q=boat")
    name = page.locator(".tile").first.get_attribute("aria-label")
    page.locator(".tile .tick").first.click(force=True)
    page.get_by_role("button", name="Hide from results").click()
    expect(page.locator(".tile").first).not_to_have_attribute("aria-label", name or "")


def test_paths_can_be_copied(open_page: Open) -> None:
    page = open_page("?q=boat", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Copy paths").click()
    expect(page.locator(".toast")).to_have_text("1 path copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("/pictures/")


def test_why_a_picture_is_there_is_said(open_page: Open) -> None:
    page = open_page("?q=boat")
    label = page.locator('.tile[data-index="1"]').get_attribute("aria-label") or ""
    assert "96%" in label
    assert "meaning" in label


def test_a_phone_shows_a_useful_number_in_a_row(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert max(len(row) for row in rows_of(page)) <= 5
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
