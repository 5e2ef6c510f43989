"""Does indexing slow down as the library grows, and how many bytes does a picture take?

    python -m benchmarks.catalogue_scale [--rows 10000 1000000] [--pictures 600] [--json FILE]

Fills catalogues with rows (and real-sized vectors) as indexing would, then indexes the same new
small JPEGs into each, turn by turn, with a stand-in encoder of fixed cost (not a model).
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3
from sqlalchemy import text

from benchmarks.indexing_stand_ins import FixedCostEncoder, fill, small_jpegs, stored
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from indexer.work_list import WorkItem


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs=2, default=(10_000, 1_000_000))
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cost", type=float, default=0.01, help="seconds per picture")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    rates: dict[int, list[float]] = {rows: [] for rows in options.rows}
    sizes: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="catalogue-scale-") as made:
        for rows in options.rows:
            place = Path(made, str(rows), "library.db")
            with Catalogue.open(place, create=True) as catalogue:
                with catalogue.write() as connection:
                    connection.execute(
                        text("INSERT INTO root (id, path, state) VALUES (1, '/far', 'offline')")
                    )
                fill(catalogue, placeless(rows))
            sizes[rows] = place.stat().st_size / rows
        for repeat in range(options.repeats):
            photos = Path(made, f"photos-{repeat}")
            small_jpegs(photos, options.pictures)
            for number, picture in enumerate(sorted(photos.rglob("*.jpg"))):
                with picture.open("ab") as file:
                    file.write(f"{repeat} {number}".encode())
            for rows in options.rows:
                folder = Path(made, str(rows))
                with Catalogue.open(folder / "library.db") as catalogue:
                    asked = IndexOptions((photos,), workers=1)
                    report = index(catalogue, folder, asked, FixedCostEncoder(options.cost))
                rates[rows].append(report.embedded / report.seconds)
    print(f"{'rows before':>12} {'pictures/s':>11} {'bytes/picture':>14}")
    for rows, found in rates.items():
        print(f"{rows:>12} {statistics.median(found):>11.1f} {sizes[rows]:>14.0f}")
    few, many = options.rows
    pairs = [m / f for f, m in zip(rates[few], rates[many], strict=True)]
    print(f"rate at {many} rows: {statistics.median(pairs):.3f} of that at {few} (median of pairs)")
    result: dict[str, object] = {"rates": rates, "bytes": sizes, "ratio": statistics.median(pairs)}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


def placeless(rows: int) -> Iterator[tuple[WorkItem, bytes]]:
    """Files of a disk that is not there, in folders of 500."""
    for number in range(rows):
        path = f"{number // 500:05}/IMG_{number:07}.jpg"
        digest = blake3(path.encode()).digest()
        yield stored(1, path, 3_000_000 + number * 7919 % 5_000_000, number, number + 1), digest


if __name__ == "__main__":
    main()
