"""How long does a run over an unchanged folder take, beside `find` on the same tree?

python -m benchmarks.rescan [--files 100000 | --folder FOLDER] [--repeats 5] [--json FILE]

Over generated small JPEGs, or the pictures of a folder (Tiny ImageNet: 120,000 of 64 px).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from blake3 import blake3
from sqlalchemy import text

from benchmarks.indexing_stand_ins import FixedCostEncoder, fill, small_jpegs, stored
from benchmarks.where_run import where_run
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
            files = remember(catalogue, photos)
            turns: dict[str, list[float]] = {}
            # In turn, so that other work on the machine slows both.
            for _ in range(options.repeats):
                for name, took in (
                    ("find", seconds_of_find(photos)),
                    ("rescan", seconds_of_rescan(catalogue, library, photos, files)),
                ):
                    turns.setdefault(f"{name}_seconds", []).append(took[0])
                    turns.setdefault(f"{name}_processor_seconds", []).append(took[1])
    ratios = {
        kind: statistics.median(
            rescan / find
            for find, rescan in zip(turns[f"find_{kind}"], turns[f"rescan_{kind}"], strict=True)
        )
        for kind in ("seconds", "processor_seconds")
    }
    print(f"{'files':>9} {'':<18} {'find':>7} {'rescan':>7} {'ratio':>6}")
    for kind, ratio in ratios.items():
        find, rescan = (statistics.median(turns[f"{name}_{kind}"]) for name in ("find", "rescan"))
        print(f"{files:>9} {kind.replace('_', ' '):<18} {find:>7.3f} {rescan:>7.3f} {ratio:>6.2f}")
    result: dict[str, object] = {"files": files, "ratios": ratios, **turns, **where_run()}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
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


def seconds_of_find(photos: Path) -> tuple[float, float]:
    """Seconds by the clock, and of a processor."""
    before, started = children_seconds(), time.perf_counter()
    command = ["find", str(photos), "-type", "f", "-printf", "%s %T@\n"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started, children_seconds() - before


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_of_rescan(
    catalogue: Catalogue, library: Path, photos: Path, files: int
) -> tuple[float, float]:
    """The same of an indexing run."""
    before, started = time.process_time(), time.perf_counter()
    report = index(catalogue, library, IndexOptions((photos,)), FixedCostEncoder())
    took = time.perf_counter() - started, time.process_time() - before
    if report.unchanged != files:
        raise SystemExit(f"{report.unchanged} of {files} unchanged")
    return took


if __name__ == "__main__":
    main()
