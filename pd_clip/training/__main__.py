"""Makes the bundled model from packages: python -m pd_clip.training --config FILE.

Every stage leaves its result in the work folder and runs again only when it, a stage before it
or its settings changed. A run that was killed goes on where it was.
"""

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from pd_clip.errors import ConfigInvalid
from pd_clip.fingerprint import digest
from pd_clip.training import (
    image_stages,
    measure_stages,
    model_stages,
    stages,
    text_stages,
)
from pd_clip.training.config import TrainingConfig, TuningSettings, load_training_config
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """`settings` are the fields of the configuration on which the result depends."""

    run: Callable[[Work, TrainingConfig], None]
    settings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


# All of `TuningSettings` but the share that is kept, which is chosen afterwards.
TUNED_BY = tuple(f"tuning.{each.name}" for each in fields(TuningSettings) if each.name != "share")

STAGES = {
    "packages": Stage(stages.packages, ("packages",)),
    "lessons": Stage(stages.lessons, ("lessons", "seed"), ("packages",)),
    "vocabulary": Stage(stages.vocabulary, ("vocabulary",), ("lessons",)),
    "names": Stage(stages.names, ("space", "seed"), ("vocabulary",)),
    "space": Stage(stages.space, (), ("names",)),
    "drawings": Stage(image_stages.drawings, ("drawings.renderings", "seed"), ("lessons",)),
    "classifier": Stage(image_stages.classifier, ("drawings.ridge",), ("drawings",)),
    "tune": Stage(text_stages.tune, (*TUNED_BY, "seed"), ("space",)),
    "assemble": Stage(
        model_stages.assemble,
        ("name", "note", "model", "drawings.sharpness", "drawings.weight", "tuning.share"),
        ("classifier", "tune"),
    ),
    "calibrate": Stage(model_stages.calibrate, ("samples",), ("assemble",)),
    "figures": Stage(measure_stages.figures, (), ("calibrate",)),
}


def stamp(name: str, config: TrainingConfig) -> str:
    """Hex over the settings of a stage and of all that it needs."""
    stage = STAGES[name]
    values = []
    for setting in stage.settings:
        value: object = config
        for part in setting.split("."):
            value = getattr(value, part)
        values.append(repr(value))
    return digest(name, values, [stamp(needed, config) for needed in stage.needs])


def run(config: TrainingConfig, until: str, again: frozenset[str]) -> None:
    """Every stage up to `until` that has not run under these settings, or is named in `again`."""
    work = Work(config.work)
    remade: set[str] = set()
    for name, stage in STAGES.items():
        mark = work.path(f"{name}.stamp")
        wanted = stamp(name, config)
        done = mark.is_file() and mark.read_text(encoding="utf-8") == wanted
        if done and name not in again and not remade & set(stage.needs):
            logger.info("%s: done before", name)
        else:
            if mark.is_file():  # under other settings: what lies there is not to be resumed
                work.forget(name)
            logger.info("%s", name)
            stage.run(work, config)
            mark.write_text(wanted, encoding="utf-8")
            remade.add(name)
        if name == until:
            return


def main(argv: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m pd_clip.training", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="for example bundled.toml here")
    parser.add_argument("--until", choices=list(STAGES), default=list(STAGES)[-1])
    parser.add_argument("--again", choices=list(STAGES), action="append", default=[])
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        config = load_training_config(options.config)
    except ConfigInvalid as error:
        parser.error(str(error))
    import torch

    torch.set_num_threads(config.threads)
    run(config, options.until, frozenset(options.again))


if __name__ == "__main__":
    main()
