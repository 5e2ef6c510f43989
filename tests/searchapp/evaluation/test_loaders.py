"""Every format as it is published, and one sentence with file and line for a damaged one."""

import io
import json
import tarfile

import pytest

from searchapp.errors import CaptionsDamaged, CaptionsUnknown
from searchapp.evaluation.loaders import FORMATS, LoadOptions, load_captions
from tests.searchapp.evaluation.conftest import paint

NAMES = ("one.jpg", "two.jpg")


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        paint(tmp_path / name, ["red", "blue", "green", "white"])
    return tmp_path


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(captions):
    return {picture.file.name: picture.captions for picture in captions.pictures}


def test_own_format(folder):
    lines = [
        {"image": "one.jpg", "captions": {"en": ["A", "B"], "zh": ["甲"]}},
        {"image": "two.jpg", "captions": {"en": ["C"]}},
    ]
    path = written(folder / "captions.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    captions = load_captions(path)
    assert captions.format == "captions.jsonl"
    assert read(captions) == {
        "one.jpg": {"en": ("A", "B"), "zh": ("甲",)},
        "two.jpg": {"en": ("C",)},
    }
    assert all(picture.file.present() for picture in captions.pictures)
    assert read(load_captions(folder)) == read(captions)


def test_crossmodal_3600(folder):
    line = {
        "image/key": "000411001ff7dd4f",
        "image/locale": "en",
        "en": {"caption": ["A dog", "Some dog"], "caption/tokenized": ["A dog", "Some dog"]},
        "quz": {"caption": ["Huk allqu"], "caption/tokenized": ["Huk allqu"]},
    }
    paint(folder / "images" / "000411001ff7dd4f.jpg", ["red"] * 4)
    captions = load_captions(written(folder / "captions.jsonl", json.dumps(line)))
    assert captions.format == "crossmodal-3600"
    assert read(captions) == {
        "000411001ff7dd4f.jpg": {"en": ("A dog", "Some dog"), "quz": ("Huk allqu",)}
    }
    assert captions.pictures[0].file.present()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", 'image,caption,language\none.jpg,"A, or B",en\none.jpg,甲,zh\n'),
        ("t.tsv", "filename\ttext\tlang\none.jpg\tA, or B\ten\none.jpg\t甲\tzh\n"),
        ("t.csv", 'image,en,zh\none.jpg,"A, or B",甲\n'),
    ],
    ids=["comma", "tab", "a column per language"],
)
def test_tables(folder, name, text):
    captions = load_captions(written(folder / name, text))
    assert read(captions) == {"one.jpg": {"en": ("A, or B",), "zh": ("甲",)}}


def test_texts_beside_pictures(folder):
    written(folder / "one.txt", "A\nB\n")
    written(folder / "one.de.txt", "C\n")
    written(folder / "one-notes.txt", "not a caption")
    captions = load_captions(folder, LoadOptions(language="en"))
    assert read(captions) == {"one.jpg": {"en": ("A", "B"), "de": ("C",)}, "two.jpg": {}}


def test_coco_captions(folder):
    document = {
        "info": {},
        "images": [{"id": 391895, "file_name": "one.jpg"}, {"id": 2, "file_name": "two.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 391895, "caption": "A man "},
            {"id": 2, "image_id": 2, "caption": "A bike"},
            {"id": 3, "image_id": 391895, "caption": "One man"},
        ],
    }
    path = written(folder / "captions_val2017.json", json.dumps(document))
    assert read(load_captions(path)) == {
        "one.jpg": {"en": ("A man", "One man")},
        "two.jpg": {"en": ("A bike",)},
    }


def test_karpathy_takes_one_split(folder):
    def image(name, split):
        sentence = {"raw": f"{split} caption", "tokens": []}
        return {
            "filepath": "val2014", "filename": name, "split": split, "sentences": [sentence],
            "sentids": [0], "cocoid": 1,
        }  # fmt: skip

    images = [image("one.jpg", "test"), image("two.jpg", "restval")]
    path = written(folder / "dataset_coco.json", json.dumps({"images": images, "dataset": "coco"}))
    captions = load_captions(path)
    assert read(captions) == {"val2014/one.jpg": {"en": ("test caption",)}}
    assert captions.pictures[0].file.present(), "found beside, without the folder of the server"
    training = load_captions(path, LoadOptions(split="train"))
    assert read(training) == {"val2014/two.jpg": {"en": ("restval caption",)}}


def test_flickr30k_results(folder):
    text = "image_name| comment_number| comment\none.jpg| 0| Two men | talk .\none.jpg| 1| Men .\n"
    captions = load_captions(written(folder / "results.csv", text))
    assert read(captions) == {"one.jpg": {"en": ("Two men | talk .", "Men .")}}


def test_flickr_token(folder):
    text = "one.jpg#0\tTwo men , talking .\none.jpg#1\tMen .\ntwo.jpg#0\tA dog .\n"
    captions = load_captions(written(folder / "results_20130124.token", text))
    assert read(captions) == {
        "one.jpg": {"en": ("Two men , talking .", "Men .")},
        "two.jpg": {"en": ("A dog .",)},
    }


def test_flickr_annotations(folder):
    text = (
        "raw,sentids,split,filename,img_id\n"
        '"[""Two men"", ""Men""]","[0, 1]",test,one.jpg,0\n'
        '"[""A dog""]",[2],train,two.jpg,1\n'
    )
    captions = load_captions(written(folder / "flickr_annotations_30k.csv", text))
    assert read(captions) == {"one.jpg": {"en": ("Two men", "Men")}}


@pytest.mark.parametrize(
    ("name", "language"), [("flickr30k_test_karpathy.txt", "en"), ("flickr8k_test_cn.txt", "zh")]
)
def test_clip_benchmark_list_with_commas_in_captions(folder, name, language):
    text = 'image,caption\none.jpg,A man, a "dog", and a cat.\none.jpg,Them.\n'
    captions = load_captions(written(folder / name, text))
    assert read(captions) == {"one.jpg": {language: ('A man, a "dog", and a cat.', "Them.")}}


def test_clip_benchmark_json_per_language(folder):
    for code, text in (("de", "Ein Hund"), ("jp", "犬")):
        document = {"image_paths": ["/elsewhere/one.jpg"], "annotations": [text], "indicies": [0]}
        written(folder / f"multilingual_mscoco_captions-{code}.json", json.dumps(document))
    captions = load_captions(folder)
    assert read(captions) == {"/elsewhere/one.jpg": {"de": ("Ein Hund",), "ja": ("犬",)}}
    assert captions.pictures[0].file.present()
    only = load_captions(folder / "multilingual_mscoco_captions-jp.json")
    assert read(only) == {"/elsewhere/one.jpg": {"ja": ("犬",)}}


def test_xtd10_with_its_three_folders(folder):
    written(folder / "XTD10" / "test_image_names.txt", "one.jpg\ntwo.jpg\n")
    written(folder / "XTD10" / "test_1kcaptions_ko.txt", "하나\n둘\n")
    written(folder / "MIC" / "test_1kcaptions_de.txt", "eins\nzwei\n")
    written(folder / "STAIR" / "test_1kcaptions_jp.txt", "一\n二\n")
    assert read(load_captions(folder)) == {
        "one.jpg": {"de": ("eins",), "ja": ("一",), "ko": ("하나",)},
        "two.jpg": {"de": ("zwei",), "ja": ("二",), "ko": ("둘",)},
    }


def shard(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def test_webdataset_shards_are_read_in_place(folder):
    picture = (folder / "one.jpg").read_bytes()
    shard(
        folder / "wds" / "test" / "0.tar",
        {"s0000000.jpg": picture, "s0000000.txt": b"A man\nOne man", "s0000001.jpg": picture[:-1]},
    )
    shard(folder / "wds" / "test" / "1.tar", {"s0000002.txt": "甲".encode()})
    captions = load_captions(folder / "wds")
    assert read(captions) == {
        "0.tar/s0000000.jpg": {"en": ("A man", "One man")},
        "0.tar/s0000001.jpg": {},
    }
    assert captions.pictures[0].file.read() == picture
    assert captions.pictures[1].file.read() == picture[:-1]


DAMAGED = {
    "not JSON": ("c.jsonl", '{"image": "one.jpg", "captions": {"en": ["A"]}}\n{"image', 2),
    "no image": ("c.jsonl", '{"captions": {"en": ["A"]}}', 1),
    "no captions": ("c.jsonl", '{"image": "one.jpg"}', 1),
    "a number as caption": ("c.jsonl", '{"image": "one.jpg", "captions": {"en": [3]}}', 1),
    "a list as line": ("c.jsonl", "[1]", 1),
    "no key": ("c.jsonl", '{"image/key": "k", "en": {"caption": ["A"]}}\n{"en": {}}', 2),
    "broken document": ("c.json", '{\n"images": [\n', 3),
    "unknown image": (
        "c.json", '{"images": [], "annotations": [{"image_id": 3, "caption": "A"}]}', 1,
    ),
    "image without name": ("c.json", '{"images": [{"id": 3}], "annotations": []}', 1),
    "unequal lists": ("c-de.json", '{"image_paths": ["one.jpg"], "annotations": []}', 1),
    "a column too few": ("c.csv", "image,caption\none.jpg,A\ntwo.jpg\n", 3),
    "no image column": ("c.csv", "caption,language\nA,en\n", 1),
    "no bar": ("c.csv", "image_name| comment_number| comment\none.jpg, 0, A\n", 2),
    "no number": ("c.token", "one.jpg#0\tA\ntwo.jpg\tB\n", 2),
    "no picture": ("c.txt", "image,caption\nA man\n", 2),
    "nothing": ("c.csv", "image,caption\n", 1),
    "no XTD captions": ("x/test_image_names.txt", "one.jpg\n", 1),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGED)
def test_damage_is_named_with_its_line(folder, what):
    name, text, line = DAMAGED[what]
    path = written(folder / name, text)
    source = path.parent if "/" in name else path
    with pytest.raises(CaptionsDamaged) as caught:
        load_captions(source)
    assert caught.value.line == line
    assert str(caught.value.path).startswith(str(source))


def test_a_file_that_is_not_utf8_is_named_with_its_line(folder):
    path = folder / "c.jsonl"
    path.write_bytes(b'{"image": "one.jpg", "captions": {"en": ["A"]}}\n{"image": "\xff\xfe"}\n')
    with pytest.raises(CaptionsDamaged) as caught:
        load_captions(path)
    assert caught.value.line in (1, 2)
    assert "UTF-8" in caught.value.detail


def test_xtd10_with_a_line_missing(folder):
    written(folder / "x" / "test_image_names.txt", "one.jpg\ntwo.jpg\n")
    written(folder / "x" / "test_1kcaptions_ko.txt", "하나\n")
    with pytest.raises(CaptionsDamaged, match="1 captions for the 2 pictures"):
        load_captions(folder / "x")


def test_a_cut_tar_file(folder):
    shard(folder / "0.tar", {"s0.jpg": b"x" * 4000, "s0.txt": b"A"})
    (folder / "0.tar").write_bytes((folder / "0.tar").read_bytes()[:1500])
    with pytest.raises(CaptionsDamaged, match="tar"):
        load_captions(folder / "0.tar")


@pytest.mark.parametrize("name", ["nothing.jsonl", "one.jpg"])
def test_what_is_no_captions_file(folder, name):
    with pytest.raises(CaptionsUnknown):
        load_captions(folder / name)


def test_a_folder_without_captions_and_an_unknown_format(folder):
    with pytest.raises(CaptionsUnknown):
        load_captions(folder)
    with pytest.raises(CaptionsUnknown, match=", ".join(FORMATS)):
        load_captions(folder, format_name="parquet")


def test_pictures_are_looked_for_where_the_person_says(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("captions")
    path = written(elsewhere / "c.csv", "image,caption\ndeep/one.jpg,A\n")
    assert not load_captions(path).pictures[0].file.present()
    assert load_captions(path, LoadOptions(images=folder)).pictures[0].file.present()
