"""Every page in both themes against axe (WCAG 2.2 A and AA), and what axe cannot see."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from tests.ui.conftest import Open
from tests.ui.stand_in import World
from tests.ui.test_other_pages import FAILURES, ROOTS

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")
# What the radio buttons of the settings do; answers once the page has its new colours.
CHOOSE = """async theme => {
  const { applyTheme, prefer } = await import('/ui/static/preferences.js');
  prefer('theme', theme);
  applyTheme();
  if (document.documentElement.dataset.theme !== theme) throw new Error(`no ${theme} theme`);
  await new Promise(requestAnimationFrame);
}"""
PAGES = [
    ("", ".tile img.ready"),
    ("?q=boat&not=people&filter=type:png", ".tile img.ready"),
    ("?q=nothing", ".empty"),
    ("?q=boat&picture=27", ".strip button"),
    ("?view=library", ".failure-group"),
    ("?view=dimensions", ".chart"),
    ("?view=settings", ".roots code"),
    ("ui/login", "#password"),
]


@pytest.mark.parametrize(("query", "wait"), PAGES)
def test_axe_finds_nothing(open_page: Open, world: World, query: str, wait: str) -> None:
    world.roots, world.failures = ROOTS, FAILURES
    world.count = 12  # what axe finds in one tile it finds in all
    page = open_page(query, wait=wait, reduced_motion="reduce")
    if query.startswith("?q=boat&not"):
        page.locator(".toolbar button").click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in THEMES:
        page.evaluate(CHOOSE, theme)
        found: dict[str, Any] = page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        assert [
            (theme, violation["id"], node["target"], node["failureSummary"])
            for violation in found["violations"]
            for node in violation["nodes"]
        ] == []


def test_a_button_under_the_pointer_can_still_be_read(open_page: Open, world: World) -> None:
    world.count = 0
    page = open_page(wait=".empty", reduced_motion="reduce", allow="409")
    page.get_by_role("button", name="Read this folder").hover()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in THEMES:
        page.evaluate(CHOOSE, theme)
        found = page.evaluate("() => axe.run('button', {runOnly: ['color-contrast']})")
        assert (theme, found["violations"]) == (theme, [])


def test_targets_are_large_enough(open_page: Open) -> None:
    page = open_page("?q=boat", viewport={"width": 390, "height": 844}, has_touch=True)
    small = page.evaluate(
        "() => [...document.querySelectorAll('.app-root :is(a, button)')]"
        ".filter(element => element.offsetParent && !element.closest('.skip'))"
        ".map(element => [element.textContent, element.getBoundingClientRect()])"
        ".filter(([, box]) => Math.min(box.width, box.height) < 24).map(([name]) => name)"
    )
    assert small == []


def test_motion_is_reduced_on_request(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('.app-root *')]"
        ".filter(element => parseFloat(getComputedStyle(element).transitionDuration) > 0).length"
    )
    assert moving == 0


def test_the_content_can_be_reached_past_the_navigation(open_page: Open) -> None:
    page = open_page("?view=settings", wait=".segments")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
