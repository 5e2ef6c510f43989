"""The interface's words: gettext catalogues, read as they are, without a build step."""

import ast
import json
from dataclasses import dataclass
from functools import lru_cache
from gettext import c2py
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "searchapp"
SOURCE_LANGUAGE = "en"
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
# Beyond this the plural form of a number is that of its last two digits, in every language here.
PLURAL_TABLE = 200
# Each language in its own words: whoever looks for it can read no other.
NAMES = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "ja": "日本語",
    "ko": "한국어",
    "pt": "Português",
    "ru": "Русский",
    "uk": "Українська",
    "ur": "اردو",
    "zh": "中文",
}


@dataclass(frozen=True)
class Catalogue:
    """messages: each id with its forms (one, or one for each plural form); header: its fields."""

    language: str
    messages: dict[str, list[str]]
    header: dict[str, str]

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def plural(self) -> list[int]:
        """Number of the plural form for 0, 1, 2, ... 199."""
        rule = self.header.get("Plural-Forms", "nplurals=2; plural=(n != 1);")
        expression = rule.partition("plural=")[2].split(";")[0]
        form = c2py(expression)
        return [int(form(number)) for number in range(PLURAL_TABLE)]

    def document(self) -> str:
        """What the browser gets."""
        return json.dumps(
            {
                "language": self.language,
                "name": NAMES[self.language],
                "direction": self.direction,
                "plural": self.plural(),
                "messages": self.messages,
            },
            ensure_ascii=False,
        )


def languages() -> list[str]:
    """Codes of the languages the interface speaks, in alphabetical order."""
    return sorted(NAMES)


def catalogue_path(language: str) -> Path:
    """File of a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache
def load(language: str) -> Catalogue:
    """The catalogue of a language; English is the source and needs no file.

    Raises KeyError for a language that the interface does not speak.
    """
    if language not in NAMES:
        raise KeyError(language)
    if language == SOURCE_LANGUAGE:
        return Catalogue(language, {}, {})
    return Catalogue(language, *parse(catalogue_path(language).read_text(encoding="utf-8")))


def parse(text: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Messages and header fields of a PO file. Untranslated and fuzzy entries are left out.

    The format is that of the GNU gettext manual, section "The Format of PO Files".
    """
    messages: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        entry = _entry(block)
        forms = [entry[key] for key in sorted(entry) if key.startswith("msgstr")]
        if "msgid" in entry and all(forms) and not _is_fuzzy(block):
            messages[entry["msgid"]] = forms
    header = messages.pop("", [""])[0]
    fields = (line.partition(": ") for line in header.splitlines())
    return messages, {name: value for name, _, value in fields}


def _entry(block: str) -> dict[str, str]:
    entry: dict[str, str] = {}
    key = ""
    for line in block.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith('"'):
            key, _, line = line.partition(" ")
        entry[key] = entry.get(key, "") + str(ast.literal_eval(line))
    return entry


def _is_fuzzy(block: str) -> bool:
    return any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
