"""Files over HTTP: ETag, 304, byte ranges."""

from pathlib import Path

from fastapi import HTTPException, Request
from starlette.responses import FileResponse, Response

# More pieces than this are no player that seeks, but a try to keep the server busy.
MOST_RANGES = 8


def file_response(
    request: Request, path: Path, media_type: str, cache: str, name: str | None = None
) -> Response:
    """The file, the ranges of it that were asked for, or 304 when the client has it already."""
    if request.headers.get("range", "").count(",") >= MOST_RANGES:
        raise HTTPException(416, "Too many ranges.")
    try:
        status = path.stat()
    except OSError as error:  # gone between the look at it and now
        raise HTTPException(404, "The file is not there any more.") from error
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {"ETag": tag, "Cache-Control": cache}
    known = [entry.strip() for entry in request.headers.get("if-none-match", "").split(",")]
    if "*" in known or tag in known or f"W/{tag}" in known:
        return Response(status_code=304, headers=headers)
    return FileResponse(
        path,
        media_type=media_type,
        filename=name,
        content_disposition_type="inline",
        headers=headers,
        stat_result=status,
    )
