"""Side by side: the same evaluation over several encoders.

    python -m benchmarks.peers sample_images/captions.jsonl bundled \
        open_clip:local-dir:FOLDER sentence-transformers:FOLDER [--dims 64,256] [--json FILE]

Downloads nothing by itself, but open_clip and sentence-transformers do when they are given the
name of a model that is not on this machine. Needs: pip install -e ".[peers]"
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.adapters import load_peer
from searchapp.evaluation import EvaluationRequest, EvaluationResult, evaluate
from searchapp.evaluation.presets import PEERS_XM3600
from searchapp.evaluation.report import aligned, document_of
from searchapp.evaluation.report.tables import share, width_lines
from searchapp.evaluation.with_library import cache_folder
from searchapp.settings import Settings


def compare(
    captions: Path, specs: Sequence[str], options: argparse.Namespace
) -> list[EvaluationResult]:
    """One result per encoder, over the same data set and protocol.

    Raises ValueError when an encoder could not read a picture that another one could.
    """
    results: list[EvaluationResult] = []
    for spec in specs:
        began = time.perf_counter()
        encoder = load_peer(spec, options.dims)
        request = EvaluationRequest(
            captions,
            options.images,
            dims=tuple(dim for dim in options.dims if dim <= encoder.dimensions),
            languages=options.languages,
            caption_choice="first" if options.first_caption or options.preset else "all",
            resamples=options.resamples,
            compare=False,
            preset=options.preset,
            cache=cache_folder(Settings()),
            command=" ".join(["python -m benchmarks.peers", *sys.argv[1:]]),
        )
        results.append(evaluate(request, encoder))
        print(f"{spec}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        first, last = results[0].provenance, results[-1].provenance
        if (first.dataset_digest, first.unreadable) != (last.dataset_digest, last.unreadable):
            raise ValueError(f"{spec} measured other pictures or captions than {specs[0]}")
    return results


def width_rows(results: Sequence[EvaluationResult]) -> list[tuple[str, ...]]:
    """Header, then a row per encoder and width: text to image, mean over languages."""
    rows: list[tuple[str, ...]] = [("width", "bytes", "hit@1 %", "hit@5 %", "hit@10 %", "model")]
    for result in results:
        for line in width_lines(result):
            hits = (share(row) for row in line.hits)
            rows.append(
                (str(line.dim), str(line.bytes_per_picture), *hits, result.provenance.model)
            )
    return rows


def language_rows(
    results: Sequence[EvaluationResult], published: bool = False
) -> list[tuple[str, ...]]:
    """Header, then a row per language: mean of R@1, R@5 and R@10 at full width of each encoder.

    published: also what other models reached on Crossmodal-3600.
    """
    columns = {
        result.provenance.model: {c: 100 * v for c, v in result.mean_of_recalls.items()}
        for result in results
    }
    if published:
        columns |= {f"{name} (published)": dict(row) for name, row in PEERS_XM3600.items()}
    rows: list[tuple[str, ...]] = [("", "language", *columns)]
    for code in sorted(results[0].mean_of_recalls):
        cells = (f"{values[code]:.1f}" if code in values else "" for values in columns.values())
        rows.append(("", code, *cells))
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Print two tables; with --json, write all results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("captions", type=Path)
    parser.add_argument("models", nargs="+", help="specs of encoders, the first is ours")
    parser.add_argument("--images", type=Path)
    parser.add_argument("--dims", type=_numbers, default=())
    parser.add_argument("--languages", type=lambda text: tuple(text.split(",")), default=())
    parser.add_argument("--first-caption", action="store_true")
    parser.add_argument("--preset", choices=("xm3600", "coco"))
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    results = compare(options.captions, options.models, options)
    provenance = results[0].provenance
    print(
        f"{provenance.pictures} pictures, {len(provenance.captions)} languages, "
        f"{provenance.protocol.captions}; text to image, 95 % intervals\n"
    )
    print("\n".join(aligned(width_rows(results))))
    print("\nMean of R@1, R@5 and R@10, full width, %:\n")
    print("\n".join(aligned(language_rows(results, options.preset == "xm3600"))))
    if options.json:
        document = {
            "benchmark": "peers",
            "models": options.models,
            "cores": os.cpu_count(),
            "results": [document_of(result) for result in results],
        }
        options.json.write_text(json.dumps(document, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
