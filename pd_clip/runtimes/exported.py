"""Exported programs: made once from a tower's Paddle layer, kept in the cache by fingerprint.

Finding one ready imports neither Paddle nor the converter. Everything is written under another
name and renamed when whole, so that an interrupted export leaves nothing half done behind.
"""

import ctypes
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from pd_clip.errors import RuntimeFailed
from pd_clip.runtimes.base import Tower
from pd_clip.runtimes.openvino_module import openvino

if TYPE_CHECKING:
    from paddle import nn

# Raised when programs exported by an earlier version must not be used any more.
EXPORT_VERSION: Final = 2
# What paddle2onnx takes at its peak, in sizes of the tower's weights (measured: 5.2).
ONNX_MEMORY: Final = 5.5
OPSET: Final = 17  # the newest that both paddle2onnx 2.1 writes and OpenVINO reads


class ExportedTower:
    """The cache entry of one tower."""

    def __init__(self, tower: Tower) -> None:
        self.tower = tower
        self.folder = tower.cache / f"{tower.name}-{tower.fingerprint[:16]}-v{EXPORT_VERSION}"
        self._layer: nn.Layer | None = None

    def paddle_program(self) -> Path:
        """Stem of Paddle's own program: `<stem>.json` and `<stem>.pdiparams`."""
        stem = self.folder / "paddle" / self.tower.name
        self._make(stem.parent, self._export_paddle)
        return stem

    def openvino_program(self, precision: str) -> Path:
        """The .xml of OpenVINO's form; weights lie beside it in a file that is memory-mapped.

        For "bfloat16" they are stored as float16, which holds three more bits than are used.
        """
        folder = self.folder / f"openvino-{precision}"
        self._make(folder, lambda target: self._export_openvino(target, precision))
        return folder / f"{self.tower.name}.xml"

    def recorded(self) -> list[NDArray[np.float32]]:
        """What Paddle itself answers to the tower's probes in float32; made on first use."""
        folder = self.folder / "probes"
        self._make(folder, self._record)
        with np.load(folder / "outputs.npz") as archive:
            return [archive[name] for name in sorted(archive.files)]

    def release(self) -> None:
        """Forget the Paddle layer that exporting needed."""
        self._layer = None

    def _make(self, folder: Path, fill: Callable[[Path], None]) -> None:
        if folder.is_dir():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / "lock"):
                if folder.is_dir():
                    return
                partial = self.folder / "partial"
                shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
                partial.mkdir()
                try:
                    fill(partial)
                    partial.replace(folder)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
        except (OSError, RuntimeError) as error:
            raise RuntimeFailed("export", self.tower.name, _one_line(error)) from error

    def _built(self) -> "nn.Layer":
        if self._layer is None:
            self.tower.notice(
                f"Preparing the {self.tower.name} tower for this machine; this happens once."
            )
            self._layer = self.tower.build()
        return self._layer

    def _record(self, target: Path) -> None:
        import paddle

        layer = self._built()
        outputs = {}
        with _no_output(), paddle.no_grad():
            for number, inputs in enumerate(self.tower.probes()):
                features = layer(*(paddle.to_tensor(part) for part in inputs))
                outputs[f"{number:03}"] = np.asarray(features.numpy(), np.float32)
        np.savez(target / "outputs.npz", **outputs)  # type: ignore[arg-type]

    def _export_paddle(self, target: Path) -> None:
        import paddle

        specs = [
            paddle.static.InputSpec(
                [-1 if side is None else side for side in spec.shape], spec.dtype, spec.name
            )
            for spec in self.tower.inputs
        ]
        layer = self._built()
        with _no_output():
            program = paddle.jit.to_static(layer, input_spec=specs, full_graph=True)
            paddle.jit.save(program, str(target / self.tower.name))

    def _export_openvino(self, target: Path, precision: str) -> None:
        import paddle2onnx

        # Paddle's program is only a step on the way here: kept if another engine made it.
        kept = self.folder / "paddle"
        source = kept if kept.is_dir() else target / "paddle"
        if source is not kept:
            source.mkdir()
            self._export_paddle(source)
        stem, onnx = source / self.tower.name, target / "program.onnx"
        self._require_memory(Path(f"{stem}.pdiparams").stat().st_size)
        with _no_output():
            # Without its optimiser, which installs packages from the network when it lacks one;
            # OpenVINO folds constants itself.
            paddle2onnx.export(
                f"{stem}.json",
                f"{stem}.pdiparams",
                str(onnx),
                OPSET,
                verbose=False,
                enable_onnx_checker=False,
                optimize_tool="None",
            )
        model = openvino().Core().read_model(onnx)
        xml = target / f"{self.tower.name}.xml"
        openvino().save_model(model, xml, compress_to_fp16=precision == "bfloat16")
        del model
        onnx.unlink()
        shutil.rmtree(target / "paddle", ignore_errors=True)

    def _require_memory(self, weight_bytes: int) -> None:
        """Better another engine with a sentence than a process that the system kills."""
        needed, free = weight_bytes * ONNX_MEMORY, available_memory()
        if free is not None and needed > free:
            reason = f"it takes {needed / 1e9:.1f} GB of memory once, and {free / 1e9:.1f} are free"
            raise RuntimeFailed("export", self.tower.name, reason)


def available_memory() -> int | None:
    """Bytes that can be had without swapping; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return found[0] * 1024 if found else None


@contextmanager
def _no_output() -> Iterator[None]:
    """Keep what exporters and kernels print, natively too, from a person: it tells them nothing."""
    kept: Any = [(number, os.dup(number)) for number in (1, 2)]
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in kept:
            os.dup2(null, number)
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)  # what C wrote and still holds back belongs to the null
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(null)


def _one_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
