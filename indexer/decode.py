"""A pool of confined processes that read and decode pictures ahead of the encoder.

A process that dies, hangs or eats memory costs exactly the file it held; it is replaced. Pixels
come back through shared memory; at most `slots` decoded pictures wait at any time.
"""

import json
import mmap
import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

import numpy as np
from PIL import Image

from indexer.decode_worker import READY, DecodeJob, DecodeSettings, work
from indexer.errors import DecoderUnavailable
from indexer.failures import Reason

Tag = TypeVar("Tag")
Preprocess = Callable[[Image.Image], np.ndarray]

_START_SECONDS = 60.0
_MAX_STARTS_IN_VAIN = 3


@dataclass(frozen=True)
class DecodeResult(Generic[Tag]):
    """What came of one file.

    facts: of a decoded picture, or only `hash` and `byte_size` of one that was known.
    slot: where its pixels lie until `release`; None without pixels.
    """

    tag: Tag
    facts: dict[str, Any]
    thumbnail: bytes = b""
    slot: int | None = None

    @property
    def reason(self) -> str | None:
        """Why it failed; None if it did not."""
        return self.facts.get("reason")

    @property
    def skip(self) -> str | None:
        """Why it is left for the next run; None if it is not."""
        return self.facts.get("skip")


@dataclass(frozen=True)
class Request(Generic[Tag]):
    """A file for the pool; `known` are hashes (hex) that need no decoding."""

    tag: Tag
    path: str
    known: tuple[str, ...] = ()


class PixelSlots:
    """Shared memory for decoded pictures: uint8 [slots, S, S, 3]."""

    def __init__(self, slots: int, image_size: int) -> None:
        shape = (slots, image_size, image_size, 3)
        size = slots * image_size * image_size * 3
        self._file = None
        if sys.platform == "linux":
            # Nameless and outside /dev/shm, which containers often limit to 64 MB; gone with us.
            self._descriptor = os.memfd_create("pictures")
            self.path = f"/proc/{os.getpid()}/fd/{self._descriptor}"
        else:
            self._descriptor, self.path = tempfile.mkstemp(prefix="searchapp-pixels-")
        os.ftruncate(self._descriptor, size)
        self._memory = mmap.mmap(self._descriptor, size)
        self.pixels = np.frombuffer(self._memory, dtype=np.uint8).reshape(shape)

    def close(self) -> None:
        os.close(self._descriptor)
        if sys.platform != "linux":
            os.unlink(self.path)


@dataclass
class _Worker(Generic[Tag]):
    process: BaseProcess
    connection: Connection
    ready: bool = False
    request: Request[Tag] | None = None
    slot: int = -1
    deadline: float = field(default_factory=lambda: time.monotonic() + _START_SECONDS)


class DecodePool(Generic[Tag]):
    """Decodes `requests` in order of arrival of results; a thread of its own feeds the workers."""

    def __init__(
        self,
        settings: DecodeSettings,
        preprocess: Preprocess,
        requests: Iterator[Request[Tag]],
        workers: int,
        slots: int,
    ) -> None:
        self._settings = settings
        self._preprocess = preprocess
        self._requests = requests
        self._waiting: Request[Tag] | None = None
        self._count = workers
        self._slots = PixelSlots(slots, settings.image_size)
        self._free: deque[int] = deque(range(slots))
        self._results: queue.SimpleQueue[DecodeResult[Tag] | BaseException | None]
        self._results = queue.SimpleQueue()
        self._workers: list[_Worker[Tag]] = []
        self._context = _context()
        self._listen, self._wake = multiprocessing.Pipe(duplex=False)
        self._closing = False
        self._exhausted = False
        self._starts_in_vain = 0
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    @property
    def pixels(self) -> np.ndarray:
        """uint8 [slots, S, S, 3]; a slot is valid from its result until `release`."""
        return self._slots.pixels

    def next_result(self, timeout: float) -> DecodeResult[Tag] | None:
        """The next result, or None at the end of all requests.

        Raises:
            queue.Empty: nothing came within `timeout` seconds.
            DecoderUnavailable: the processes do not start.
        """
        result = self._results.get(timeout=timeout)
        if isinstance(result, BaseException):
            raise result
        return result

    def release(self, slots: list[int]) -> None:
        """Give slots back once their pixels are no longer needed."""
        self._free.extend(slots)
        self._wake.send_bytes(b"slot")

    def close(self) -> None:
        """End all processes; what they hold is dropped."""
        self._closing = True
        self._wake.send_bytes(b"end")
        self._thread.join()
        # Only now: slots may be given back after the last file, when the thread has ended.
        self._listen.close()
        self._slots.close()

    def _run(self) -> None:
        if sys.platform != "win32":
            # Inherited by the processes: they must not take Ctrl-C while they start either. The
            # tracker goes first, because starting it takes the block away again.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        try:
            for _ in range(self._count):
                self._workers.append(self._start())
            self._feed()
            while not self._closing and not self._done():
                self._collect()
                self._feed()
            self._results.put(None)
        except BaseException as error:  # handed to the thread that reads the results
            self._results.put(error)
        finally:
            for worker in self._workers:
                _end(worker)

    def _done(self) -> bool:
        return self._exhausted and all(worker.request is None for worker in self._workers)

    def _start(self) -> _Worker[Tag]:
        here, there = self._context.Pipe()
        process = self._context.Process(  # type: ignore[attr-defined]
            target=work,
            args=(there, self._slots.path, self._settings, self._preprocess),
            daemon=True,
            name="searchapp decode",
        )
        process.start()
        there.close()
        return _Worker(process, here)

    def _feed(self) -> None:
        for worker in self._workers:
            if not worker.ready or worker.request is not None:
                continue
            # Asked for before a slot is: that there is nothing more to read must not wait for one.
            if self._waiting is None:
                self._waiting = next(self._requests, None)
            if self._waiting is None:
                self._exhausted = True
                return
            if not self._free:
                return
            worker.slot = self._free.popleft()
            worker.request = request = self._waiting
            self._waiting = None
            worker.deadline = time.monotonic() + self._settings.seconds
            job = DecodeJob(request.path, worker.slot, request.known)
            try:
                worker.connection.send_bytes(json.dumps(asdict(job)).encode("ascii"))
            except OSError:
                continue  # it died; its sentinel says so in a moment

    def _collect(self) -> None:
        busy = [worker for worker in self._workers if worker.request or not worker.ready]
        waiting: list[Any] = [self._listen]
        for worker in busy:
            waiting += [worker.connection, worker.process.sentinel]
        nearest = min((worker.deadline for worker in busy), default=time.monotonic() + 60)
        happened = set(wait(waiting, timeout=max(0.0, nearest - time.monotonic())))
        while self._listen.poll():
            self._listen.recv_bytes()
        now = time.monotonic()
        for worker in busy:
            if worker.connection in happened and self._receive(worker):
                continue
            if worker.process.sentinel in happened or not worker.process.is_alive():
                self._replace(worker, *_death(worker.process))
            elif now >= worker.deadline:
                detail = f"more than {self._settings.seconds:g} s"
                self._replace(worker, Reason.TOO_SLOW, detail)

    def _receive(self, worker: _Worker[Tag]) -> bool:
        """Take one answer; False if the process died before it gave one."""
        try:
            if not worker.ready:
                worker.ready = worker.connection.recv_bytes() == READY
                self._starts_in_vain = 0
                return True
            answer = json.loads(worker.connection.recv_bytes())
            thumbnail = worker.connection.recv_bytes()
        except (EOFError, OSError, ValueError):
            worker.process.join(timeout=1.0)
            return False
        self._deliver(worker, answer, thumbnail)
        return True

    def _deliver(self, worker: _Worker[Tag], facts: dict[str, Any], thumbnail: bytes) -> None:
        request, slot = worker.request, worker.slot
        worker.request = None
        if request is None:
            return
        decoded = "width" in facts
        if not decoded:
            self._free.append(slot)
        self._results.put(DecodeResult(request.tag, facts, thumbnail, slot if decoded else None))

    def _replace(self, worker: _Worker[Tag], reason: Reason, detail: str) -> None:
        if not worker.ready:
            self._starts_in_vain += 1
            if self._starts_in_vain >= _MAX_STARTS_IN_VAIN:
                raise DecoderUnavailable(detail)
        self._deliver(worker, {"reason": reason, "detail": detail}, b"")
        _end(worker)
        self._workers[self._workers.index(worker)] = self._start()


def _context() -> BaseContext:
    # Processes are forked from a small server that has the decoders loaded: a replacement starts
    # in milliseconds, and none inherits the model or the database of this process.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["indexer.decode_worker", "pillow_heif"])
    return context


def _death(process: BaseProcess) -> tuple[Reason, str]:
    code = process.exitcode
    detail = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return Reason.DECODER_DIED, detail


def _end(worker: _Worker[Any]) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()
