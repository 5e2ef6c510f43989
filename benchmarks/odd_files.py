"""What becomes of odd files: is every one accounted for, and why do those fail that fail?

    python -m benchmarks.odd_files FOLDER... [--workers 2] [--json FILE]

Each FOLDER is a set of pictures made to break decoders (libjpeg-turbo/seed-corpora,
drewnoakes/metadata-extractor-images, lunapaint/pngsuite, strukturag/libheif, AOMediaCodec/libavif,
webmproject/libwebp-test-data, ...). Files whose names are not those of pictures are tried as
`NAME.jpg`; sources and texts are left out. Indexed with a stand-in encoder. Prints a table of
reasons per set and, at the end, time and memory.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.indexing_stand_ins import FixedCostEncoder
from benchmarks.process_memory import PeakMemory
from indexer.catalogue import Catalogue
from indexer.formats import picture_extensions
from indexer.pipeline import IndexOptions, IndexReport, index

TEXTS = (
    *("c", "cc", "cmake", "cmd", "cs", "css", "csproj", "go", "gradle", "h", "htm", "html", "in"),
    *("java", "js", "json", "md", "mp3", "properties", "pro", "ps1", "py", "rc", "rst", "sh"),
    *("sln", "svg", "toml", "txt", "xml", "yaml", "yml"),
)


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    sets: dict[str, Counter[str]] = {}
    seconds = 0.0
    with PeakMemory() as memory:
        for folder in options.folders:
            report, tried = indexed(folder, options.workers)
            sets[folder.name] = outcome(report, tried)
            seconds += report.seconds
    show(sets)
    tried = sum(row["tried"] for row in sets.values())
    print(
        f"{tried} files in {seconds:.0f} s; at most {memory.own / 1e6:.0f} MB here and"
        f" {memory.others / 1e6:.0f} MB in one decoding process"
    )
    result = {"sets": sets, "seconds": seconds, "own": memory.own, "decoder": memory.others}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


def indexed(folder: Path, workers: int) -> tuple[IndexReport, int]:
    """The report of indexing a set, and how many files it had."""
    with tempfile.TemporaryDirectory(prefix="odd-files-") as made:
        photos, library = Path(made, "photos"), Path(made, "library")
        photos.mkdir()
        tried = 0
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                ending = name.rpartition(".")[2].lower()
                if ending in TEXTS or name.startswith("."):
                    continue
                picture = ending in picture_extensions()
                inside = photos / f"{tried // 1000:03}"
                inside.mkdir(exist_ok=True)
                named = f"{tried:06}-{name[-80:]}" + ("" if picture else ".jpg")
                os.symlink(Path(parent, name).resolve(), inside / named)
                tried += 1
        with Catalogue.open(library / "library.db", create=True) as catalogue:
            asked = IndexOptions((photos,), workers=workers, follow_symlinks=True)
            report = index(catalogue, library, asked, FixedCostEncoder())
            again = index(catalogue, library, asked, FixedCostEncoder())
    counted = report.indexed + report.unchanged + report.updated + report.moved
    if counted + report.failed + report.skipped != report.seen or report.seen != tried:
        raise SystemExit(f"{folder}: {tried} files, {report.seen} seen, {counted} counted")
    if again.embedded:
        raise SystemExit(f"{folder}: a second run encoded {again.embedded} pictures again")
    return report, tried


def outcome(report: IndexReport, tried: int) -> Counter[str]:
    row = Counter({"tried": tried, "seconds": round(report.seconds), "indexed": report.indexed})
    row.update(failure.reason for failure in report.failures)
    row.update(report.skipped_reasons)
    return row


def show(sets: dict[str, Counter[str]]) -> None:
    total: Counter[str] = sum(sets.values(), Counter())
    columns = ["tried", "indexed"]
    columns += [name for name, _ in total.most_common() if name not in (*columns, "seconds")]
    columns.append("seconds")
    print(f"{'set':<40}" + "".join(f"{name:>{len(name) + 2}}" for name in columns))
    for name, row in (*sets.items(), ("together", total)):
        print(f"{name[:39]:<40}" + "".join(f"{row[c]:>{len(c) + 2}}" for c in columns))


if __name__ == "__main__":
    main()
