"""Which loader reads a given file or folder."""

from collections.abc import Callable
from pathlib import Path

from searchapp.errors import CaptionsUnknown
from searchapp.evaluation.captions import Captions
from searchapp.evaluation.loaders import coco, folders, json_lines, tables
from searchapp.evaluation.loaders.options import (
    LoadOptions,
    json_document,
    json_line,
    numbered_lines,
)

Loader = Callable[[Path, LoadOptions], Captions]

FORMATS: dict[str, Loader] = {
    "jsonl": json_lines.load_json_lines,
    "crossmodal": json_lines.load_crossmodal,
    "table": tables.load_table,
    "beside": folders.load_beside,
    "coco": coco.load_coco,
    "karpathy": coco.load_karpathy,
    "flickr-csv": tables.load_flickr_results,
    "flickr-token": tables.load_flickr_token,
    "flickr-annotations": tables.load_flickr_annotations,
    "flickr-list": tables.load_flickr_list,
    "clip-benchmark": folders.load_clip_benchmark,
    "xtd": folders.load_xtd,
    "webdataset": folders.load_shards,
}


def load_captions(
    source: Path, options: LoadOptions | None = None, format_name: str = "auto"
) -> Captions:
    """Read captions from a file or folder, finding out the format unless it is named.

    Raises CaptionsUnknown when nothing is there or no loader fits, CaptionsDamaged with the line
    when a loader fits but the content does not.
    """
    if not source.exists():
        raise CaptionsUnknown(source, "there is nothing at this path")
    if format_name != "auto" and format_name not in FORMATS:
        raise CaptionsUnknown(source, f"formats are {', '.join(FORMATS)}")
    chosen = options or LoadOptions()
    name = _detect(source, chosen) if format_name == "auto" else format_name
    if name == "jsonl" and source.is_dir():
        source = source / "captions.jsonl"
        name = _detect(source, chosen)
    return FORMATS[name](source, chosen)


def _detect(source: Path, options: LoadOptions) -> str:
    if source.is_dir():
        return _detect_folder(source, options)
    suffix = source.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        number, line = next(numbered_lines(source), (1, ""))
        return "crossmodal" if "image/key" in json_line(source, number, line) else "jsonl"
    if suffix == ".json":
        return _detect_json(source)
    if suffix == ".tar":
        return "webdataset"
    if suffix in (".csv", ".tsv", ".txt", ".token"):
        return _detect_table(source)
    raise CaptionsUnknown(source, f"no format has files that end in '{suffix}'")


def _detect_folder(folder: Path, options: LoadOptions) -> str:
    if (folder / "captions.jsonl").is_file():
        return "jsonl"
    if folders.shard_files(folder, options.split):
        return "webdataset"
    if next(folder.rglob(folders.XTD_NAMES), None):
        return "xtd"
    if next(folder.glob("*-*.json"), None):
        return "clip-benchmark"
    if next(folder.rglob("*.txt"), None):
        return "beside"
    raise CaptionsUnknown(folder, "it holds no captions.jsonl, tar shards or .txt files")


def _detect_json(source: Path) -> str:
    document = json_document(source)
    if isinstance(document, dict):
        if "image_paths" in document:
            return "clip-benchmark"
        if "images" in document and "annotations" in document:
            return "coco"
        if "images" in document:
            return "karpathy"
    raise CaptionsUnknown(source, "it is neither COCO, Karpathy nor CLIP_benchmark")


def _detect_table(source: Path) -> str:
    _, first = next(numbered_lines(source), (1, ""))
    if first.startswith("image_name|"):
        return "flickr-csv"
    if "#" in first.partition("\t")[0] and "\t" in first:
        return "flickr-token"
    columns = [name.strip() for name in first.split(",")]
    if {"raw", "filename", "split"} <= set(columns):
        return "flickr-annotations"
    if source.suffix.lower() == ".txt" and columns == ["image", "caption"]:
        return "flickr-list"
    return "table"
