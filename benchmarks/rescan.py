"""How long does a run over an unchanged folder take, beside `find` on the same tree?

python -m benchmarks.rescan [--files 100000 | --folder FOLDER] [--repeats 5] [--json FILE]

Over generated small JPEGs, or the pictures of a folder (Tiny ImageNet: 120,000 of 64 px).
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from blake3 import blake3
from sqlalchemy import text

from benchmarks.indexing_stand_ins import FixedCostEncoder, fill, small_jpegs, stored
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from indexer.scan import Scan


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="rescan-") as folder:
        photos, library = options.folder or Path(folder, "photos"), Path(folder, "library")
        if options.folder is None:
            small_jpegs(photos, options.files)
        with Catalogue.open(library / "library.db", create=True) as catalogue:
            options.files = remember(catalogue, photos)
            find, rescan = [], []
            # In turn, so that other work on the machine slows both.
            for _ in range(options.repeats):
                find.append(seconds_of_find(photos))
                rescan.append(seconds_of_rescan(catalogue, library, photos, options.files))
    ratio = statistics.median(r / f for f, r in zip(find, rescan, strict=True))
    print(f"{'files':>9} {'find s':>8} {'rescan s':>9} {'ratio':>6}")
    print(
        f"{options.files:>9} {statistics.median(find):8.3f} {statistics.median(rescan):9.3f}"
        f" {ratio:6.2f}"
    )
    result = {
        "files": options.files, "find_seconds": find, "rescan_seconds": rescan, "ratio": ratio,
        "machine": platform.platform(), "cores": os.cpu_count(), "python": sys.version,
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


def remember(catalogue: Catalogue, photos: Path) -> int:
    """Catalogue the pictures of a folder without decoding any; returns how many there are."""
    root = os.path.realpath(photos)
    with catalogue.write() as connection:
        connection.execute(
            text("INSERT INTO root (id, path, state) VALUES (1, :path, 'online')"), {"path": root}
        )
    # A scan of unchanged files reads none, so the hash may be any; real sets hold copies.
    found = ((stored(1, *f), blake3(os.fsencode(f.path)).digest()) for f in Scan(root).files())
    return fill(catalogue, found)


def seconds_of_find(photos: Path) -> float:
    started = time.perf_counter()
    command = ["find", str(photos), "-type", "f", "-printf", "%s %T@\n"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def seconds_of_rescan(catalogue: Catalogue, library: Path, photos: Path, files: int) -> float:
    started = time.perf_counter()
    report = index(catalogue, library, IndexOptions((photos,)), FixedCostEncoder())
    seconds = time.perf_counter() - started
    if report.unchanged != files:
        raise SystemExit(f"{report.unchanged} of {files} unchanged")
    return seconds


if __name__ == "__main__":
    main()
