"""A server that answers like the real one, from pictures drawn on the spot.

For what the real one cannot show quickly or at will: ten thousand hits, a disk that is away, a
file that vanished, indexing that stands at half. Its answers are made of the real result types.
"""

import io
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from PIL import Image, ImageDraw
from starlette.responses import JSONResponse, Response

from indexer.report import Progress
from searchapp.api.images import THUMBNAIL_CACHE
from searchapp.api.problems import problem
from searchapp.duplicates import DuplicateFile
from searchapp.folders import FolderListing
from searchapp.results import (
    Caption,
    Hit,
    Location,
    PictureDetail,
    SearchResult,
    Seconds,
    as_document,
)
from ui.app import mount

SHAPES = ((4, 3), (3, 2), (3, 4), (16, 9), (1, 1), (2, 3), (5, 2))
# Few enough to draw each once: ten thousand thumbnails cost more than the page that shows them.
MOTIFS = 12
WORDS = (
    "Evening over the hills",
    "The old lighthouse",
    "Early fog",
    "Sand and wind",
    "A long way home",
)
WIDTHS = [32, 64, 128, 256, 384]
MODEL = {
    "name": "bundled",
    "fingerprint": "0" * 64,
    "state": "active",
    "dimensions": 384,
    "matryoshka": WIDTHS,
    "vectors": 0,
    "lacking": 0,
}


@dataclass
class World:
    """What the stand-in pretends; tests change it while it runs."""

    count: int = 120
    roots: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    job: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    captions: dict[int, tuple[Caption, ...]] = field(default_factory=dict)
    vanished: set[int] = field(default_factory=set)
    thumbnails_away: bool = False
    notices: tuple[str, ...] = ()
    refusal: tuple[int, str, str] | None = None
    password: str | None = None
    exclusions: list[str] = field(default_factory=list)
    models: tuple[str, ...] = ("bundled",)
    model: str = "bundled"
    calibrated: bool = True
    asked: list[str] = field(default_factory=list)


@cache
def drawn(seed: int, width: int, height: int) -> bytes:
    """A landscape: sky, sun, hills."""
    dice = random.Random(seed)
    sky = tuple(dice.randrange(120, 250) for _ in range(3))
    picture = Image.new("RGB", (width, height), sky)
    brush = ImageDraw.Draw(picture)
    for line in range(height):
        share = line / height
        brush.line((0, line, width, line), tuple(int(c * (1 - share * 0.35)) for c in sky))
    x, y, r = dice.random() * width, dice.random() * height * 0.5, height * 0.09
    brush.ellipse((x - r, y - r, x + r, y + r), (255, 244, 214))
    for layer in range(3):
        dark = tuple(int(c * (0.62 - layer * 0.19)) for c in sky)
        phase, wave = dice.random() * 6, 2 + dice.random() * 4
        base = height * (0.55 + layer * 0.15)
        hill = [
            (px, base + math.sin(phase + wave * px / width) * height * 0.09)
            for px in range(0, width + 8, 8)
        ]
        brush.polygon([*hill, (width, height), (0, height)], dark)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def shape(picture_id: int) -> tuple[int, int]:
    across, down = SHAPES[picture_id % len(SHAPES)]
    return across * 400, down * 400


def hit(picture_id: int, rank: int, searched: bool) -> Hit:
    width, height = shape(picture_id)
    relevance = max(0.02, 0.97 - rank * 0.006) if searched else None
    return Hit(
        rank=rank,
        score=relevance,
        relevance=relevance,
        path=f"/pictures/{2000 + picture_id % 25}/IMG_{picture_id:05}.jpg",
        id=picture_id,
        width=width,
        height=height,
        taken_at=datetime(2021, 5, 1) + timedelta(days=picture_id),
        caption=WORDS[picture_id % len(WORDS)] if picture_id % 3 else None,
        matched_by=("vector", "caption") if searched and picture_id % 3 else ("vector",),
        colour="#{:02x}{:02x}{:02x}".format(
            *(random.Random(picture_id).randrange(90, 200) for _ in "rgb")
        ),
        duplicates=2 if picture_id % 17 == 0 else 0,
    )


def detail(world: World, picture_id: int) -> PictureDetail:
    shown = hit(picture_id, 1, False)
    written = Caption(
        1, "en", WORDS[picture_id % 5], "captioner", "minicpm-v-2.6", datetime(2025, 3, 1)
    )
    place = Location(
        shown.path, "/pictures", shown.path[10:], None, picture_id not in world.vanished
    )
    copy = Location("/backup" + shown.path, "/backup", shown.path[1:], None, False)
    return PictureDetail(
        id=picture_id,
        path=None if picture_id in world.vanished else shown.path,
        locations=(place, copy) if picture_id % 2 else (place,),
        width=shown.width,
        height=shown.height,
        format="jpeg",
        byte_size=2_480_113,
        frames=1,
        taken_at=shown.taken_at,
        taken_offset_minutes=120,
        camera="Fujifilm X-T4",
        latitude=47.8 if picture_id % 2 else None,
        longitude=13.04 if picture_id % 2 else None,
        colours=("#7f9fb0", "#41566a", "#e6dcc4"),
        favourite=False,
        captions=world.captions.get(picture_id, (written,)),
        indexed_at=datetime(2025, 3, 1),
    )


def status(world: World) -> dict[str, Any]:
    model = {**MODEL, "name": world.model, "vectors": world.count}
    return {
        "version": "0.1.0",
        "library": "/home/me/.local/share/searchapp/library",
        "database": "SQLite 3.53.2",
        "pictures": world.count,
        "missing": 3 if world.roots else 0,
        "failed": len(world.failures),
        "roots": world.roots,
        "models": [model] if world.count else [],
        "sizes": {
            "catalogue": world.count * 2100,
            "vectors": world.count * 800,
            "thumbnails": world.count * 17000,
        },
        "index": None,
    }


def search_page(world: World, parameters: Any) -> SearchResult:
    query = parameters.get("q", "")
    searched = bool(query or parameters.getlist("like") or parameters.getlist("filter"))
    cut = "nothing" in query and parameters.get("min_relevance") != "0"
    total = 0 if cut or "never" in query else world.count
    first = int(parameters.get("cursor") or 0)
    last = min(first + int(parameters.get("k", 20)), total)
    seed = len(query)
    hits = tuple(
        hit((number * 11 + seed) % 100_000 + 1, number + 1, searched)
        for number in range(first, last)
    )
    if not world.calibrated:
        hits = tuple(replace(found, relevance=None) for found in hits)
    return SearchResult(
        query=query,
        hits=hits,
        seconds=Seconds(0.011, 0.004, 0.018),
        model="bundled",
        dim=384,
        total=total,
        next_cursor=str(last) if last < total else None,
        filters=("after:2023-01-01",) if "2023" in query else tuple(parameters.getlist("filter")),
        notices=world.notices,
    )


def progress(**known: Any) -> Any:
    """How a run stands, in the words of the real one."""
    begun: dict[str, Any] = {
        "stage": "Indexing", "seen": 0, "done": 0, "total": None, "failed": 0, "rate": 0.0,
        "remaining_seconds": None, "folder": "/home/me/Pictures",
    }  # fmt: skip
    return as_document(Progress(**(begun | known)))


def application(world: World) -> FastAPI:
    """The stand-in with the page on it."""
    app = FastAPI()

    @app.middleware("http")
    async def refuse(request: Request, following: Any) -> Response:
        world.asked.append(str(request.url.path))
        if world.refusal and request.url.path == "/api/v1/search":
            code, kind, sentence = world.refusal
            return JSONResponse({"type": kind, "detail": sentence}, code)
        answer: Response = await following(request)
        return answer

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/v1/search")
    def search(request: Request) -> Any:
        if not world.count:
            return JSONResponse({"type": "LibraryEmpty", "detail": "The library is empty."}, 409)
        return as_document(search_page(world, request.query_params))

    @app.post("/api/v1/search")
    async def search_by_picture(request: Request) -> Any:
        return as_document(search_page(world, await request.form()))

    @app.get("/api/v1/images/{picture_id}")
    def picture(picture_id: int) -> Any:
        return as_document(detail(world, picture_id))

    @app.get("/api/v1/images/{picture_id}/thumbnail")
    def thumbnail(picture_id: int) -> Response:
        width, height = shape(picture_id)
        if world.thumbnails_away:
            return problem(410, "Gone.", "PictureFileGone")
        return Response(
            drawn(picture_id % MOTIFS, width * 320 // height, 320),
            media_type="image/jpeg",
            headers={"Cache-Control": THUMBNAIL_CACHE},
        )

    @app.get("/api/v1/images/{picture_id}/file")
    def file(picture_id: int) -> Response:
        if picture_id in world.vanished:
            return problem(410, "Gone.", "PictureFileGone")
        return Response(drawn(picture_id % MOTIFS, *shape(picture_id)), media_type="image/jpeg")

    @app.get("/api/v1/images/{picture_id}/duplicates")
    def duplicates(picture_id: int) -> Any:
        edited = DuplicateFile(picture_id + 50, "/pictures/small.jpg", 640, 480, 64_000, None)
        return as_document([edited] if picture_id % 2 else [])

    @app.get("/api/v1/images/{picture_id}/similar")
    def similar(picture_id: int, k: int = 12) -> Any:
        hits = tuple(hit(picture_id + number, number + 1, True) for number in range(k))
        return as_document(SearchResult("", hits, Seconds(0, 0, 0), "bundled", 384, k))

    @app.put("/api/v1/images/{picture_id}/captions/{language}")
    async def caption(picture_id: int, language: str, request: Request) -> Any:
        text = (await request.json())["text"]
        written = Caption(2, language, text, "person", None, datetime(2026, 1, 1))
        world.captions[picture_id] = (written,)
        return as_document(detail(world, picture_id))

    @app.get("/api/v1/status")
    def state() -> Any:
        return status(world)

    @app.get("/api/v1/failures")
    def failures() -> Any:
        return {"failures": world.failures}

    @app.get("/api/v1/index")
    def job() -> Any:
        return {
            "running": False,
            "pausing": False,
            "progress": None,
            "outcome": None,
            "error": None,
            "watching": False,
            "resting": False,
        } | world.job

    @app.post("/api/v1/index", status_code=202)
    async def begin(request: Request) -> Any:
        if "/nowhere" in (await request.json())["paths"]:
            return JSONResponse(
                {"type": "FolderMissing", "detail": "There is no folder /nowhere."}, 404
            )
        world.job = {"running": True, "body": await request.json()}
        return job()

    @app.delete("/api/v1/index", status_code=202)
    def pause() -> Any:
        world.job |= {"pausing": True}
        return job()

    @app.get("/api/v1/dimensions")
    def dimensions() -> Any:
        rows = [
            {"dim": dim, "metric": "overlap@10", "value": 1 - 4 / dim, "ci_low": 0, "ci_high": 1}
            for dim in WIDTHS[:-1]
        ]
        result = {"rows": rows, "fingerprint": MODEL["fingerprint"]}
        return {"running": False, "progress": None, "result": result, "error": None}

    @app.get("/api/v1/evaluation")
    def evaluation() -> Any:
        return {
            "running": False,
            "progress": None,
            "result": None,
            "error": None,
        } | world.evaluation

    @app.post("/api/v1/evaluation", status_code=202)
    def evaluate() -> Any:
        world.evaluation = {"running": True, "progress": {"done": 3, "total": 10}}
        return evaluation()

    @app.delete("/api/v1/evaluation", status_code=202)
    def stop_evaluation() -> Any:
        world.evaluation = {}
        return evaluation()

    @app.post("/api/v1/index/forecast")
    async def forecast(request: Request) -> Any:
        return {
            "files": 1204,
            "sampled": 24,
            "seconds": 312.0,
            "disk_bytes": 21_000_000,
            "memory_bytes": 396_000_000,
            "model": "bundled",
        }

    @app.get("/api/v1/index/exclusions")
    def exclusions() -> Any:
        return {"patterns": world.exclusions}

    @app.put("/api/v1/index/exclusions")
    async def keep_exclusions(request: Request) -> Any:
        patterns = (await request.json())["patterns"]
        if "!" in patterns:
            return JSONResponse({"type": "PatternInvalid", "detail": "No pattern."}, 422)
        world.exclusions = patterns
        return exclusions()

    @app.get("/api/v1/folders")
    def folders(path: str = "/home/me") -> Any:
        if "nowhere" in path:
            return JSONResponse({"type": "FolderMissing", "detail": "No folder."}, 404)
        if path.count("/") == 3:
            return as_document(FolderListing(path, path[: path.rindex("/")], (), 7))
        inside = tuple(f"{path.rstrip('/')}/{name}" for name in ("Pictures", "<b>Work"))
        return as_document(FolderListing(path, None if path == "/" else "/", inside, 0))

    @app.get("/api/v1/session")
    def door() -> Any:
        return {"password": world.password is not None, "changeable": True, "needed": False}

    @app.put("/api/v1/session/password", status_code=204)
    async def set_password(request: Request) -> Response:
        body = await request.json()
        if world.password not in (None, body["current"]):
            return JSONResponse({"type": "about:blank", "detail": "No."}, 403)
        world.password = body["password"]
        return Response(status_code=204)

    @app.delete("/api/v1/session", status_code=204)
    def leave() -> Response:
        return Response(status_code=204)

    @app.post("/api/v1/session", status_code=204)
    async def session(request: Request) -> Response:
        right = (await request.json())["password"] == "right"
        return Response(status_code=204 if right else 401)

    @app.get("/api/v1/models")
    def models() -> Any:
        return {
            "models": [
                *(
                    {"name": name, "present": True, "licence": "MIT", "size_bytes": 14_000_000}
                    for name in world.models
                ),
                {
                    "name": "jina-clip-v2",
                    "present": False,
                    "licence": "CC BY-NC 4.0",
                    "size_bytes": 1_730_000_000,
                },
            ],
            "captioners": [
                {"name": "mono-internvl-2b", "present": False, "licence": "MIT", "size_bytes": 1}
            ],
        }

    return mount(app, None, None)  # type: ignore[arg-type]  # the page asks the API only


class Server:
    """The stand-in on a port of its own, in a thread; it can go away and come back."""

    def __init__(self, app: FastAPI, port: int = 0) -> None:
        self.app, self.port = app, port
        self.start()

    def start(self) -> None:
        config = uvicorn.Config(
            self.app, port=self.port, log_level="critical", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def serving(world: World) -> Iterator[Server]:
    server = Server(application(world))
    try:
        yield server
    finally:
        server.stop()
