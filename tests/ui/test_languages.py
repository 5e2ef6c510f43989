"""Other languages, and words that escaped translation."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Open
from tests.ui.stand_in import World
from tests.ui.test_other_pages import FAILURES, ROOTS

pytestmark = pytest.mark.browser

# Data, names and code, which are the same in every language.
DATA = (
    ".tile-words, .path, bdi, code, .examples, .caption p, .detail-name, .mark, .facts dd, "
    "#language, #filter-type, .roots strong, .chart text, .small[lang], .toast, style, script, "
    ".understood"
)
WORDS_LEFT = """data => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('.app-root'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!/\\p{L}{2}/u.test(text) || parent.closest(data)) continue;
    let inside = parent, whole = '';
    while (inside && !whole.includes('⟦') && !inside.matches('section, div')) {
      whole = inside.textContent; inside = inside.parentElement;
    }
    if (!text.includes('⟦')) found.push(text);
  }
  for (const element of document.querySelectorAll('.app-root [aria-label], .app-root [placeholder], .app-root [title]'))
    for (const name of ['aria-label', 'placeholder', 'title']) {
      const text = element.getAttribute(name);
      if (!text || element.closest(data + ', .tile, .strip')) continue;
      if (/\\p{L}{2}/u.test(text) && !text.includes('⟦') && !text.startsWith('/home') && !text.startsWith('*.'))
        found.push(`${name}: ${text}`);
    }
  return found;
}"""  # noqa: E501 - JavaScript reads better unbroken
LATIN = "() => (document.querySelector('.toolbar').textContent.match(/[A-Za-z]{3,}/g) ?? []).length"


def left_over(page: Page) -> list[str]:
    found: list[str] = page.evaluate(WORDS_LEFT, DATA)
    # Units and dates come from the browser's own tables.
    return [
        text
        for text in found
        if not any(unit in text for unit in ("kB", "MB", "GB", "byte", "ms", "sec"))
    ]


@pytest.mark.parametrize(
    ("query", "wait"),
    [
        ("", ".tile"),
        ("?q=boat&not=people&like=3&filter=type:png", ".tile"),
        ("?q=nothing", ".empty"),
        ("?q=boat&picture=27", ".strip button"),
        ("?view=library", ".failure-group"),
        ("?view=dimensions", "#captions"),
        ("?view=settings", ".roots code"),
        ("ui/login", "#password"),
    ],
)
def test_no_word_bypasses_the_catalogues(
    open_page: Open, world: World, query: str, wait: str
) -> None:
    world.roots, world.failures = ROOTS, FAILURES
    page = open_page(query, wait=wait, preferences={"language": "qps"})
    if ".tile" in wait:
        page.locator(".toolbar button").click()
    assert left_over(page) == []


@pytest.mark.parametrize(
    ("language", "title", "results"),
    [
        ("de", "Ihre Bilder durchsuchen", "120 Ergebnisse"),
        ("zh", "搜索您的图片", "120 个结果"),
        ("ru", "Поиск по вашим картинкам", "120 результатов"),
        ("ar", "ابحث في صورك", "120 نتيجة"),
    ],
)
def test_the_browser_chooses_the_language(
    open_page: Open, language: str, title: str, results: str
) -> None:
    page = open_page(locale=language)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.evaluate("document.documentElement.lang") == language
    page.locator("#query").fill("x1")
    expect(page.locator(".summary")).to_contain_text(results)


@pytest.mark.parametrize("language", ["ar", "he", "fa", "ur"])
def test_languages_from_right_to_left_mirror_the_page(open_page: Open, language: str) -> None:
    page = open_page("?q=1", preferences={"language": language})
    assert page.evaluate("document.documentElement.dir") == "rtl"
    mark, tabs = page.locator(".mark").bounding_box(), page.locator(".tabs").bounding_box()
    assert mark is not None and tabs is not None
    assert mark["x"] > tabs["x"]
    assert page.evaluate(LATIN) == 0


def test_a_language_we_do_not_have_is_english(open_page: Open) -> None:
    page = open_page(locale="sw")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search your pictures")
