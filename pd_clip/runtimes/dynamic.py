"""Paddle itself, layer by layer, on whatever device it was built for.

On a GPU: bfloat16 autocast (float32 weights, products in bfloat16), flash attention through
`scaled_dot_product_attention`, the batch size found by trying, and half of it whenever memory
runs out.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pd_clip.runtimes.base import Session, Tower

LARGEST_ON_CPU: Final = 4
LARGEST_ON_GPU: Final = 256
# A doubled batch that does not bring this much more rows a second is not worth its memory.
WORTHWHILE: Final = 1.05


class DynamicRuntime:
    """Needs no exported program; the float32 result of this engine is what others must match."""

    name = "dynamic"

    def available(self) -> bool:
        return find_spec("paddle") is not None

    def version(self) -> str:
        return f"paddle {paddle_version()} on {device_name()}"

    def precisions(self, tower: Tower) -> tuple[str, ...]:
        return ("bfloat16", "float32") if tower.sixteen_bit and has_gpu() else ("float32",)

    def open(self, tower: Tower, precision: str) -> Session:
        session = DynamicSession(tower, precision)
        if has_gpu() and len(tower.inputs) == 1:
            session.find_batch_size(tower.probes()[0])
        return session


class DynamicSession:
    """Runs the layer under `no_grad`; out of memory halves the batch and goes on."""

    runtime = "dynamic"

    def __init__(self, tower: Tower, precision: str) -> None:
        self.precision = precision
        self.largest_batch = LARGEST_ON_GPU if has_gpu() else LARGEST_ON_CPU
        self._batched = [spec.batched for spec in tower.inputs]
        self._layer = tower.build()

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        outputs = []
        rows, start = len(inputs[0]), 0
        count = max(1, min(rows, self.largest_batch))
        while start < rows:
            try:
                outputs.append(self._run(self._cut(inputs, start, count)))
            except (MemoryError, RuntimeError) as error:
                if count == 1 or not is_out_of_memory(error):
                    raise
                count = self.largest_batch = max(1, count // 2)
                free_device_memory()
                continue
            start += count
        return np.concatenate(outputs)

    def find_batch_size(self, example: Sequence[NDArray[Any]]) -> None:
        """Set `largest_batch` by running copies of one example row."""

        def run(count: int) -> None:
            self._run([np.repeat(part, count, axis=0) for part in example])

        self.largest_batch = best_batch_size(run, self.largest_batch)

    def _cut(self, inputs: Sequence[NDArray[Any]], start: int, count: int) -> list[NDArray[Any]]:
        return [
            part[start : start + count] if batched else part
            for part, batched in zip(inputs, self._batched, strict=True)
        ]

    def _run(self, inputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        import paddle

        enabled = self.precision == "bfloat16"
        with paddle.no_grad(), paddle.amp.auto_cast(enabled, dtype="bfloat16"):
            features = self._layer(*(paddle.to_tensor(part) for part in inputs))
        return np.asarray(features.astype("float32").numpy(), np.float32)


def best_batch_size(
    run: Callable[[int], None], limit: int, clock: Callable[[], float] = perf_counter
) -> int:
    """Double the batch while rows a second still rise and memory lasts; at most `limit`."""
    best, best_rate, count = 1, 0.0, 1
    while count <= limit:
        try:
            run(count)  # the first run of a shape also pays for choosing its kernels
            began = clock()
            run(count)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            free_device_memory()
            break
        rate = count / max(clock() - began, 1e-9)
        if rate < best_rate * WORTHWHILE:
            break
        best, best_rate = count, rate
        count *= 2
    return best


def is_out_of_memory(error: Exception) -> bool:
    """Paddle reports it as MemoryError, or as RuntimeError with ResourceExhausted in its text."""
    return isinstance(error, MemoryError) or any(
        sign in str(error) for sign in ("ResourceExhausted", "Out of memory", "out of memory")
    )


def free_device_memory() -> None:
    """Give cached blocks back to the driver before trying with less."""
    if has_gpu():
        import paddle

        paddle.device.cuda.empty_cache()


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


def device_name() -> str:
    """The GPU with its driver's CUDA version, or "cpu"."""
    if not has_gpu():
        return "cpu"
    import paddle

    return f"{paddle.device.cuda.get_device_name()}, CUDA {paddle.version.cuda()}"
