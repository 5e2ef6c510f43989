"""What a person does with pictures besides looking: captions, a folder opened, an archive."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from searchapp.api.access import Service
from searchapp.api.images import PictureId
from searchapp.api.security import LOOPBACK_NAMES, host_name
from searchapp.handwork import mark_favourite, write_caption
from searchapp.results import as_document

router = APIRouter(tags=["images"])

ARCHIVE_LIMIT = 1000
IN_MEMORY = 64 * 2**20
CHUNK = 2**18
Language = Annotated[str, PathParameter(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]


class CaptionBody(BaseModel):
    """What a person says of a picture."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class ArchiveBody(BaseModel):
    """Pictures for an archive."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[PictureId], Field(min_length=1, max_length=ARCHIVE_LIMIT)]


@router.put("/images/{picture_id}/captions/{language}")
def caption(
    service: Service, picture_id: PictureId, language: Language, body: CaptionBody
) -> dict[str, Any]:
    """Write or replace the caption in a language; it counts as a person's from then on."""
    service.picture(picture_id)
    write_caption(service.catalogue(), picture_id, language, body.text.strip())
    document: dict[str, Any] = as_document(service.picture(picture_id))
    return document


@router.put("/images/{picture_id}/favourite", status_code=204)
def add_favourite(service: Service, picture_id: PictureId) -> None:
    """Mark the picture as a favourite."""
    service.picture(picture_id)
    mark_favourite(service.catalogue(), picture_id, True)


@router.delete("/images/{picture_id}/favourite", status_code=204)
def remove_favourite(service: Service, picture_id: PictureId) -> None:
    """Take the mark away."""
    service.picture(picture_id)
    mark_favourite(service.catalogue(), picture_id, False)


@router.post("/images/{picture_id}/open-folder", status_code=204)
def open_folder(request: Request, service: Service, picture_id: PictureId) -> None:
    """Show the picture's folder on the screen of the computer that runs the program."""
    asked_from = request.client.host if request.client else ""
    if {asked_from, host_name(request.headers.get("host", ""))} - LOOPBACK_NAMES:
        raise HTTPException(403, "Folders open only for a browser on the same computer.")
    command = _opener(service.file(picture_id).path)
    if command is None:
        raise HTTPException(501, "This computer has no program that opens folders.")
    subprocess.Popen(  # noqa: S603 - a fixed program and a path of the catalogue, no shell
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@router.post("/archive", response_class=StreamingResponse)
def archive(service: Service, body: ArchiveBody) -> StreamingResponse:
    """The files of several pictures in one ZIP archive, as they lie on disk."""
    files = [service.file(picture_id).path for picture_id in dict.fromkeys(body.ids)]
    return StreamingResponse(
        _zipped(files),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="pictures.zip"'},
    )


@router.get("/models", tags=["library"])
def models(service: Service) -> dict[str, Any]:
    """Known models for searching and for captions, and which of them are on this computer."""
    return {
        "models": as_document(service.models()),
        "captioners": as_document(service.captioners()),
    }


def _opener(path: Path) -> list[str] | None:
    if sys.platform == "darwin":
        return ["/usr/bin/open", "-R", str(path)]
    program = shutil.which("explorer" if sys.platform == "win32" else "xdg-open")
    return None if program is None else [program, str(path.parent)]


def _zipped(files: list[Path]) -> Iterator[bytes]:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        taken: dict[str, int] = {}
        # Pictures are compressed already.
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_STORED) as pack:
            for file in files:
                pack.write(file, _free_name(file, taken))
        spool.seek(0)
        while chunk := spool.read(CHUNK):
            yield chunk


def _free_name(file: Path, taken: dict[str, int]) -> str:
    name = file.name.encode("utf-8", "replace").decode()
    taken[name] = taken.get(name, 0) + 1
    if taken[name] == 1:
        return name
    return f"{Path(name).stem} ({taken[name]}){file.suffix}"
