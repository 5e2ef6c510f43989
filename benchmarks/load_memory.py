"""How much memory does loading a checkpoint take, and what stays for a search by text?

    python -m benchmarks.load_memory FOLDER [--out FILE]

FOLDER: a checkpoint of full size (`python -m benchmarks.synthetic_checkpoint FOLDER`). Each row
is a process of its own: the peak of resident memory while Paddle loads both towers, beside what
they weigh in that precision; then, through an exported program, seconds from the start of the
process to the first query vector, and what is resident after ten queries. Pages of mapped files
count as resident.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from pd_clip.runtimes.openvino import processor

LOAD = """
import json, resource, sys
import paddle, pd_clip
from pd_clip.model import JinaClip
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
model = JinaClip.from_pretrained(sys.argv[1], dtype=sys.argv[2])
towers = (model.vision_model, model.text_model)
weights = sum(p.numel().item() * p.element_size() for t in towers for p in t.parameters())
print(json.dumps({"before": before, "peak": peak(), "weights": weights}))
"""

QUERY = """
import json, sys
import pd_clip
encoder = pd_clip.load_encoder(sys.argv[1], precision=sys.argv[2])
encoder.encode_texts(["w10 w20 w30 w40 w50 w60"])
print("vector", flush=True)
sys.stdin.readline()
for number in range(10):
    encoder.encode_texts([f"w{number + 5} w60 w70 w80 w90 w100 w110 w120"])
lines = open("/proc/self/status").read().splitlines()
facts = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if "kB" in line}
loaded = sorted({"paddle", "openvino", "torch"} & set(sys.modules))
print(json.dumps({"resident": facts["VmRSS"], "own": facts["RssAnon"], "loaded": loaded}))
"""


def load(folder: Path, dtype: str) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder), dtype], capture_output=True, text=True, check=True
    )
    facts: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return facts


def query(folder: Path, precision: str) -> dict[str, float]:
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", QUERY, str(folder), precision],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline().strip() != "vector":
        pass
    seconds = perf_counter() - began
    told, _ = process.communicate("\n")
    facts: dict[str, float] = json.loads(told.splitlines()[-1])
    return {**facts, "seconds": seconds}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("load", "query"))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(argv)
    report: dict[str, object] = {"machine": processor(), "repeats": chosen.repeats}
    for dtype in ("float32", "bfloat16"):
        if chosen.only != "query":
            facts = load(chosen.folder, dtype)
            beside = facts["peak"] - facts["before"] - facts["weights"]
            report[f"load {dtype}"] = {**facts, "beside": beside}
            print(
                f"load in {dtype:<9} peak {facts['peak'] / 1e6:5.0f} MB = "
                f"{facts['before'] / 1e6:.0f} before + {facts['weights'] / 1e6:.0f} of weights "
                f"+ {beside / 1e6:.0f}",
                flush=True,
            )
        if chosen.only != "load":
            query(chosen.folder, dtype)  # exports the program if it is not there yet
            runs = [query(chosen.folder, dtype) for _ in range(chosen.repeats)]
            seconds = [run["seconds"] for run in runs]
            report[f"query {dtype}"] = {**runs[-1], "all_seconds": seconds}
            print(
                f"query in {dtype:<8} first vector after {statistics.median(seconds):.2f} s (least "
                f"{min(seconds):.2f}); resident {runs[-1]['resident'] / 1e6:.0f} MB, of which "
                f"{runs[-1]['own'] / 1e6:.0f} are no pages of files; {runs[-1]['loaded']}",
                flush=True,
            )
    if chosen.out:
        chosen.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
