"""Bring a model onto this machine: licence, room, download, checksums, and only then its folder.

Everything arrives in a folder of its own beside the models and is put in place when it is whole
and its tensors fit its config. So a search never finds half a model, and an interrupted pull
goes on where it stopped.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from pd_clip import hub
from pd_clip.checkpoint import Checkpoint
from pd_clip.config import JinaClipConfig
from pd_clip.conversion.folder import PULL_MANIFEST
from pd_clip.errors import DownloadTooLarge, LicenceNotAccepted, NotDownloadable, PullFailed
from pd_clip.registry import KnownModel

# Besides the weights. Code that some repositories carry is never fetched, because never run.
NEEDED: Final = ("config.json", "tokenizer.json")
WELCOME: Final = ("preprocessor_config.json", "README.md", "LICENSE")
WEIGHTS: Final = "model.safetensors"
# Left free on the disk after the download, for the file system's own needs.
SPARE_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class PulledFile:
    """A file as it was downloaded; sha256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Pulled:
    """A model that is whole on this machine. downloaded_bytes: 0 when it was so before."""

    name: str
    path: Path
    repo: str
    revision: str
    licence: str
    files: tuple[PulledFile, ...]
    downloaded_bytes: int


@dataclass(frozen=True)
class PullRequest:
    """models_dir: where the model's folder is made; revision: a commit, branch or tag of the
    repository instead of the pinned commit; endpoint: a hub instead of HF_ENDPOINT's."""

    model: KnownModel
    models_dir: Path
    revision: str | None = None
    endpoint: str | None = None


def pull(
    request: PullRequest,
    *,
    accept: Callable[[KnownModel], bool],
    show: Callable[[int, int], None] = lambda done, total: None,
) -> Pulled:
    """Download a model, or only what of it is missing or damaged.

    accept: asked before anything is sent or fetched, is the licence accepted; show: called with
    (bytes done, bytes in all). Raises NotDownloadable, LicenceNotAccepted, DownloadTooLarge,
    DownloadDamaged, HubUnreachable and its kinds, and the CheckpointInvalid family when what the
    hub holds is not the model.
    """
    model = request.model
    folder = request.models_dir / model.name
    if model.repo is None:
        raise NotDownloadable(model.name, "it comes with the program")
    if (folder / "conversion.json").is_file():
        raise NotDownloadable(model.name, f"{folder} holds a converted copy of it")
    revision = request.revision or model.revision
    if (here := recorded(folder)) is not None and here.revision == revision and not damaged(folder):
        return here
    if not accept(model):
        raise LicenceNotAccepted(model.name, model.licence)
    lock = FileLock(request.models_dir / f".{model.name}.lock", timeout=0)
    try:
        request.models_dir.mkdir(parents=True, exist_ok=True)
        with lock:
            endpoint = request.endpoint or hub.default_endpoint()
            repository = hub.read_repository(model.name, model.repo, revision, endpoint)
            return _bring(repository, folder, model.licence, show)
    except Timeout:
        raise PullFailed(model.name, "another pull of it is under way") from None
    except OSError as error:
        where = error.filename or request.models_dir
        raise PullFailed(model.name, f"{where}: {error.strerror or error}") from error


def recorded(folder: Path) -> Pulled | None:
    """What `pull.json` in a model's folder says was downloaded; None without a readable one."""
    if (folder / "conversion.json").is_file():
        return None  # a copy of what was downloaded, in another layout
    try:
        content = json.loads((folder / PULL_MANIFEST).read_text(encoding="utf-8"))
        files = tuple(PulledFile(**entry) for entry in content.pop("files"))
        return Pulled(**content, path=folder, files=files, downloaded_bytes=0)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def damaged(folder: Path) -> tuple[str, ...]:
    """Names of files in `folder` that are not, byte for byte, what was downloaded; reads all."""
    manifest = recorded(folder)
    return () if manifest is None else tuple(_damaged_files(manifest))


def _damaged_files(manifest: Pulled) -> list[str]:
    found = []
    for file in manifest.files:
        path = manifest.path / file.name
        if (
            not path.is_file()
            or path.stat().st_size != file.size
            or hub.sha256(path) != file.sha256
        ):
            found.append(file.name)
    return found


def wanted_files(repository: hub.Repository) -> list[hub.RemoteFile]:
    """The files of a repository that this program reads. Raises NotDownloadable for others."""
    by_name = {file.name: file for file in repository.files}
    if WEIGHTS in by_name:
        weights = [WEIGHTS]
    else:
        weights = sorted(name for name in by_name if _is_shard(name))
    missing = [name for name in NEEDED if name not in by_name]
    if not weights or missing:
        lacking = ", ".join(missing) or "weights as safetensors"
        raise NotDownloadable(
            repository.model, f"{repository.repo} at {repository.commit[:12]} has no {lacking}"
        )
    names = [*NEEDED, *(name for name in WELCOME if name in by_name), *weights]
    return [by_name[name] for name in names]


def _is_shard(name: str) -> bool:
    """`model-00001-of-00002.safetensors` and their index, at the top of the repository only."""
    if name == f"{WEIGHTS}.index.json":
        return True
    return name.startswith("model-") and name.endswith(".safetensors") and "/" not in name


def _bring(
    repository: hub.Repository, folder: Path, licence: str, show: Callable[[int, int], None]
) -> Pulled:
    files = wanted_files(repository)
    staging = _staging_folder(folder, repository.commit)
    lacking = []
    for file in files:
        if hub.matches(folder / file.name, file):
            _same_file(folder / file.name, staging / file.name)
        elif not hub.matches(staging / file.name, file):
            lacking.append(file)
    _check_room(repository.model, staging, lacking)
    _fetch_all(repository, lacking, staging, sum(file.size for file in files), show)
    Checkpoint(staging, JinaClipConfig.from_folder(staging))  # compares every tensor's shape
    pulled = Pulled(
        name=repository.model,
        path=folder,
        repo=repository.repo,
        revision=repository.commit,
        licence=licence,
        files=tuple(_pulled_file(staging, file) for file in files),
        downloaded_bytes=sum(file.size for file in lacking),
    )
    _write_manifest(staging, pulled)
    _put_in_place(staging, folder)
    return pulled


def _fetch_all(
    repository: hub.Repository,
    lacking: list[hub.RemoteFile],
    staging: Path,
    total: int,
    show: Callable[[int, int], None],
) -> None:
    done = total - sum(file.size for file in lacking)
    for file in lacking:

        def show_file(size: int, before: int = done) -> None:
            show(before + size, total)

        try:
            hub.fetch(repository, file, staging / file.name, show_file)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            needed = file.size - _size(staging / f"{file.name}.part")
            free = shutil.disk_usage(staging).free
            raise DownloadTooLarge(repository.model, staging.parent, needed, free) from error
        done += file.size


def _staging_folder(folder: Path, commit: str) -> Path:
    """Where the download of one commit arrives; what is left of other commits goes."""
    start = f".{folder.name}-"
    staging = folder.with_name(f"{start}{commit[:16]}")
    for other in folder.parent.glob(f"{start}*"):
        if other != staging and other.is_dir():
            shutil.rmtree(other)
    staging.mkdir(exist_ok=True)
    return staging


def _same_file(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the file system has no hard links."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(model: str, staging: Path, lacking: list[hub.RemoteFile]) -> None:
    needed = sum(file.size - _size(staging / f"{file.name}.part") for file in lacking)
    free = shutil.disk_usage(staging).free
    if needed and needed + SPARE_BYTES > free:
        raise DownloadTooLarge(model, staging.parent, needed + SPARE_BYTES, free)


def _pulled_file(folder: Path, file: hub.RemoteFile) -> PulledFile:
    known = file.checksum if len(file.checksum) == 64 else hub.sha256(folder / file.name)
    return PulledFile(file.name, file.size, known)


def _write_manifest(folder: Path, pulled: Pulled) -> None:
    content = {
        "name": pulled.name,
        "repo": pulled.repo,
        "revision": pulled.revision,
        "licence": pulled.licence,
        "files": [asdict(file) for file in pulled.files],
    }
    (folder / PULL_MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _put_in_place(staging: Path, folder: Path) -> None:
    """A new model in one step; over an existing one file by file, its config last."""
    if not folder.exists():
        staging.rename(folder)
        return
    names = sorted(os.listdir(staging), key=lambda name: name == "config.json")
    for name in names:
        (staging / name).replace(folder / name)
    # A file linked rather than fetched keeps its other name: renaming it onto itself does nothing.
    shutil.rmtree(staging)
