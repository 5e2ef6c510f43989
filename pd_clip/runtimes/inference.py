"""Paddle Inference with oneDNN on the exported program: Paddle's own engine for processors."""

import os
from importlib.util import find_spec
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.errors import RuntimeFailed
from pd_clip.runtimes.base import Session, Tower
from pd_clip.runtimes.dynamic import paddle_version
from pd_clip.runtimes.exported import ExportedTower
from pd_clip.runtimes.openvino import processor


class InferenceRuntime:
    """Float32 by default: its bfloat16 has to be asked for by name."""

    name = "inference"

    def available(self) -> bool:
        return find_spec("paddle") is not None

    def version(self) -> str:
        return f"paddle {paddle_version()} inference on {processor()}"

    def precisions(self, tower: Tower) -> tuple[str, ...]:
        return ("float32",)

    def open(self, tower: Tower, precision: str) -> Session:
        exported = ExportedTower(tower)
        program = exported.paddle_program()
        exported.recorded()
        exported.release()
        return InferenceSession(tower, str(program), precision)


def configuration(stem: str, precision: str) -> Any:
    """Paddle's settings for the program exported as `stem`.json and `stem`.pdiparams."""
    from paddle import inference

    config = inference.Config(f"{stem}.json", f"{stem}.pdiparams")
    config.disable_glog_info()
    config.disable_gpu()
    config.enable_onednn()
    # Paddle uses one thread unless told.
    config.set_cpu_math_library_num_threads(os.cpu_count() or 1)
    # Shapes come from a few buckets; keep a compiled kernel for each of them.
    config.set_onednn_cache_capacity(32)
    if precision == "bfloat16":
        config.enable_onednn_bfloat16()
    return config


class InferenceSession:
    """One predictor; shapes may differ from call to call."""

    runtime = "inference"
    largest_batch = 4

    def __init__(self, tower: Tower, stem: str, precision: str) -> None:
        from paddle import inference

        self.precision = precision
        self._tower = tower.name
        self._names = [spec.name for spec in tower.inputs]
        self._lock = Lock()
        config = configuration(stem, precision)
        try:
            self._predictor = inference.create_predictor(config)
        except RuntimeError as error:
            raise RuntimeFailed(self.runtime, tower.name, _summary(error)) from error

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        with self._lock:
            try:
                for name, part in zip(self._names, inputs, strict=True):
                    handle = self._predictor.get_input_handle(name)
                    handle.reshape(part.shape)
                    handle.copy_from_cpu(np.ascontiguousarray(part))
                self._predictor.run()
                output = self._predictor.get_output_names()[0]
                result = self._predictor.get_output_handle(output).copy_to_cpu()
            except RuntimeError as error:
                raise RuntimeFailed(self.runtime, self._tower, _summary(error)) from error
            return np.asarray(result, np.float32)


def _summary(error: Exception) -> str:
    """Paddle's errors begin with pages of call stack; what happened stands at the end."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
