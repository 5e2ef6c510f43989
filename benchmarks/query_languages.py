"""How often is the language of a caption named, and how often wrongly?

The notice above results (`searchapp.evaluation.notice`) trusts this. The captions are those of the
samples that people wrote:

    python benchmarks/query_languages.py [sample_images/captions.jsonl] [--json FILE]
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from searchapp.evaluation.languages import SURE, identified
from searchapp.evaluation.loaders import load_captions

LEAST = 100
"""Captions of a language below which a share says little."""


def main(argv: list[str] | None = None) -> int:
    """Print the totals, the mistakes and a line per language."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    samples = Path(__file__).parent.parent / "sample_images" / "captions.jsonl"
    parser.add_argument("captions", type=Path, nargs="?", default=samples)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    asked: Counter[str] = Counter()
    named: Counter[str] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for picture in load_captions(options.captions).pictures:
        for code, texts in picture.captions.items():
            for text in texts:
                asked[code] += 1
                found = identified(text)
                if found == code:
                    named[code] += 1
                elif found is not None:
                    wrong[code, found] += 1
    total, right, mistaken = asked.total(), named.total(), wrong.total()
    print(
        f"{total} captions in {len(asked)} languages, probability {SURE} or more: "
        f"{right / total:.1%} named rightly, {mistaken / total:.1%} wrongly"
    )
    for (code, found), count in wrong.most_common():
        print(f"  {code} taken for {found}: {count}")
    shares = {code: named[code] / n for code, n in asked.items() if n >= LEAST}
    print(", ".join(f"{code} {share:.0%}" for code, share in sorted(shares.items())))
    if options.json:
        document = {
            "benchmark": "query_languages", "probability": SURE, "asked": asked, "named": named,
            "wrong": {f"{code} as {found}": n for (code, found), n in wrong.items()},
        }  # fmt: skip
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
