"""Killed anywhere, does the next run end with the library that an undisturbed run makes?

    python -m benchmarks.kill_sweep [--random 200] [--pictures 24] [--json FILE]

Kills an indexing process at every named fail-point, the first, second and third time it is
passed, then at random moments. After each kill it is run again and its library compared with
that of a twin that was left alone: rows, vectors, search results, and `verify`. With
`eatmydata` in front (`eatmydata python -m benchmarks.kill_sweep`) no fsync does anything.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.where_run import where_run
from indexer.failpoints import VARIABLE
from tests.indexer.conftest import draw
from tests.indexer.test_kill import PLACES, content

BATCH = 4


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--passes", type=int, default=3, help="times a place is passed, 1 to this")
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    rows: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory(prefix="kill-sweep-") as made:
        photos = Path(made, "photos")
        for number in range(options.pictures):
            draw(photos / f"{number}.png", number)
        started = time.monotonic()
        _, encoded = ended(start(Path(made, "twin"), photos))
        whole = time.monotonic() - started
        expected = content(Path(made, "twin"))
        print(f"{'killed':<28} {'kills':>6} {'encoded twice, at most':>24}", flush=True)
        for place in PLACES:
            for passed in range(1, options.passes + 1):
                killed = start(Path(made, f"{place}-{passed}"), photos, f"{place}:{passed}")
                record(rows, place, killed, Path(made, f"{place}-{passed}"), photos, expected)
            show(place, rows[place])
        draws = random.Random(1)
        for number in range(options.random):
            library = Path(made, f"random-{number}")
            killed = start(library, photos)
            time.sleep(draws.uniform(0.1, whole))
            killed.send_signal(signal.SIGKILL)
            record(rows, "at a random moment", killed, library, photos, expected)
        show("at a random moment", rows.get("at a random moment", []))
    kills = sum(len(again) for again in rows.values())
    lying = "eatmydata" in os.environ.get("LD_PRELOAD", "")
    print(f"{kills} kills survived, every library equal to its twin's; batches of {BATCH}")
    result: dict[str, object] = {
        "rows": rows, "kills": kills, "twin_encoded": encoded, "pictures": options.pictures,
        "batch": BATCH, "fsync_does_nothing": lying, **where_run(),
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def show(place: str, again: list[int]) -> None:
    print(f"{place:<28} {len(again):>6} {max(again, default=0):>24}", flush=True)


def start(library: Path, photos: Path, failpoint: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.indexer.index_once", str(library), str(photos)]
    environment = os.environ | {VARIABLE: failpoint}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def record(
    rows: dict[str, list[int]],
    place: str,
    killed: "subprocess.Popen[str]",
    library: Path,
    photos: Path,
    expected: list[tuple[object, ...]],
) -> None:
    """Run again after the kill and compare; notes how many pictures were encoded twice."""
    code, _ = ended(killed)
    again = rows.setdefault(place, [])
    if code == 0:
        return  # the place is passed fewer times than that, or the kill came too late
    code, _ = ended(start(library, photos))
    if code != 0 or content(library) != expected:
        raise SystemExit(f"killed at {place}: the library {library} is not that of the twin")
    # The encoder notes every picture it is given, in the killed run too.
    again.append((library / "encoded").stat().st_size - sum(1 for _ in photos.iterdir()))
    if again[-1] > BATCH:
        raise SystemExit(f"killed at {place}: {again[-1]} pictures were encoded twice")


if __name__ == "__main__":
    main()
