"""Tables: any CSV or TSV of a person's own, Flickr30k's two tables, CLIP_benchmark's list.

- own: columns image, caption and perhaps language; or image and one column per language.
- Flickr30k `results.csv`: `image_name| comment_number| comment`.
- Flickr30k `results_20130124.token` (also Flickr8k.token.txt): `NAME.jpg#0<tab>caption`.
- `flickr_annotations_30k.csv`: columns raw (a JSON list), split, filename.
- CLIP_benchmark `flickr30k_test_karpathy.txt`, `flickr8k_test_cn.txt`: `image,caption` whose
  captions hold commas without quotation marks.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

from searchapp.errors import CaptionsDamaged
from searchapp.evaluation.captions import UNDETERMINED, Captions, Gatherer
from searchapp.evaluation.loaders.options import (
    LoadOptions,
    numbered_lines,
    picture_file,
    text_list,
)

IMAGE_COLUMNS = ("image", "file", "filename", "file_name", "filepath", "path", "image_name")
CAPTION_COLUMNS = ("caption", "text", "description", "comment", "title", "sentence")
LANGUAGE_COLUMNS = ("language", "lang", "locale")
PICTURE_THEN_CAPTION = re.compile(r"^(?P<name>.+?\.(?:jpe?g|png|webp)),(?P<text>.+)$", re.I)
LANGUAGE_IN_NAME = re.compile(r"[-_](?P<code>[a-z]{2,3})\.[a-z]+$")


def load_table(path: Path, options: LoadOptions) -> Captions:
    """A table with a header line, comma or tab between the columns."""
    gathered = Gatherer("table", path)
    rows = _rows(path)
    _, header = next(rows, (1, []))
    columns = [name.strip().lower() for name in header]
    image = _column(columns, IMAGE_COLUMNS)
    if image is None:
        raise CaptionsDamaged(path, 1, f"no column is called {' or '.join(IMAGE_COLUMNS[:3])}")
    caption = _column(columns, CAPTION_COLUMNS)
    language = _column(columns, LANGUAGE_COLUMNS)
    for number, row in rows:
        if len(row) != len(columns):
            raise CaptionsDamaged(path, number, f"{len(row)} columns where {len(columns)} belong")
        file = picture_file(row[image].strip(), path, options)
        if caption is not None:
            code = row[language].strip() if language is not None else ""
            gathered.add(file, code or options.language, [row[caption]])
            continue
        for position, code in enumerate(columns):
            if position != image:
                gathered.add(file, code, [row[position]])
    return gathered.captions()


def load_flickr_results(path: Path, options: LoadOptions) -> Captions:
    """Flickr30k's `results.csv` with `|` between the columns."""
    gathered = Gatherer("flickr30k-csv", path)
    for number, line in numbered_lines(path):
        if number == 1:
            continue
        name, _, rest = line.partition("|")
        comment_number, separator, text = rest.partition("|")
        if not separator or not comment_number.strip().isdigit():
            raise CaptionsDamaged(path, number, "image_name| comment_number| comment was expected")
        gathered.add(picture_file(name.strip(), path, options), _english(options), [text])
    return gathered.captions()


def load_flickr_token(path: Path, options: LoadOptions) -> Captions:
    """Flickr30k's and Flickr8k's token file."""
    gathered = Gatherer("flickr-token", path)
    for number, line in numbered_lines(path):
        key, separator, text = line.partition("\t")
        name, mark, caption_number = key.rpartition("#")
        if not separator or not mark or not caption_number.strip().isdigit():
            raise CaptionsDamaged(path, number, "NAME.jpg#N, a tab and a caption were expected")
        gathered.add(picture_file(name, path, options), _english(options), [text])
    return gathered.captions()


def load_flickr_annotations(path: Path, options: LoadOptions) -> Captions:
    """`flickr_annotations_30k.csv`, one line per picture with all captions as a JSON list."""
    gathered = Gatherer("flickr30k-annotations", path)
    rows = _rows(path)
    _, header = next(rows)
    raw, filename, split = (header.index(name) for name in ("raw", "filename", "split"))
    for number, row in rows:
        if len(row) != len(header):
            raise CaptionsDamaged(path, number, f"{len(row)} columns where {len(header)} belong")
        if row[split] != options.split:
            continue
        try:
            texts = text_list(json.loads(row[raw]), path, number, '"raw"')
        except json.JSONDecodeError as error:
            raise CaptionsDamaged(path, number, '"raw" is not JSON') from error
        gathered.add(picture_file(row[filename], path, options), _english(options), texts)
    return gathered.captions()


def load_flickr_list(path: Path, options: LoadOptions) -> Captions:
    """CLIP_benchmark's `image,caption` list; `_cn` in the file's name means Chinese."""
    gathered = Gatherer("flickr-list", path)
    named = LANGUAGE_IN_NAME.search(path.name)
    language = options.language
    if language == UNDETERMINED:
        language = "zh" if named and named["code"] in ("cn", "zh") else "en"
    for number, line in numbered_lines(path):
        if number == 1:
            continue
        found = PICTURE_THEN_CAPTION.match(line)
        if found is None:
            raise CaptionsDamaged(path, number, "a picture's name, a comma, a caption expected")
        gathered.add(picture_file(found["name"], path, options), language, [found["text"]])
    return gathered.captions()


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a comma or tab separated file, each with the number of its last line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter="\t" if "\t" in first else ",", strict=True)
            for row in reader:
                if any(field.strip() for field in row):
                    yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise CaptionsDamaged(path, 1, "it is not UTF-8 text") from error
    except csv.Error as error:
        raise CaptionsDamaged(path, reader.line_num, str(error)) from error


def _column(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _english(options: LoadOptions) -> str:
    return "en" if options.language == UNDETERMINED else options.language
