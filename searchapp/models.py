"""Which models there are, which one a library uses, and loading it once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import sqlalchemy as sa

from searchapp.settings import Settings

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.catalogue.tables import Model
    from pd_clip.encoder import Encoder

BUNDLED = "bundled"


@dataclass(frozen=True)
class ModelEntry:
    """A model that searchapp knows, or a folder with one.

    languages: how many it was trained on, 0 where nobody counted. size_bytes: of the download; 0
    for one that comes with the program.
    """

    name: str
    path: str | None
    present: bool
    licence: str
    languages: int
    size_bytes: int


class Models:
    """Finds models on this machine and loads each at most once.

    say: told in a sentence when a model is made ready, or an engine had to be replaced.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._loaded: dict[tuple[str, int | None], Encoder] = {}
        self._lock = Lock()

    def choose(self, wanted: str) -> str:
        """The model that `wanted` means: `auto` is the real one if present, else the bundled."""
        from pd_clip.registry import default_model

        if wanted == "auto":
            wanted = self._settings.model
        return default_model(self._settings.models) if wanted == "auto" else wanted

    def notice(self, wanted: str) -> str | None:
        """A plain line when `auto` means the bundled model: what it is, how to get the real one."""
        chosen = self.choose(wanted)
        if chosen != BUNDLED or BUNDLED in (wanted, self._settings.model):
            return None
        return (
            "Using the bundled model: it knows common things in many languages, no details. "
            "For the real one (1.7 GB, CC BY-NC 4.0): searchapp model pull jina-clip-v2"
        )

    def load(self, wanted: str, image_size: int | None = None) -> "Encoder":
        """The encoder of a model by name or folder, loaded at the first call."""
        from pd_clip import load_encoder
        from pd_clip.registry import find_model

        chosen = self.choose(wanted)
        with self._lock:
            key = (chosen, image_size)
            if key not in self._loaded:
                folder = find_model(chosen, self._settings.models)
                self._loaded[key] = load_encoder(
                    folder or chosen,
                    runtime=self._settings.runtime,
                    image_size=image_size,
                    notice=self._say,
                )
            return self._loaded[key]

    def folder(self, name: str) -> Path:
        """The folder of a model given by name or folder. Raises ModelNotFound."""
        from pd_clip.errors import ModelNotFound
        from pd_clip.registry import find_model

        found = find_model(self.choose(name), self._settings.models)
        if found is None:
            raise ModelNotFound(name)
        return found

    def entries(self) -> list[ModelEntry]:
        """All known models, then folders in the models folder that are not among them."""
        from pd_clip.registry import KNOWN_MODELS, find_model

        entries = []
        for known in KNOWN_MODELS:
            folder = find_model(known.name, self._settings.models)
            entries.append(
                ModelEntry(
                    name=known.name,
                    path=None if folder is None else str(folder),
                    present=folder is not None,
                    licence=known.licence,
                    languages=known.languages,
                    size_bytes=known.size_bytes,
                )
            )
        return entries + self._own_folders({entry.name for entry in entries})

    def captioners(self) -> list[ModelEntry]:
        """The known captioners, whether their weights are here or not."""
        from captioner.registry import CAPTIONERS

        entries = []
        for known in CAPTIONERS:
            folder = self._settings.models / known.name
            present = (folder / "config.json").is_file()
            size_bytes = round(known.size_gb * 1e9)
            place = str(folder) if present else None
            entries.append(ModelEntry(known.name, place, present, known.licence, 0, size_bytes))
        return entries

    def _own_folders(self, known: set[str]) -> list[ModelEntry]:
        models: Path = self._settings.models
        if not models.is_dir():
            return []
        return [
            ModelEntry(folder.name, str(folder), True, "", 0, 0)
            for folder in sorted(models.iterdir())
            if folder.name not in known and (folder / "config.json").is_file()
        ]


def place_of(catalogue: "Catalogue", model: "Model") -> str:
    """The folder that a catalogued model was loaded from, or its name."""
    from indexer.catalogue.tables import State

    with catalogue.read() as connection:
        found = connection.scalar(
            sa.select(State.value).where(State.key == _place_key(model.fingerprint))
        )
    return found if found is not None and Path(found).is_dir() else model.name


def remember_place(catalogue: "Catalogue", fingerprint: str, place: str) -> None:
    """Note the folder of a model that was given as a folder, so that searches find it again."""
    from indexer.catalogue.tables import State

    if not Path(place).is_dir():
        return
    with catalogue.write() as connection:
        connection.execute(sa.delete(State).where(State.key == _place_key(fingerprint)))
        connection.execute(
            sa.insert(State).values(key=_place_key(fingerprint), value=str(Path(place).resolve()))
        )


def _place_key(fingerprint: str) -> str:
    return f"model:{fingerprint[:48]}"
