"""COCO: the captions file of the challenge, and the Karpathy split (COCO, Flickr8k, Flickr30k).

captions_val2017.json: {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}
dataset_coco.json:     {"images": [{"filepath", "filename", "split", "sentences": [{"raw"}]}]}
"""

from pathlib import Path
from typing import Any

from searchapp.errors import CaptionsDamaged
from searchapp.evaluation.captions import UNDETERMINED, Captions, Gatherer
from searchapp.evaluation.loaders.options import LoadOptions, json_document, picture_file

KARPATHY_TRAINING = ("train", "restval")
"""The Karpathy split trains on both; a request for `train` means both."""


def load_coco(path: Path, options: LoadOptions) -> Captions:
    """The captions file of the COCO challenge; English unless another language is named."""
    document = json_document(path)
    gathered = Gatherer("coco", path)
    files = {}
    for position, image in enumerate(document["images"]):
        entry = _entry(image, ("id", "file_name"), path, f"images[{position}]")
        files[entry["id"]] = picture_file(entry["file_name"], path, options)
    for position, annotation in enumerate(document["annotations"]):
        where = f"annotations[{position}]"
        entry = _entry(annotation, ("image_id", "caption"), path, where)
        if entry["image_id"] not in files:
            raise CaptionsDamaged(path, 1, f"{where} names an unknown image {entry['image_id']}")
        gathered.add(files[entry["image_id"]], _english(options), [entry["caption"]])
    return gathered.captions()


def load_karpathy(path: Path, options: LoadOptions) -> Captions:
    """One split (default `test`) of Karpathy's file for COCO, Flickr8k or Flickr30k."""
    gathered = Gatherer("karpathy", path)
    wanted = KARPATHY_TRAINING if options.split == "train" else (options.split,)
    for position, image in enumerate(json_document(path)["images"]):
        entry = _entry(image, ("filename", "split", "sentences"), path, f"images[{position}]")
        if entry["split"] not in wanted:
            continue
        name = "/".join(part for part in (entry.get("filepath"), entry["filename"]) if part)
        texts = [sentence["raw"] for sentence in entry["sentences"] if sentence.get("raw")]
        gathered.add(picture_file(name, path, options), _english(options), texts)
    return gathered.captions()


def _english(options: LoadOptions) -> str:
    return "en" if options.language == UNDETERMINED else options.language


def _entry(value: Any, keys: tuple[str, ...], path: Path, where: str) -> dict[str, Any]:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise CaptionsDamaged(path, 1, f'{where} has no "{key}"')
    entry: dict[str, Any] = value
    return entry
