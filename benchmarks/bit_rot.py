"""Damaged at many places, does a library ever give a wrong answer?

    python -m benchmarks.bit_rot [--places 500] [--json FILE]

Flips a bit, overwrites eight bytes or cuts the file at random places of the catalogue, its log,
the vector index with its manifest, thumbnails and weights, a third of `--places` each, and looks at
what becomes of the answers (tests/indexer/bit_rot).
"""

import argparse
import json
import logging
import random
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.where_run import where_run
from tests.indexer.bit_rot import KINDS, Rot


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--places", type=int, default=500, help="in each kind of file")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    logging.disable(logging.ERROR)  # every vector that is left out is logged
    found: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="bit-rot-") as made:
        rot = Rot(Path(made))
        for name, target in rot.targets().items():
            chance = random.Random(name)
            found[name] = Counter()
            for number in range(options.places):
                try:
                    outcome = target(KINDS[number % len(KINDS)], chance)
                except AssertionError as error:
                    outcome = "wrong"
                    print(f"{name}, {KINDS[number % len(KINDS)]}: {error}", flush=True)
                found[name][outcome] += 1
            print(f"{name:<26} {dict(found[name])}", flush=True)
    result: dict[str, object] = {"places": options.places, "found": found, **where_run()}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


if __name__ == "__main__":
    main()
