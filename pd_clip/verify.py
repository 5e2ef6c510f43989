"""Does a model on this machine answer as it should? Comparisons, as data.

Against recorded outputs of another implementation (`verify_reference`: the layout of
`tests/alignment/data/jina_clip_tiny/expected.npz`), also stage by stage (`verify_stages`), so
that a person sees at which layer a port begins to differ; and every engine of this machine
against Paddle's own float32 answers (`verify_engines`).
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.encoder import load_encoder, normalise, truncate
from pd_clip.errors import ReferenceInvalid, RuntimeFailed, RuntimeUnavailable
from pd_clip.jina_encoder import JinaEncoder, JinaOptions, image_tower, text_inputs, text_tower
from pd_clip.preparation import towers
from pd_clip.probe import LOWEST_COSINE
from pd_clip.runtimes import RUNTIMES, Session, available_runtimes, open_session
from pd_clip.runtimes.exported import ExportedTower
from pd_clip.word_table import WordTable

if TYPE_CHECKING:
    from paddle import nn

TOLERANCE: Final = 1e-4
# 16 bit engines are judged by direction; single numbers may be off by a few hundredths.
TOLERANCE_BFLOAT16: Final = 0.15


@dataclass(frozen=True)
class Check:
    """One comparison; where the shapes differ or a number is none, `max_abs_diff` is None and
    `min_cosine` 0. `min_cosine` is the lowest over rows."""

    name: str
    max_abs_diff: float | None
    min_cosine: float
    tolerance: float
    ok: bool


@dataclass(frozen=True)
class Verification:
    """All comparisons of one run, and one sentence per fault that is no comparison."""

    checks: tuple[Check, ...]
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and all(check.ok for check in self.checks)


def verify_reference(
    folder: Path, reference: Path, *, runtime: str = "dynamic", precision: str = "float32"
) -> Verification:
    """Run the model in `folder` on the inputs recorded in `reference` and compare every output.

    Raises ReferenceInvalid when the file cannot be read or holds nothing to compare, and what
    `load_encoder` raises.
    """
    recorded = read_reference(reference)
    options = JinaOptions(runtime, precision, None, None, lambda sentence: None)
    encoder = JinaEncoder(folder.name, folder, options)
    checks = tuple(
        compare(name, found, recorded[name], precision)
        for name, found in _answers(encoder, recorded, options)
        if name in recorded
    )
    if not checks:
        raise ReferenceInvalid(reference, "it holds no inputs with their outputs")
    return Verification(checks)


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an .npz. Raises ReferenceInvalid."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise ReferenceInvalid(path, "it is not there") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ReferenceInvalid(path, f"it is no .npz file: {error}") from None


def read_reference(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz; each input must come with at least one output of it."""
    recorded = read_archive(path)
    for given, wanted in (("input_ids", "text_features"), ("pixel_values", "image_features")):
        if (given in recorded) != (wanted in recorded):
            missing = wanted if given in recorded else given
            raise ReferenceInvalid(path, f"{missing} is missing")
    return recorded


def compare(
    name: str, found: NDArray[Any], wanted: NDArray[Any], precision: str = "float32"
) -> Check:
    """Largest difference and lowest cosine of rows; a wrong shape or a non-number fails."""
    tolerance = TOLERANCE if precision == "float32" else TOLERANCE_BFLOAT16
    if found.shape != wanted.shape:
        return Check(name, None, 0.0, tolerance, ok=False)
    one, other = found.astype(np.float64), wanted.astype(np.float64)
    difference = float(np.abs(one - other).max(initial=0.0))
    if not np.isfinite(difference):
        return Check(name, None, 0.0, tolerance, ok=False)
    rows, others = one.reshape(len(one), -1), other.reshape(len(other), -1)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    cosines = (rows * others).sum(axis=1) / np.maximum(lengths, 1e-30)
    lowest = float(cosines.min(initial=1.0))
    ok = difference <= tolerance and (precision == "float32" or lowest >= LOWEST_COSINE[precision])
    return Check(name, difference, lowest, tolerance, ok)


def _answers(
    encoder: JinaEncoder, recorded: Mapping[str, NDArray[Any]], options: JinaOptions
) -> Iterator[tuple[str, NDArray[Any]]]:
    if "image_rgb_0" in recorded and "pixel_values" in recorded:
        yield "pixel_values", _pixels(encoder, recorded)
    if "pixel_values" in recorded:
        session = open_session(image_tower(encoder), options.runtime, options.precision)
        yield from _widths("image", session(recorded["pixel_values"]), recorded)
    if "input_ids" in recorded:
        session = open_session(text_tower(encoder), options.runtime, options.precision)
        inputs = text_inputs(recorded["input_ids"], WordTable(encoder.checkpoint), encoder.config)
        yield from _widths("text", session(*inputs), recorded)


def _pixels(encoder: JinaEncoder, recorded: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    count = len(recorded["pixel_values"])
    pictures = [recorded[f"image_rgb_{number}"] for number in range(count)]
    batch = np.stack([encoder.preprocess(Image.fromarray(picture)) for picture in pictures])
    return encoder.preprocessing.normalise(batch)


def _widths(
    side: str, features: NDArray[np.float32], recorded: Mapping[str, NDArray[Any]]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Raw features, unit vectors, and every cut that was recorded (`…_embeddings_32`)."""
    yield f"{side}_features", features
    yield f"{side}_embeddings", normalise(features)
    stem = f"{side}_embeddings_"
    for name in recorded:
        width = name.removeprefix(stem)
        if name.startswith(stem) and width.isdigit() and int(width) <= features.shape[1]:
            yield name, truncate(features, int(width))


def verify_engines(folder: Path, *, runtime: str = "auto") -> Verification:
    """Run the probes of both towers in every engine and precision that this machine offers.

    runtime: "auto" for all engines, or the name of one. An engine that cannot run is a problem,
    not an exception. Raises what `load_encoder` raises, and RuntimeUnavailable.
    """
    available = available_runtimes()
    names = available if runtime == "auto" else (runtime,)
    if not set(names) <= set(available):
        raise RuntimeUnavailable(runtime, available)
    checks, problems = [], []
    for tower in towers(load_encoder(folder, runtime=runtime)):
        recorded = np.concatenate(ExportedTower(tower).recorded())
        for name in names:
            for precision in RUNTIMES[name].precisions(tower):
                try:
                    session = RUNTIMES[name].open(tower, precision)
                    answers = _probe_answers(session, tower.probes())
                except RuntimeFailed as error:
                    problems.append(str(error))
                    continue
                title = f"{tower.name} probes, {name} {precision}"
                checks.append(compare(title, answers, recorded, precision))
    return Verification(tuple(checks), tuple(problems))


def _probe_answers(session: Session, probes: list[tuple[NDArray[Any], ...]]) -> NDArray[np.float32]:
    return np.concatenate([session(*inputs) for inputs in probes])


def verify_stages(folder: Path, reference: Path) -> Verification:
    """Compare every stage of both towers with those recorded in `reference`, by name.

    The names are those of `stages`; `python -m benchmarks.torch_reference` records them from
    PyTorch. Raises ReferenceInvalid when the file holds none.
    """
    recorded = {
        name: values
        for name, values in read_reference(reference).items()
        if name.startswith(("text.", "image."))
    }
    if not recorded:
        raise ReferenceInvalid(reference, "it holds no stages such as text.layers.0")
    return Verification(compare_stages(stages(folder, reference), recorded))


def compare_stages(
    one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]
) -> tuple[Check, ...]:
    """Stages of two implementations by name, in order; a stage only one has fails."""
    checks = []
    for name in [*one, *(name for name in other if name not in one)]:
        if name in one and name in other:
            checks.append(compare(name, one[name], other[name]))
        else:
            checks.append(Check(name, None, 0.0, TOLERANCE, ok=False))
    return tuple(checks)


def stages(folder: Path, reference: Path) -> dict[str, NDArray[np.float32]]:
    """What every stage of both towers puts out on the inputs recorded in `reference`.

    Names: `text.embedding`, `text.layers.0`, …, `text.pooled`, and for pictures
    `image.embedding`, `image.blocks.0`, …, `image.pooled`. Runs in Paddle, float32.
    """
    recorded = read_reference(reference)
    options = JinaOptions("dynamic", "float32", None, None, lambda sentence: None)
    encoder = JinaEncoder(folder.name, folder, options)
    found: dict[str, NDArray[np.float32]] = {}
    if "input_ids" in recorded:
        tower = text_tower(encoder).build()
        inputs = text_inputs(recorded["input_ids"], WordTable(encoder.checkpoint), encoder.config)
        watched = {"text.embedding": tower.emb_ln}
        watched |= {f"text.layers.{i}": layer for i, layer in enumerate(tower.encoder.layers)}
        found |= _run_watched(tower, inputs, watched, "text.pooled")
    if "pixel_values" in recorded:
        tower = image_tower(encoder).build()
        watched = {"image.embedding": tower.patch_embed}
        watched |= {f"image.blocks.{i}": block for i, block in enumerate(tower.blocks)}
        found |= _run_watched(tower, (recorded["pixel_values"],), watched, "image.pooled")
    return found


def _run_watched(
    tower: "nn.Layer",
    inputs: tuple[NDArray[Any], ...],
    watched: "Mapping[str, nn.Layer]",
    last: str,
) -> dict[str, NDArray[np.float32]]:
    import paddle

    found: dict[str, NDArray[np.float32]] = {}

    def keeper(name: str) -> Callable[..., None]:
        def keep(layer: Any, given: Any, output: Any) -> None:
            found[name] = np.asarray(output.numpy(), np.float32)

        return keep

    hooks = [layer.register_forward_post_hook(keeper(name)) for name, layer in watched.items()]
    try:
        with paddle.no_grad():
            output = tower(*(paddle.to_tensor(part) for part in inputs))
    finally:
        for hook in hooks:
            hook.remove()
    found[last] = np.asarray(output.numpy(), np.float32)
    return found
