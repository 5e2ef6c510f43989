"""JSON lines: the format of sample_images, and that of Crossmodal-3600.

Ours:             {"image": "relative/path", "captions": {"en": ["..."], "zh": ["..."]},
                  "machine_made": ["zh"]}; the last is optional
Crossmodal-3600:  {"image/key": "0123...", "image/locale": "en", "en": {"caption": ["...", ...],
                  "caption/tokenized": [...]}, ...}, pictures as images/KEY.jpg
                  (google.github.io/crossmodal-3600, web-data/captions.zip)
"""

from pathlib import Path

from searchapp.errors import CaptionsDamaged
from searchapp.evaluation.captions import Captions, Gatherer
from searchapp.evaluation.loaders.options import (
    LoadOptions,
    json_line,
    numbered_lines,
    picture_file,
    text_list,
)


def load_json_lines(path: Path, options: LoadOptions) -> Captions:
    """Captions in the project's own format."""
    gathered = Gatherer("captions.jsonl", path)
    for number, line in numbered_lines(path):
        record = json_line(path, number, line)
        name, captions = record.get("image"), record.get("captions")
        if not isinstance(name, str) or not name:
            raise CaptionsDamaged(path, number, '"image" is missing')
        if isinstance(captions, str | list):
            captions = {options.language: captions}
        if not isinstance(captions, dict):
            raise CaptionsDamaged(path, number, '"captions" is missing')
        file = picture_file(name, path, options)
        gathered.add(file, options.language, ())
        machine_made = text_list(record.get("machine_made", []), path, number, '"machine_made"')
        for language, value in captions.items():
            texts = text_list(value, path, number, f'"{language}"')
            if language in machine_made and not options.machine_made:
                gathered.set_aside += len(texts)
            else:
                gathered.add(file, language, texts)
    return gathered.captions()


def load_crossmodal(path: Path, options: LoadOptions) -> Captions:
    """Crossmodal-3600 as published: one line per picture with 36 languages."""
    gathered = Gatherer("crossmodal-3600", path)
    for number, line in numbered_lines(path):
        record = json_line(path, number, line)
        key = record.get("image/key")
        if not isinstance(key, str) or not key:
            raise CaptionsDamaged(path, number, '"image/key" is missing')
        file = picture_file(f"{key}.jpg", path, options)
        for language, entry in record.items():
            if isinstance(entry, dict) and "caption" in entry:
                texts = text_list(entry["caption"], path, number, f'"{language}"')
                gathered.add(file, language, texts)
    return gathered.captions()
