"""Does a power cut after any single write leave whole commits, and every one that was told of?

    python -m benchmarks.power_loss [--commits 50] [--times 3] [--json FILE]

Records what SQLite writes during a run of catalogue commits, then cuts the power after every one
of these writes (`--times` with different luck): what was synced is kept, of the rest each write
is kept, lost or torn at a sector. Opens what is left and checks it (tests/indexer/test_power_loss).
"""

import argparse
import json
import random
import shutil
import tempfile
from pathlib import Path

from tests.indexer.test_power_loss import check_cut, cuts, record


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    done: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="power-loss-") as made:
        for journal_mode in ("WAL", "DELETE"):
            log = record(Path(made, journal_mode), journal_mode, options.commits)
            done[journal_mode] = 0
            for luck in range(options.times):
                chance = random.Random(luck)
                for place in cuts(log):
                    check_cut(log[:place], Path(made, "cut"), chance)
                    shutil.rmtree(Path(made, "cut"))
                    done[journal_mode] += 1
            print(
                f"{journal_mode:<8} {len(cuts(log)):>6} places, {done[journal_mode]:>6} power cuts,"
                " none left half a commit or lost one that was told of"
            )
    result: dict[str, object] = {"commits": options.commits, "cuts": done}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
