"""Measure the samples with the bundled model and keep what docs/evaluation.md shows of it.

    python docs/evaluation_samples.py            # runs the evaluation, then writes
    python docs/evaluation_samples.py --of out   # takes a report that is there already

Writes docs/evaluation_samples.json and docs/pictures/evaluation_samples.png; `make docs` then
writes the tables anew.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from searchapp.evaluation.results import MEAN

DOCS = Path(__file__).parent
CAPTIONS = DOCS.parent / "sample_images" / "captions.jsonl"
SHOWN = ("hit@1", "hit@5", "hit@10")


def main(argv: list[str] | None = None) -> int:
    """Run, or read, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--of", type=Path, help="folder of a report of the samples")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        report = options.of or Path(folder)
        if options.of is None:
            command = ("eval", str(CAPTIONS), "--model", "bundled", "--report", str(report))
            subprocess.run([sys.executable, "-m", "searchapp.cli", *command], check=True)
        results = json.loads((report / "results.json").read_text("utf-8"))
        (DOCS / "evaluation_samples.json").write_text(
            json.dumps(summary(results), indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        shutil.copy(report / "recall_by_width.png", DOCS / "pictures" / "evaluation_samples.png")
    return 0


def summary(results: dict) -> dict:
    """The figures that the page shows, with what they were made from."""
    provenance = results["provenance"]
    rows = [
        row
        for row in results["summary"]
        if (row["language"], row["direction"]) == (MEAN, "text_to_image") and row["metric"] in SHOWN
    ]
    changes = [
        verdict
        for verdict in results["verdicts"]
        if (verdict["language"], verdict["direction"], verdict["metric"])
        == (MEAN, "text_to_image", "hit@5")
    ]
    return {
        "command": "searchapp eval sample_images/captions.jsonl --model bundled --report out",
        **{key: provenance[key] for key in ("model", "fingerprint", "dataset_digest", "pictures")},
        "languages": len(provenance["captions"]),
        "captions": sum(provenance["captions"].values()),
        "advice": results["advice"]["sentence"],
        "weak": results["weak"],
        "rows": rows,
        "changes": changes,
    }


if __name__ == "__main__":
    sys.exit(main())
