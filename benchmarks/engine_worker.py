"""One engine holding one tower, for `engine_speed`: a process of its own that times calls.

Loads, runs twice to settle, says so on standard output, then times one call for each line it
reads and answers with seconds of the clock and of the processors. The first row it computed is
stored at `--out`, for comparing engines. `torch` and `torch-compiled` need the extra `alignment`.
"""

import argparse
import ctypes
import gc
import json
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

Call = Callable[[], np.ndarray]


def torch_call(folder: Path, tower: str, given: np.ndarray, precision: str, compiled: bool) -> Call:
    import torch

    from benchmarks.torch_towers import ImageReference, TextReference

    dtype = getattr(torch, precision)
    model: Any = (TextReference if tower == "text" else ImageReference)(folder).to(dtype)
    inputs = torch.from_numpy(given)
    if tower == "image":
        inputs = inputs.to(dtype)
    model = torch.compile(model) if compiled else model

    def call() -> np.ndarray:
        with torch.inference_mode():
            features: np.ndarray = model(inputs).float().numpy()
        return features

    return call


def paddle_call(folder: Path, tower: str, given: np.ndarray, precision: str, runtime: str) -> Call:
    from pd_clip.jina_encoder import JinaEncoder, JinaOptions, image_tower, text_inputs, text_tower
    from pd_clip.runtimes import RUNTIMES
    from pd_clip.word_table import WordTable

    encoder = JinaEncoder("full", folder, JinaOptions(runtime, precision, None, None, print))
    # Opened directly: the probes of `open_session` would be timed along with the loading.
    if tower == "image":
        image = RUNTIMES[runtime].open(image_tower(encoder), precision)
        return lambda: image(given)
    text = RUNTIMES[runtime].open(text_tower(encoder), precision)
    words = WordTable(encoder.checkpoint)
    return lambda: text(*text_inputs(given, words, encoder.config))


def trim_memory() -> None:
    """Give back what loading and exporting freed: several engines lie side by side."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def inputs_of(tower: str, batch: int, tokens: int, size: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    if tower == "image":
        return generator.standard_normal((batch, 3, size, size)).astype(np.float32)
    return generator.integers(4, 250002, (batch, tokens))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--tower", choices=("image", "text"), required=True)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(argv)
    began = perf_counter()
    given = inputs_of(chosen.tower, chosen.batch, chosen.tokens, 512)
    if chosen.engine.startswith("torch"):
        compiled = chosen.engine == "torch-compiled"
        call = torch_call(chosen.folder, chosen.tower, given, chosen.precision, compiled)
    else:
        call = paddle_call(chosen.folder, chosen.tower, given, chosen.precision, chosen.engine)
    trim_memory()
    np.save(chosen.out, call())
    call()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    say({"ready_seconds": perf_counter() - began, "peak_bytes": peak})
    for _ in sys.stdin:
        wall, processor = perf_counter(), process_time()
        call()
        say({"wall": perf_counter() - wall, "processor": process_time() - processor})
    return 0


def say(facts: dict[str, float]) -> None:
    sys.__stdout__.write(json.dumps(facts) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    raise SystemExit(main())
