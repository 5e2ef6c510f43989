"""`/folders`: the folders of this machine, to choose one from."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from searchapp.folders import FolderListing, list_folder
from searchapp.results import as_document

router = APIRouter(tags=["library"])


@router.get("/folders", responses={200: {"model": FolderListing}})
def folders(
    path: Annotated[
        str | None, Query(max_length=4096, description="None: the person's pictures, or home.")
    ] = None,
) -> dict[str, Any]:
    """What is in a folder of the computer that runs the program: folders, and how many pictures."""
    document: dict[str, Any] = as_document(list_folder(None if path is None else Path(path)))
    return document
