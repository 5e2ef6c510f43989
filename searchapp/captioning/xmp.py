"""Descriptions and keywords in XMP (ISO 16684-1) and IPTC (IIM 4.2), read and written."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MARK = "searchapp"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_CAPTION, _KEYWORDS, _CHARACTER_SET = (2, 120), (2, 25), (1, 90)
_UTF8 = b"\x1b%G"
# XML 1.0 has no place for these, not even escaped.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@dataclass(frozen=True)
class Words:
    """What a file says of a picture. `language` is None where it is not stated."""

    language: str | None
    text: str


def sidecars_of(picture: Path) -> list[Path]:
    """The two names in use: `photo.jpg.xmp` (darktable, digiKam) and `photo.xmp` (Lightroom)."""
    return [picture.with_name(f"{picture.name}.xmp"), picture.with_suffix(".xmp")]


def parse(packet: bytes) -> list[Words]:
    """Descriptions, then the keywords as one text, of an XMP packet; nothing if it is damaged."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(packet.strip(b"\0 \r\n\t"))
    except (ParseError, DefusedXmlException, ValueError):
        return []
    words = [
        Words(_language(item), (item.text or "").strip())
        for item in root.iterfind(f".//{_DC}description/{_RDF}Alt/{_RDF}li")
    ]
    keywords = [
        (item.text or "").strip()
        for container in ("Bag", "Seq")
        for item in root.iterfind(f".//{_DC}subject/{_RDF}{container}/{_RDF}li")
    ]
    return _unique([*words, Words(None, ", ".join(filter(None, keywords)))])


def embedded(picture: Path) -> list[Words]:
    """What the picture itself carries in XMP and IPTC; its pixels are not decoded.

    Raises OSError for a file that is not there; a file that is no picture says nothing.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(picture.read_bytes())) as image:
            packet = image.info.get("xmp", b"")
            packet = packet.encode() if isinstance(packet, str) else packet
            return _unique([*parse(packet), *_iptc(image)])
    except (UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return []


def sidecar(captions: Iterable[Words]) -> str:
    """An XMP file with these descriptions, at most one per language."""
    by_language = {words.language or "x-default": words.text for words in captions}
    items = "\n".join(
        f'     <rdf:li xml:lang="{escape(language)}">{escape(_printable(text))}</rdf:li>'
        for language, text in by_language.items()
    )
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="{MARK}">
   <dc:description>
    <rdf:Alt>
{items}
    </rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def _iptc(image: object) -> list[Words]:
    from PIL import IptcImagePlugin

    records = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]
    encoding = "utf-8" if records.get(_CHARACTER_SET) == _UTF8 else "latin-1"

    def texts(key: tuple[int, int]) -> list[str]:
        found = records.get(key) or []
        values = found if isinstance(found, list) else [found]
        return [value.decode(encoding, "replace").strip(" \0\r\n\t") for value in values]

    keywords = ", ".join(filter(None, texts(_KEYWORDS)))
    return [Words(None, text) for text in (*texts(_CAPTION), keywords)]


def _language(item: "Element") -> str | None:
    language = item.get(_LANGUAGE)
    return None if language in (None, "", "x-default") else language


def _unique(words: Iterable[Words]) -> list[Words]:
    """Without empty ones, and without repetitions under a vaguer language."""
    kept: dict[str, Words] = {}
    for each in words:
        if each.text and (each.text not in kept or kept[each.text].language is None):
            kept[each.text] = each
    return list(kept.values())


def _printable(text: str) -> str:
    return text.translate(_CONTROLS)
