"""The folder of a training run: what each stage wrote, whole or not at all."""

import gzip
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.training.data import LESSON_LISTS, Curriculum, Lesson

# Folders in which a stage keeps what it resumes from.
RESUMED = {"drawings": "drawings", "tune": "tuned"}


@dataclass(frozen=True)
class Work:
    """`folder` holds `packages/`, one file or folder for each stage, and their stamps."""

    folder: Path

    def path(self, name: str) -> Path:
        """Where the file `name` lies or will lie; its folder is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / name

    @property
    def packages(self) -> Path:
        """The unpacked packages."""
        return self.folder / "packages"

    def package(self, pattern: str) -> Path:
        """The one file of a package that fits `pattern`; raises FileNotFoundError."""
        found = next(iter(sorted(self.packages.glob(pattern))), None)
        if found is None:
            raise FileNotFoundError(self.packages / pattern)
        return found

    def forget(self, stage: str) -> None:
        """Takes away what a stage keeps to resume from."""
        shutil.rmtree(self.folder / RESUMED.get(stage, f"{stage}.none"), ignore_errors=True)

    def save_arrays(self, name: str, **arrays: NDArray[Any]) -> None:
        """Written beside and renamed, so that a kill leaves no half file."""
        partial = self.path(f"{name}.partial.npz")
        np.savez(partial, allow_pickle=False, **arrays)
        partial.replace(self.path(f"{name}.npz"))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What `save_arrays` wrote."""
        with np.load(self.path(f"{name}.npz")) as stored:
            return dict(stored)

    def save_json(self, name: str, content: Any) -> None:
        """JSON, gzipped; written beside and renamed."""
        partial = self.path(f"{name}.partial")
        with gzip.open(partial, "wt", encoding="utf-8", compresslevel=3) as file:
            json.dump(content, file, ensure_ascii=False)
        partial.replace(self.path(f"{name}.json.gz"))

    def json(self, name: str) -> Any:
        """What `save_json` wrote."""
        with gzip.open(self.path(f"{name}.json.gz"), "rt", encoding="utf-8") as file:
            return json.load(file)

    def save_curriculum(self, curriculum: Curriculum) -> None:
        """As `lessons.json.gz`."""
        content = asdict(curriculum)
        for name in LESSON_LISTS:
            content[name] = [[x.language, x.text, x.target] for x in getattr(curriculum, name)]
        self.save_json("lessons", content)

    def curriculum(self) -> Curriculum:
        """What `save_curriculum` wrote."""
        content = self.json("lessons")
        rows = [
            ({int(offset): weight for offset, weight in senses.items()}, name)
            for senses, name in content.pop("rows")
        ]
        lists: dict[str, Any] = {
            name: [Lesson(*row) for row in content.pop(name)] for name in LESSON_LISTS
        }
        return Curriculum(rows=rows, **lists, **content)
