"""Does indexing slow down as the library grows, and how many bytes does a picture take?

    python -m benchmarks.catalogue_scale [--rows 10000 1000000] [--pictures 600] [--json FILE]

Fills catalogues with rows (and real-sized vectors) as indexing would, then indexes the same new
small JPEGs into each, turn by turn, with a stand-in encoder of fixed cost (not a model). Catalogues
of an earlier run in `--folder` are used again.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3
from sqlalchemy import text

from benchmarks.indexing_stand_ins import FixedCostEncoder, fill, small_jpegs, stored
from benchmarks.where_run import where_run
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from indexer.work_list import WorkItem


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs=2, default=(10_000, 1_000_000))
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cost", type=float, default=0.01, help="seconds per picture")
    parser.add_argument("--folder", type=Path, help="where the catalogues are kept")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    turns: dict[int, list[tuple[float, float]]] = {rows: [] for rows in options.rows}
    with tempfile.TemporaryDirectory(prefix="catalogue-scale-") as made:
        kept = options.folder or Path(made)
        sizes = {rows: filled(kept / str(rows) / "library.db", rows) for rows in options.rows}
        for repeat in range(options.repeats):
            photos = Path(made, f"photos-{repeat}")
            new_jpegs(photos, options.pictures)
            for rows in options.rows:
                turns[rows].append(rates(kept / str(rows), photos, options.cost))
    print(f"{'rows before':>12} {'pictures/s':>11} {'own ms/picture':>15} {'bytes/picture':>14}")
    for rows, found in turns.items():
        rate, own = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{rows:>12} {rate:>11.1f} {1000 * own:>15.2f} {sizes[rows]:>14.0f}")
    few, many = options.rows
    ratio = statistics.median(m[0] / f[0] for f, m in zip(turns[few], turns[many], strict=True))
    print(f"rate at {many} rows: {ratio:.3f} of that at {few} (median of pairs)")
    result: dict[str, object] = {
        "pictures": options.pictures, "cost": options.cost, "bytes": sizes, "ratio": ratio,
        "rates": {rows: [rate for rate, _ in found] for rows, found in turns.items()},
        "own_processor_seconds": {rows: [own for _, own in found] for rows, found in turns.items()},
        **where_run(),
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def filled(place: Path, rows: int) -> float:
    """Make the catalogue unless it is there; returns its bytes per picture."""
    if not place.exists():
        with Catalogue.open(place, create=True) as catalogue:
            with catalogue.write() as connection:
                connection.execute(
                    text("INSERT INTO root (id, path, state) VALUES (1, '/far', 'offline')")
                )
            fill(catalogue, placeless(rows))
    with Catalogue.open(place) as catalogue, catalogue.read() as connection:
        pictures = connection.execute(text("SELECT count(*) FROM picture")).scalar_one()
    return float(place.stat().st_size / pictures)


def new_jpegs(photos: Path, count: int) -> None:
    """JPEGs that no catalogue has seen."""
    small_jpegs(photos, count)
    for number, picture in enumerate(sorted(photos.rglob("*.jpg"))):
        with picture.open("ab") as file:
            file.write(f"{time.time_ns()} {number}".encode())


def rates(library: Path, photos: Path, cost: float) -> tuple[float, float]:
    """Pictures per second of the clock, and seconds of this process's own work per picture."""
    with Catalogue.open(library / "library.db") as catalogue:
        asked = IndexOptions((photos,), workers=1)
        before = time.process_time()
        report = index(catalogue, library, asked, FixedCostEncoder(cost))
        used = time.process_time() - before
    return report.embedded / report.seconds, used / report.embedded


def placeless(rows: int) -> Iterator[tuple[WorkItem, bytes]]:
    """Files of a disk that is not there, in folders of 500."""
    for number in range(rows):
        path = f"{number // 500:05}/IMG_{number:07}.jpg"
        digest = blake3(path.encode()).digest()
        yield stored(1, path, 3_000_000 + number * 7919 % 5_000_000, number, number + 1), digest


if __name__ == "__main__":
    main()
