"""Folders: texts beside pictures, XTD10, CLIP_benchmark's per-language files, tar shards.

- beside: `walk.jpg` with `walk.txt`, or `walk.de.txt` and `walk.zh.txt`; a caption per line.
- XTD10: `test_image_names.txt` and `test_1kcaptions_XX.txt` line by line
  (adobe-research/Cross-lingual-Test-Dataset-XTD10: German and French in MIC, Japanese in STAIR).
- CLIP_benchmark: `NAME-XX.json` with {"image_paths": [...], "annotations": [...]}, made for
  Crossmodal-3600, XTD10, multilingual COCO and Flickr30k-200.
- WebDataset shards of CLIP_benchmark: `test/0.tar` with `s0000000.jpg` and `s0000000.txt`.
"""

import re
import tarfile
from pathlib import Path

from searchapp.errors import CaptionsDamaged
from searchapp.evaluation.captions import UNDETERMINED, Captions, Gatherer, PictureFile
from searchapp.evaluation.loaders.options import (
    LoadOptions,
    json_document,
    numbered_lines,
    picture_file,
    text_list,
)

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic")
LANGUAGE_SUFFIX = re.compile(r"^\.[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
XTD_NAMES = "test_image_names.txt"
XTD_CAPTIONS = "test_1kcaptions_*.txt"
LANGUAGE_ALIASES = {"jp": "ja", "cn": "zh", "kr": "ko"}
"""Country codes that these data sets use for languages."""


def load_beside(folder: Path, options: LoadOptions) -> Captions:
    """Pictures with text files of the same name beside them."""
    gathered = Gatherer("texts beside pictures", folder)
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    for picture in pictures:
        file = PictureFile(picture.relative_to(folder).as_posix(), picture)
        gathered.add(file, options.language, ())
        for text in sorted(picture.parent.glob(f"{_literal(picture.stem)}*.txt")):
            middle = text.name[len(picture.stem) : -len(".txt")]
            if middle and not LANGUAGE_SUFFIX.match(middle):
                continue
            language = middle[1:] or options.language
            gathered.add(file, language, [line for _, line in numbered_lines(text)])
    return gathered.captions()


def load_xtd(folder: Path, options: LoadOptions) -> Captions:
    """XTD10 from a copy of its repository, or from one folder of it."""
    names_file = next(iter(sorted(folder.rglob(XTD_NAMES))))
    names = [line.strip() for _, line in numbered_lines(names_file)]
    gathered = Gatherer("xtd10", folder)
    files = [picture_file(name, folder, options) for name in names]
    for path in sorted(folder.rglob(XTD_CAPTIONS)):
        code = path.stem.rpartition("_")[2]
        lines = list(numbered_lines(path))
        if len(lines) != len(names):
            detail = f"{len(lines)} captions for the {len(names)} pictures of {XTD_NAMES}"
            raise CaptionsDamaged(path, len(lines), detail)
        for file, (_, text) in zip(files, lines, strict=True):
            gathered.add(file, LANGUAGE_ALIASES.get(code, code), [text])
    return gathered.captions()


def load_clip_benchmark(source: Path, options: LoadOptions) -> Captions:
    """One `NAME-XX.json`, or all of a folder."""
    gathered = Gatherer("clip-benchmark", source)
    for path in [source] if source.is_file() else sorted(source.glob("*-*.json")):
        document = json_document(path)
        if not isinstance(document, dict) or "image_paths" not in document:
            raise CaptionsDamaged(path, 1, '"image_paths" is missing')
        names, texts = document["image_paths"], document.get("annotations", [])
        if len(names) != len(texts):
            raise CaptionsDamaged(path, 1, f"{len(names)} pictures but {len(texts)} captions")
        code = path.stem.rpartition("-")[2]
        stated = options.language if options.language != UNDETERMINED else code
        language = LANGUAGE_ALIASES.get(stated, stated)
        for name, value in zip(names, texts, strict=True):
            file = picture_file(name, path, options)
            gathered.add(file, language, text_list(value, path, 1, f"the caption of {name}"))
    return gathered.captions()


def load_shards(source: Path, options: LoadOptions) -> Captions:
    """Tar shards of a retrieval data set: a picture and a text with a caption per line."""
    gathered = Gatherer("webdataset", source)
    language = "en" if options.language == UNDETERMINED else options.language
    for shard in shard_files(source, options.split):
        pictures: dict[str, PictureFile] = {}
        texts: dict[str, list[str]] = {}
        try:
            with tarfile.open(shard, "r:") as archive:
                for member in archive:
                    _sort_member(archive, member, shard, pictures, texts)
        except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
            raise CaptionsDamaged(shard, 1, f"it is not a readable tar file ({error})") from error
        for key, file in pictures.items():
            gathered.add(file, language, texts.get(key, ()))
    return gathered.captions()


def shard_files(source: Path, split: str) -> list[Path]:
    """The tar files of a shard, a split folder, or a data set folder with splits."""
    if source.is_file():
        return [source]
    here = sorted(source.glob("*.tar"), key=lambda path: (len(path.name), path.name))
    if here:
        return here
    return sorted((source / split).glob("*.tar"), key=lambda path: (len(path.name), path.name))


def _sort_member(
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    shard: Path,
    pictures: dict[str, PictureFile],
    texts: dict[str, list[str]],
) -> None:
    """File one member of a shard under its key, the name up to the first dot."""
    folder, _, name = member.name.rpartition("/")
    stem, _, suffix = name.partition(".")
    key = f"{folder}/{stem}"
    if not member.isfile():
        return
    if f".{suffix.lower()}" in PICTURE_SUFFIXES:
        shown = f"{shard.name}/{member.name}"
        pictures[key] = PictureFile(shown, shard, member.offset_data, member.size)
    elif suffix == "txt":
        stream = archive.extractfile(member)
        if stream is not None:
            texts[key] = stream.read().decode("utf-8").splitlines()


def _literal(stem: str) -> str:
    # A stem may hold the letters that glob reads as patterns.
    return re.sub(r"([\[\]*?])", r"[\1]", stem)
