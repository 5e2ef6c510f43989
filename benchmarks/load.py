"""Does the server stand many people at once, and does its memory stay as it is?

    python -m benchmarks.load [--pictures 100000] [--clients 50] [--seconds 600] [--queries 0]
                              [--pause 0]

Makes a library of catalogue rows with vectors near those of the sample pictures (kept in
`--scratch`), starts the installed command's server on it and lets `wrk` (a public load tool; the
package of that name) ask for pages of twenty: every query a new one of a few words (the first two
of one caption, the last two of another), or with `--queries N` the same N over and over, whose
rankings the server keeps. Without `--pause` each client asks again as soon as it has its answer,
which measures what the server can do at most; with `--pause 1` it looks at the answer for a second
first, as a person does: on average, and evenly between half and one and a half of it. Every page
is full: the cut-off is off, for these pictures are made up.
Prints requests a second, latencies, errors and the server's memory, and writes one JSON.
"""

import argparse
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import sqlalchemy as sa

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import (
    Caption,
    Embedding,
    Location,
    Model,
    Picture,
    PictureText,
    Root,
    State,
)
from indexer.catalogue.vector_rows import checksum_of

SAMPLES = Path("sample_images/captions.jsonl")
SEED = 17
_BATCH = 5000
_LUA = """
local lines = {}
for line in io.lines("%s") do lines[#lines + 1] = line end
local different, asked, pause = %d, 0, %g
math.randomseed(%d)
if pause > 0 then
  delay = function() return pause * math.random(500, 1500) end
end
request = function()
  local first, second = math.random(#lines / 2), math.random(#lines / 2)
  if different > 0 then
    first, second = asked %% different + 1, asked %% different + 1
    asked = asked + 1
  end
  local words = lines[2 * first - 1] .. "%%20" .. lines[2 * second]
  return wrk.format("GET", "/api/v1/search?k=20&min_relevance=0&q=" .. words)
end
done = function(summary, latency)
  io.write(string.format("     95%%%% %%.2fms\\n", latency:percentile(95) / 1000))
end
"""


def make_library(folder: Path, count: int) -> None:
    """A library of `count` pictures without files, searched with the bundled model."""
    from pd_clip import load_encoder

    encoder = load_encoder("bundled")
    captions = [json.loads(line)["captions"]["en"][0] for line in SAMPLES.read_text().splitlines()]
    centres = encoder.encode_texts(captions)
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True, mode=0o700)
    with Catalogue.open(folder / "library.db", create=True) as catalogue:
        with catalogue.write() as connection:
            connection.execute(sa.insert(Root).values(id=1, path="/photos"))
            connection.execute(
                sa.insert(Model).values(
                    id=1,
                    fingerprint=encoder.fingerprint,
                    name="bundled",
                    dimensions=encoder.dimensions,
                    matryoshka=list(encoder.matryoshka),
                    image_size=encoder.image_size,
                    state="active",
                    created_at=datetime(2026, 1, 1),
                )
            )
        for start in range(0, count, _BATCH):
            numbers = range(start + 1, min(start + _BATCH, count) + 1)
            place = random.integers(len(centres), size=len(numbers))
            noise = random.standard_normal((len(numbers), encoder.dimensions)) * 0.06
            vectors = centres[place] + noise
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            _insert(catalogue, list(numbers), vectors.astype(np.float16), random, captions, place)
            print(f"\r{numbers[-1]} pictures", end="", file=sys.stderr, flush=True)
        with catalogue.write() as connection:
            connection.execute(
                sa.update(State).where(State.key == "generation").values(value=str(count + 1))
            )
    print(file=sys.stderr)


def _insert(
    catalogue: Catalogue,
    numbers: list[int],
    vectors: np.ndarray,
    random: np.random.Generator,
    captions: list[str],
    place: np.ndarray,
) -> None:
    hashes = random.integers(0, 2**63, size=len(numbers))
    start = datetime(2015, 1, 1)
    names = [f"{number % 300:03d}/IMG_{number:06d}.jpg" for number in numbers]
    words = [
        captions[one] if number % 10 == 0 else ""
        for number, one in zip(numbers, place, strict=True)
    ]
    blobs = [vector.tobytes() for vector in vectors]
    with catalogue.write() as connection:
        connection.execute(
            sa.insert(Picture),
            [
                {
                    "id": number,
                    "content_hash": number.to_bytes(32, "big"),
                    "width": 4032,
                    "height": 3024,
                    "format": "JPEG",
                    "byte_size": 3_000_000,
                    "taken_at": start + timedelta(minutes=31 * number),
                    "camera": "Pixel 8",
                    "perceptual_hash": f"{int(code):016x}",
                    "change": number,
                    "indexed_at": datetime(2026, 1, 1),
                }
                for number, code in zip(numbers, hashes, strict=True)
            ],
        )
        connection.execute(
            sa.insert(Location),
            [
                {
                    "picture_id": number,
                    "root_id": 1,
                    "relative_path": name,
                    "size": 1,
                    "mtime_ns": 1,
                    "inode": number,
                }
                for number, name in zip(numbers, names, strict=True)
            ],
        )
        connection.execute(
            sa.insert(Embedding),
            [
                {
                    "picture_id": number,
                    "model_id": 1,
                    "vector": blob,
                    "checksum": checksum_of(blob, number),
                    "change": number,
                }
                for number, blob in zip(numbers, blobs, strict=True)
            ],
        )
        written = [
            {
                "picture_id": number,
                "language": "en",
                "text": text,
                "source": "person",
                "created_at": datetime(2026, 1, 1),
            }
            for number, text in zip(numbers, words, strict=True)
            if text
        ]
        connection.execute(sa.insert(Caption), written)
        connection.execute(
            sa.text(
                f"INSERT INTO {PictureText.TABLE} (rowid, picture_id, captions, names, folders) "
                "VALUES (:id, :id, :caption, :name, :folder)"
            ),
            [
                {"id": number, "caption": text, "name": name[4:], "folder": f"photos/{name[:3]}"}
                for number, text, name in zip(numbers, words, names, strict=True)
            ],
        )


def memory_of(process: psutil.Process) -> int:
    """Resident bytes of a process and its children."""
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=60).read()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the server ended") from None
            time.sleep(0.2)
    raise SystemExit("the server does not answer")


def attack(address: str, options: argparse.Namespace, folder: Path) -> str:
    """What wrk printed."""
    queries = folder / "queries.txt"
    words = [json.loads(line)["captions"] for line in SAMPLES.read_text().splitlines()]
    texts = [
        entry[code][0] for entry in words for code in ("en", "de", "hi", "ru") if code in entry
    ]
    ends = [" ".join(part) for text in texts for part in (text.split()[:2], text.split()[-2:])]
    queries.write_text("\n".join(urllib.request.quote(end) for end in ends))
    script = folder / "ask.lua"
    script.write_text(_LUA % (queries, options.queries, options.pause, SEED))
    command = ["wrk", "-t1", f"-c{options.clients}", f"-d{options.seconds}s", "--latency"]
    command += ["--timeout", "30s", "-s", str(script), address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def seconds_of(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text.strip()).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[unit]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--queries", type=int, default=0, help="0: every query is a new one")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before the next query")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--out", type=Path, default=Path("load.json"))
    options = parser.parse_args(argv)
    folder = options.scratch / f"load-{options.pictures}"
    if not folder.exists():
        make_library(folder, options.pictures)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "searchapp.cli", "ui", "--port", str(port)]
    server = subprocess.Popen([*command, "--library", str(folder)], stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{address}/healthz", server)
        wait_for(f"{address}/api/v1/search?q=a%20boat", server)
        watched = psutil.Process(server.pid)
        memory = [memory_of(watched)]
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(max(1.0, options.seconds / 60)):
                memory.append(memory_of(watched))

        watcher = threading.Thread(target=watch)
        watcher.start()
        printed = attack(address, options, folder)
        ended.set()
        watcher.join()
        status = json.loads(urllib.request.urlopen(f"{address}/api/v1/status").read())
    finally:
        server.terminate()
        server.wait(30)
    report(printed, memory, status["index"], options)
    return 0


def report(
    printed: str, memory: list[int], index: dict[str, object], options: argparse.Namespace
) -> None:
    print(printed)
    errors = re.findall(r"Non-2xx.*|Socket errors.*", printed)
    tenth = len(memory) // 10 or 1
    settled, last = memory[tenth : 2 * tenth] or memory, memory[-tenth:]
    print(f"errors: {errors or 'none'}")
    print(f"index: {index['family']}, {index['parameters']}")
    print(
        f"memory: {memory[0] >> 20} MiB at the start, {max(settled) >> 20} MiB after a tenth, "
        f"{max(last) >> 20} MiB at the end"
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    found = dict(re.findall(r"(50|75|90|95|99)%\s+([\d.]+(?:us|ms|s|m))", printed))
    options.out.write_text(
        json.dumps(
            {
                "pictures": options.pictures,
                "clients": options.clients,
                "seconds": options.seconds,
                "different_queries": options.queries,
                "pause_s": options.pause,
                "requests_a_second": float(rate[1]) if rate else None,
                "cores": os.cpu_count(),
                "machine": platform.processor() or platform.machine(),
                "latency_s": {key: seconds_of(value) for key, value in found.items()},
                "errors": errors,
                "memory_bytes": memory,
                "wrk": printed,
            }
        )
    )


if __name__ == "__main__":
    raise SystemExit(main())
