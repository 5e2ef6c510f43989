"""A hub of one repository on this machine, with the URL layout of the real one, and its faults."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "344d954da76eb8ad47a7aaff42d012e30c15b8fe"
REPO = "jinaai/jina-clip-v2"


@dataclass
class Faults:
    """What goes wrong. cut: how often the line breaks after `cut_after` bytes of the weights;
    status: answered to everything, or only to downloads of files."""

    cut: int = 0
    cut_after: int = 100_000
    wrong_byte: bool = False
    ignores_ranges: bool = False
    status: int | None = None
    status_of_files: int | None = None


@dataclass
class Hub:
    """files: content by name. requests: (path, Range header, Authorization header) as asked."""

    files: dict[str, bytes]
    endpoint: str = ""
    faults: Faults = field(default_factory=Faults)
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def ranges(self, name: str) -> list[str | None]:
        """The Range header of every download of a file."""
        return [asked for path, asked, _ in self.requests if path.endswith(f"/{name}")]

    def listing(self) -> dict[str, object]:
        siblings = []
        for name, content in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": blob}
            if name.endswith((".safetensors", ".bin", "tokenizer.json")):
                sha = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha, "size": len(content), "pointerSize": 135}
            siblings.append(entry)
        return {"id": REPO, "sha": COMMIT, "siblings": siblings}


@contextmanager
def served(folder: Path, *names: str) -> Iterator[Hub]:
    """Serve the named files of a folder."""
    hub = Hub({name: (folder / name).read_bytes() for name in names})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            authorization = self.headers.get("Authorization")
            hub.requests.append((path, self.headers.get("Range"), authorization))
            if hub.faults.status:
                self.answer(hub.faults.status, b"{}")
            elif path == f"/api/models/{REPO}/revision/{COMMIT}":
                self.answer(200, json.dumps(hub.listing()).encode())
            elif path.startswith(f"/{REPO}/resolve/{COMMIT}/"):
                self.send_file(path.rpartition("/")[2])
            else:
                self.answer(404, b"{}")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_file(self, name: str) -> None:
            if hub.faults.status_of_files or name not in hub.files:
                self.answer(hub.faults.status_of_files or 404, b"")
                return
            content = bytearray(hub.files[name])
            is_weights = name.endswith(".safetensors")
            if hub.faults.wrong_byte and is_weights:
                content[-1] ^= 1
            asked, start = self.headers.get("Range"), 0
            if asked and not hub.faults.ignores_ranges:
                start = int(asked.removeprefix("bytes=").split("-")[0])
            self.send_response(206 if start else 200)
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = len(content)
            if is_weights and hub.faults.cut:
                hub.faults.cut -= 1
                end = min(end, start + hub.faults.cut_after)
                self.close_connection = True
            self.wfile.write(content[start:end])

    return Handler
