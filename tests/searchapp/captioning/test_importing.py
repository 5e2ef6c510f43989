"""Captions that exist: files of captions, XMP, IPTC, sidecars; and giving them away again."""

import json
from pathlib import Path

import pytest
from PIL import Image

from indexer.caption_batches import store_captions
from indexer.captions import NewCaption
from indexer.catalogue import Catalogue
from searchapp.captioning import export_sidecars, import_captions, import_metadata
from searchapp.captioning.xmp import Words, embedded, parse, sidecar
from searchapp.errors import CaptionsUnknown
from searchapp.handwork import write_caption
from tests.searchapp.captioning.conftest import AddPicture, captions_in, found_by_text

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
 <rdf:li xml:lang="x-default">A quay</rdf:li><rdf:li xml:lang="de">Ein Kai</rdf:li>
 </rdf:Alt></dc:description><dc:subject><rdf:Bag><rdf:li>harbour</rdf:li><rdf:li>night</rdf:li>
 </rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""
BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>"""


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_captions_file_in_many_languages(
    catalogue: Catalogue, add: AddPicture, photos: Path
) -> None:
    picture = add("sea/a.jpg")
    source = write_lines(
        photos / "captions.jsonl",
        [
            {"image": "sea/a.jpg", "captions": {"en": ["A quay", "A pier"], "de": ["Ein Kai"]}},
            {"image": "sea/unknown.jpg", "captions": {"en": ["Nothing"]}},
        ],
    )
    outcome = import_captions(catalogue, source)
    assert (outcome.captioned, outcome.skipped) == (3, 1)
    assert captions_in(catalogue) == {
        (picture, "en", "A quay", "import"),
        (picture, "en", "A pier", "import"),
        (picture, "de", "Ein Kai", "import"),
    }
    assert found_by_text(catalogue, "pier") == [picture]


def test_importing_twice_adds_nothing(catalogue: Catalogue, add: AddPicture, photos: Path) -> None:
    add("a.jpg")
    source = write_lines(
        photos / "captions.jsonl", [{"image": "a.jpg", "captions": {"en": ["A quay"]}}]
    )
    assert import_captions(catalogue, source).captioned == 1
    assert import_captions(catalogue, source).captioned == 0


def test_a_file_from_elsewhere_finds_pictures_by_the_end_of_their_path(
    catalogue: Catalogue, add: AddPicture, tmp_path: Path
) -> None:
    one, _, _ = add("x/one.jpg"), add("x/two.jpg"), add("y/two.jpg")
    source = write_lines(
        tmp_path / "captions.jsonl",
        [
            {"image": "x/one.jpg", "captions": {"en": ["One"]}},
            {"image": "two.jpg", "captions": {"en": ["Which of the two?"]}},
        ],
    )
    outcome = import_captions(catalogue, source)
    assert outcome.skipped == 1
    assert captions_in(catalogue) == {(one, "en", "One", "import")}


def test_a_file_that_holds_no_captions_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(CaptionsUnknown):
        import_captions(catalogue, tmp_path / "nothing.jsonl")


def test_words_in_the_picture_and_beside_it(
    catalogue: Catalogue, add: AddPicture, photos: Path
) -> None:
    inside = add("inside.jpg", xmp=XMP.encode())
    beside = add("beside.png")
    (photos / "beside.xmp").write_text(XMP)
    add("silent.jpg")
    outcome = import_metadata(catalogue)
    assert (outcome.captioned, outcome.skipped) == (6, 1)
    assert captions_in(catalogue) == {
        (picture, language, text, "xmp")
        for picture in (inside, beside)
        for language, text in ((None, "A quay"), ("de", "Ein Kai"), (None, "harbour, night"))
    }


def test_iptc_is_read_in_both_character_sets(tmp_path: Path) -> None:
    def dataset(record: int, number: int, value: bytes) -> bytes:
        return bytes([0x1C, record, number]) + len(value).to_bytes(2, "big") + value

    utf8 = dataset(1, 90, b"\x1b%G") + dataset(2, 120, "Brücke".encode())
    latin = dataset(2, 120, "Brücke".encode("latin-1")) + dataset(2, 25, b"river")
    for number, records in enumerate((utf8, latin)):
        resource = b"8BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records
        resource += b"\0" * (len(records) % 2)
        segment = b"Photoshop 3.0\0" + resource
        file = tmp_path / f"{number}.jpg"
        Image.new("RGB", (8, 8)).save(file)
        plain = file.read_bytes()
        marker = b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
        file.write_bytes(plain[:2] + marker + plain[2:])
    assert embedded(tmp_path / "0.jpg") == [Words(None, "Brücke")]
    assert embedded(tmp_path / "1.jpg") == [Words(None, "Brücke"), Words(None, "river")]


@pytest.mark.parametrize("packet", [b"", b"<x:xmpmeta", BOMB.encode(), b"\xff\xfe\0<"])
def test_damaged_or_hostile_xmp_says_nothing(packet: bytes) -> None:
    assert parse(packet) == []


def test_sidecars_carry_captions_and_pictures_stay_as_they_are(
    catalogue: Catalogue, add: AddPicture, photos: Path
) -> None:
    picture = add("a.jpg")
    add("undescribed.jpg")
    store_captions(catalogue, [NewCaption(picture, "An imported <pier> & \x01", "en", "import")])
    store_captions(catalogue, [NewCaption(picture, "Ein Kai", "de", "import")])
    write_caption(catalogue, picture, "en", 'Ada\'s "own" words')
    before = (photos / "a.jpg").read_bytes()
    assert export_sidecars(catalogue).captioned == 1
    words = parse((photos / "a.jpg.xmp").read_bytes())
    assert {(each.language, each.text) for each in words} == {
        ("en", 'Ada\'s "own" words'),
        ("de", "Ein Kai"),
    }
    assert (photos / "a.jpg").read_bytes() == before
    assert sorted(path.name for path in photos.iterdir()) == [
        "a.jpg",
        "a.jpg.xmp",
        "undescribed.jpg",
    ]


def test_another_programs_sidecar_is_left_alone(
    catalogue: Catalogue, add: AddPicture, photos: Path
) -> None:
    write_caption(catalogue, add("a.jpg"), "en", "A pier")
    write_caption(catalogue, add("b.jpg"), "en", "A pier")
    (photos / "a.xmp").write_text(XMP)
    outcome = export_sidecars(catalogue)
    assert (outcome.captioned, outcome.skipped) == (1, 1)
    assert (photos / "a.xmp").read_text() == XMP
    assert export_sidecars(catalogue).captioned == 1, "our own sidecar is written anew"


def test_what_cannot_stand_in_xml_is_left_out() -> None:
    (words,) = parse(sidecar([Words(None, "a\x00b <c> & \U0001f600")]).encode())
    assert words == Words(None, "ab <c> & \U0001f600")


def test_many_captions_are_stored_in_batches(catalogue: Catalogue, add: AddPicture) -> None:
    picture = add("a.jpg")
    rows = (NewCaption(picture, f"caption {number}", "en", "import") for number in range(1201))
    assert store_captions(catalogue, rows) == 1201
    assert len(captions_in(catalogue)) == 1201
