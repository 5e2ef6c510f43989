"""A model hub over HTTP: which files a repository has, and one file at a time from it.

The hub library's own download starts from nothing after the process ended; here the bytes that
arrived are kept beside the target and a later call goes on behind them.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import (  # type: ignore[attr-defined]
    build_hf_headers,
    disable_progress_bars,
)

from pd_clip.errors import (
    DownloadDamaged,
    HubBusy,
    HubLacksModel,
    HubRefused,
    HubUnreachable,
    NotDownloadable,
    PullFailed,
)

ANSWER_SECONDS: Final = 20.0
READ_BYTES: Final = 1 << 22
_BY_STATUS: Final = {401: HubRefused, 403: HubRefused, 404: HubLacksModel, 429: HubBusy}


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository. checksum: sha256 of a large file, git's blob id of a small one."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class Repository:
    """The files of `repo` at one commit. model: what a person calls it."""

    model: str
    endpoint: str
    repo: str
    commit: str
    files: tuple[RemoteFile, ...]


def default_endpoint() -> str:
    """HF_ENDPOINT, the variable by which every program of the hub is sent to a mirror."""
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def read_repository(model: str, repo: str, revision: str | None, endpoint: str) -> Repository:
    """Ask the hub for the files of `repo` at `revision` (None: the newest).

    Raises HubUnreachable and its kinds, NotDownloadable when the answer names no checksums.
    """
    with _one_fact(model, endpoint):
        info = HfApi(endpoint=endpoint).model_info(
            repo, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS
        )
    siblings = info.siblings or []
    files = tuple(file for file in map(_remote_file, siblings) if file is not None)
    if not files or not info.sha:
        raise NotDownloadable(model, f"{endpoint} lists no files with checksums")
    return Repository(model, endpoint, repo, info.sha, files)


def _remote_file(sibling: RepoSibling) -> RemoteFile | None:
    checksum = sibling.lfs.sha256 if sibling.lfs is not None else sibling.blob_id
    if sibling.size is None or checksum is None:
        return None
    return RemoteFile(sibling.rfilename, sibling.size, checksum)


def fetch(
    repository: Repository, file: RemoteFile, target: Path, show: Callable[[int], None]
) -> None:
    """Download `file` to `target`, going on behind what an earlier call left in `….part`.

    show: called with the bytes of this file that are on disk. Raises HubUnreachable and its
    kinds (what arrived is kept), DownloadDamaged (it is deleted), OSError of the disk.
    """
    disable_progress_bars("huggingface_hub.http_get")
    # What the library would say of a line that broke, it says again in its error.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    part = target.with_name(f"{target.name}.part")
    kept = part.stat().st_size if part.exists() else 0
    if kept > file.size:
        part.unlink()
        kept = 0
    url = hf_hub_url(
        repository.repo, file.name, revision=repository.commit, endpoint=repository.endpoint
    )
    with part.open("r+b" if kept else "wb") as opened:
        opened.seek(kept)
        counted: Any = _Counted(opened, show)
        with _one_fact(repository.model, repository.endpoint):
            http_get(
                url,
                counted,
                resume_size=kept,
                headers=build_hf_headers(),
                expected_size=file.size,
                displayed_filename=file.name,
            )
    found = checksum(part, file)
    if found != file.checksum:
        part.unlink()
        raise DownloadDamaged(repository.model, target, file.checksum, found)
    part.replace(target)


class _Counted:
    """A file that tells how many bytes it holds whenever some are written."""

    def __init__(self, opened: IO[bytes], show: Callable[[int], None]) -> None:
        self._opened = opened
        self._show = show

    def write(self, chunk: bytes) -> int:
        written = self._opened.write(chunk)
        self._show(self._opened.tell())
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)


def checksum(path: Path, file: RemoteFile) -> str:
    """Of the file at `path`, in the kind that the hub gave for `file`."""
    if len(file.checksum) == 64:
        return sha256(path)
    hasher = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    return _read_into(hasher, path)


def sha256(path: Path) -> str:
    """Hex of a file's sha256."""
    return _read_into(hashlib.sha256(), path)


def matches(path: Path, file: RemoteFile) -> bool:
    """Whether `path` is that file already; reads it only when the size is right."""
    return (
        path.is_file()
        and path.stat().st_size == file.size
        and checksum(path, file) == file.checksum
    )


def _read_into(hasher: Any, path: Path) -> str:
    with path.open("rb") as opened:
        while chunk := opened.read(READ_BYTES):
            hasher.update(chunk)
    return str(hasher.hexdigest())


@contextmanager
def _one_fact(model: str, endpoint: str) -> Iterator[None]:
    """Turn what the network and the hub raise into this room's errors."""
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        kind = _BY_STATUS.get(status, HubUnreachable)
        raise kind(model, endpoint, f"it answered {status}") from error
    except httpx2.HTTPError as error:
        raise HubUnreachable(model, endpoint, _first_line(error)) from error
    except PullFailed:
        raise
    except (OSError, ValueError) as error:
        # A full disk is a matter of its own; the library's other OSErrors tell of the line.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise HubUnreachable(model, endpoint, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
