"""Checkpoints of every model, dual encoders and captioners alike: get, describe, convert, check."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.conversion import conversion_maps
from pd_clip.config import read_json
from pd_clip.conversion import (
    JINA_CLIP,
    ConversionReport,
    FolderInfo,
    convert,
    inspect,
    verify_conversion,
)

if TYPE_CHECKING:
    from pd_clip.preparation import ImageSizeCost, Prepared
    from pd_clip.pull import Pulled
    from pd_clip.registry import KnownModel
    from pd_clip.verify import Check, Verification

MAPS = (JINA_CLIP, *conversion_maps())


def describe(folder: Path) -> FolderInfo:
    """The facts of a checkpoint folder and its defects, from headers alone.

    Raises ConversionError for a folder that is no checkpoint of a known model.
    """
    return inspect(folder, maps=MAPS)


def convert_checkpoint(
    source: Path,
    destination: Path,
    *,
    reverse: bool = False,
    check: bool = False,
    show: Callable[[int, int], None] | None = None,
) -> ConversionReport:
    """Convert between the published layout and Paddle's; `show(done, total)` counts bytes.

    Raises ConversionError; nothing is left at `destination` then.
    """
    return convert(
        source,
        destination,
        reverse=reverse,
        check=check,
        progress=None
        if show is None
        else lambda progress: show(progress.done_bytes, progress.total_bytes),
        maps=MAPS,
    )


def pull_model(
    name: str,
    models_dir: Path,
    revision: str | None = None,
    *,
    accept: Callable[["KnownModel"], bool],
    show: Callable[[int, int], None],
) -> "Pulled":
    """Download a model known by name; see `pd_clip.pull.pull`. Raises ModelNotFound as well."""
    from pd_clip.pull import PullRequest, pull
    from pd_clip.registry import known_model

    return pull(PullRequest(known_model(name), models_dir, revision), accept=accept, show=show)


def prepare_model(
    folder: Path, runtime: str, notice: Callable[[str], None]
) -> tuple["Prepared", ...]:
    """Export a dual encoder's programs, record its probes, prove the engines.

    A captioner has nothing to prepare. Raises RuntimeFailed, RuntimeUnavailable.
    """
    if not is_dual_encoder(folder):
        return ()
    from pd_clip.preparation import prepare

    return prepare(folder, runtime=runtime, notice=notice)


def image_sizes(
    folder: Path, runtime: str, measure: bool, notice: Callable[[str], None]
) -> tuple["ImageSizeCost", ...]:
    """What a picture costs at each size the model can be run at; the bundled one has only its own.

    Raises UnknownModelType for a model that has no such dial.
    """
    from pd_clip.errors import UnknownModelType
    from pd_clip.preparation import image_size_costs

    kind = str(read_json(folder / "config.json").get("model_type"))
    if kind != "jina_clip":
        raise UnknownModelType(folder / "config.json", kind, ("jina_clip",))
    return image_size_costs(folder, runtime=runtime, measure=measure, notice=notice)


def is_dual_encoder(folder: Path) -> bool:
    """Whether a folder holds a model that searches run, and not a captioner."""
    kind = read_json(folder / "config.json").get("model_type")
    return kind in ("jina_clip", "searchapp_compact")


@dataclass(frozen=True)
class VerifyOptions:
    """reference: recorded outputs to compare with; layers: compare stage by stage; runtime and
    precision: of the engine that is compared ("auto" without a reference: every one)."""

    reference: Path | None = None
    layers: bool = False
    runtime: str = "auto"
    precision: str = "float32"


def verify_model(folder: Path, options: VerifyOptions) -> "Verification":
    """Check a model's files, then its answers.

    Raises ReferenceInvalid, RuntimeUnavailable, RuntimeFailed, and what opening the model raises.
    """
    from pd_clip.verify import Verification, verify_engines, verify_reference, verify_stages

    problems = file_problems(folder)
    if problems:
        return Verification((), problems)
    if not is_dual_encoder(folder):
        return Verification(captioner_checks(folder, options.reference))
    if options.reference is None:
        return verify_engines(folder, runtime=options.runtime)
    if options.layers:
        return verify_stages(folder, options.reference)
    runtime = "dynamic" if options.runtime == "auto" else options.runtime
    return verify_reference(folder, options.reference, runtime=runtime, precision=options.precision)


def captioner_checks(folder: Path, reference: Path | None) -> "tuple[Check, ...]":
    """Compare a captioner's outputs with recorded ones, every stage in the captioner's process.

    Without a reference there is nothing to compare with. Raises ReferenceInvalid,
    CaptionerUnknown, CaptionerNotStarted.
    """
    if reference is None:
        return ()
    from captioner.verification import stages_elsewhere
    from pd_clip.verify import compare, read_archive

    recorded = read_archive(reference)
    return tuple(
        compare(name, found, recorded[name]) for name, found in stages_elsewhere(folder, reference)
    )


def file_problems(folder: Path) -> tuple[str, ...]:
    """Files that are not as they were downloaded or converted; reads every byte."""
    from pd_clip.pull import damaged

    if (folder / "conversion.json").is_file():
        return verify_conversion(folder, maps=MAPS)
    if read_json(folder / "config.json").get("model_type") == "searchapp_compact":
        return ()
    return tuple(f"{name} is not what was downloaded" for name in damaged(folder)) or tuple(
        describe(folder).defects
    )
