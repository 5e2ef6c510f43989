"""OpenVINO on the exported Paddle program: the fastest of the engines tried on processors.

Nothing phones home: see `pd_clip.runtimes.openvino_module`.
"""

import platform
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.errors import RuntimeFailed
from pd_clip.runtimes.base import Session, Tower
from pd_clip.runtimes.exported import ExportedTower
from pd_clip.runtimes.mapped_weights import release_pages
from pd_clip.runtimes.openvino_module import openvino
from pd_clip.runtimes.remembered import recall, remember

_HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoRuntime:
    """Needs `openvino`; `paddle2onnx` and Paddle only when a tower is exported."""

    name = "openvino"

    def available(self) -> bool:
        return find_spec("openvino") is not None and find_spec("paddle2onnx") is not None

    def version(self) -> str:
        return f"openvino {version('openvino')} on {processor()}"

    def precisions(self, tower: Tower) -> tuple[str, ...]:
        # Some processors with bfloat16 multiply faster without it.
        if not (tower.sixteen_bit and has_bfloat16()):
            return ("float32",)
        return ("bfloat16", "float32") if self._bfloat16_pays(tower) else ("float32",)

    def _bfloat16_pays(self, tower: Tower) -> bool:
        """Timed once on a machine: it takes longer than a query."""
        if tower.product is None:
            return True
        timed = ExportedTower(tower).folder / "bfloat16_is_faster.json"
        verdict = recall(timed).get(self.version())
        if verdict is None:
            verdict = str(bfloat16_is_faster(tower.product))
            remember(timed, self.version(), verdict)
        return verdict == str(True)

    def open(self, tower: Tower, precision: str) -> Session:
        exported = ExportedTower(tower)
        program = exported.openvino_program(precision)
        exported.recorded()
        exported.release()
        return OpenVinoSession(tower.name, program, precision)


class OpenVinoSession:
    """One compiled program with open batch and length; shapes met before cost nothing again."""

    runtime = "openvino"
    largest_batch = 4

    def __init__(self, tower: str, program: Path, precision: str) -> None:
        self.precision = precision
        self._tower = tower
        self._lock = Lock()
        self._weights = program.with_suffix(".bin")
        self._shapes: set[tuple[tuple[int, ...], ...]] = set()
        try:
            compiled = (
                openvino()
                .Core()
                .compile_model(
                    program,
                    "CPU",
                    {
                        "INFERENCE_PRECISION_HINT": _HINTS[precision],
                        "PERFORMANCE_HINT": "LATENCY",
                    },
                )
            )
        except RuntimeError as error:
            raise RuntimeFailed(self.runtime, tower, str(error).splitlines()[0]) from error
        self._request = compiled.create_infer_request()

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        with self._lock:
            try:
                results = self._request.infer(list(inputs), share_inputs=True)
            except RuntimeError as error:
                reason = str(error).splitlines()[0]
                raise RuntimeFailed(self.runtime, self._tower, reason) from error
            features = np.array(results[0], np.float32)
            # A shape met for the first time may have had its weights packed anew.
            shapes = tuple(part.shape for part in inputs)
            if shapes not in self._shapes:
                self._shapes.add(shapes)
                release_pages(self._weights)
            return features


@lru_cache(maxsize=1)
def has_bfloat16() -> bool:
    """Whether the processor itself multiplies bfloat16 (AVX512-BF16, AMX or better)."""
    return "BF16" in openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@lru_cache
def bfloat16_is_faster(product: tuple[int, int, int]) -> bool:
    """Whether one product [rows, inner] x [inner, outer] takes less time in bfloat16.

    A processor may have the instructions and be slower with them: an Intel Xeon with AVX512-BF16
    whose AMX was switched off took 1.8 times as long as in float32.
    """
    runtime = openvino()
    pixels = runtime.opset13.parameter(product[:2], np.float32)
    weights = np.random.default_rng(0).standard_normal(product[1:], np.float32)
    model = runtime.Model([runtime.opset13.matmul(pixels, weights, False, False)], [pixels])
    given = np.ones(product[:2], np.float32)
    seconds = {}
    for precision, hint in _HINTS.items():
        settings = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY"}
        request = runtime.Core().compile_model(model, "CPU", settings).create_infer_request()
        request.infer([given])  # packs the weights
        found = []
        for _ in range(3):
            began = process_time()  # which other programs disturb little
            request.infer([given])
            found.append(process_time() - began)
        seconds[precision] = min(found)
    return seconds["bfloat16"] < seconds["float32"]


@lru_cache(maxsize=1)
def processor() -> str:
    """The processor's name, for noticing that a folder moved to another machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = [line for line in lines if line.startswith(("model name", "CPU part", "model\t"))]
    return "; ".join(sorted({line.partition(":")[2].strip() for line in facts}, reverse=True))
