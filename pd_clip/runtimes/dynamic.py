"""Paddle itself, layer by layer, on whatever device it was built for."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.runtimes.base import Session, Tower


class DynamicRuntime:
    """Needs no exported program; the float32 result of this engine is what others must match."""

    name = "dynamic"

    def available(self) -> bool:
        return find_spec("paddle") is not None

    def version(self) -> str:
        return f"paddle {paddle_version()} on {'gpu' if has_gpu() else 'cpu'}"

    def precisions(self, tower: Tower) -> tuple[str, ...]:
        return ("bfloat16", "float32") if tower.sixteen_bit and has_gpu() else ("float32",)

    def open(self, tower: Tower, precision: str) -> Session:
        return DynamicSession(tower, precision)


class DynamicSession:
    """Runs the layer under `no_grad`, on a GPU with bfloat16 autocast when asked."""

    runtime = "dynamic"

    def __init__(self, tower: Tower, precision: str) -> None:
        self.precision = precision
        self._layer = tower.build()

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        import paddle

        tensors = [paddle.to_tensor(part) for part in inputs]
        enabled = self.precision == "bfloat16"
        with paddle.no_grad(), paddle.amp.auto_cast(enabled, dtype="bfloat16"):
            features = self._layer(*tensors)
        return np.asarray(features.astype("float32").numpy(), np.float32)


def paddle_version() -> str:
    """Of either distribution, without importing Paddle."""
    for distribution in ("paddlepaddle-gpu", "paddlepaddle"):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return "absent"


def has_gpu() -> bool:
    """True when the CUDA build of Paddle is installed and sees a device."""
    try:
        version("paddlepaddle-gpu")
    except PackageNotFoundError:
        return False
    import paddle

    return bool(paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0)
