"""A captioner in a process of its own: started on demand, stopped when idle, allowed to crash."""

import contextlib
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import RLock, Timer
from typing import IO, Any

from PIL.Image import Image

from captioner.errors import CaptionerCrashed, CaptionerNotStarted, CaptionFailed
from captioner.frames import last_line, read_frame, write_frame
from captioner.options import GenerationOptions
from captioner.registry import CaptionerEntry, interpreter

IDLE_SECONDS = 300.0


class CaptionerProcess:
    """Describes pictures in another process, in the environment the captioner needs.

    A crash costs the picture in hand; the next one starts the process anew.

    Args:
        entry: which captioner.
        folder: its checkpoint.
        dtype, precision: see `captioner.weights.Weights`; "auto" is what the machine computes in.
        idle_seconds: the process ends when nothing was asked for so long, and its memory is free.
    """

    def __init__(
        self,
        entry: CaptionerEntry,
        folder: Path,
        *,
        dtype: str = "auto",
        precision: str = "full",
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.name = entry.name
        self._command = [
            interpreter(entry), "-m", "captioner.worker", str(folder), dtype, precision,
        ]  # fmt: skip
        self._idle_seconds = idle_seconds
        self._lock = RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._timer: Timer | None = None

    @property
    def process_id(self) -> int | None:
        """The process, while it runs."""
        return None if self._process is None else self._process.pid

    def caption(
        self, pictures: Sequence[Image], prompt: str, options: GenerationOptions | None = None
    ) -> list[str]:
        """One description per picture.

        Raises:
            CaptionerNotStarted: the process ended before it was ready.
            CaptionerCrashed: the process ended; it starts anew with the next picture.
            CaptionFailed: it could not describe a picture, and is still running.
        """
        with self._lock:
            self._stop_timer()
            texts = [self._describe(picture, prompt, options) for picture in pictures]
            self._timer = Timer(self._idle_seconds, self.close)
            self._timer.daemon = True
            self._timer.start()
            return texts

    def close(self) -> None:
        """Ends the process. The next picture starts it again."""
        with self._lock:
            self._stop_timer()
            process, self._process = self._process, None
            if process is None:
                return
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    # What is left unsent in the pipe of a dead process is of no use.
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if self._complaints is not None:
                self._complaints.close()

    def _describe(self, picture: Image, prompt: str, options: GenerationOptions | None) -> str:
        process = self._running()
        picture = picture.convert("RGB")
        message = {
            "size": picture.size,
            "prompt": prompt,
            "options": None if options is None else asdict(options),
        }
        try:
            write_frame(_open(process.stdin), message, picture.tobytes())
        except BrokenPipeError:
            raise CaptionerCrashed(self.name, self._last_words()) from None
        answer = self._answer(process)
        if "failed" in answer:
            raise CaptionFailed(self.name, answer["failed"])
        return str(answer["text"])

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        # Lives as long as the process whose standard error it is.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        # The command is the interpreter, this package and a folder; nothing goes through a shell.
        # In a session of its own, Ctrl-C reaches the program only, which lets the picture in hand
        # be finished; the worker ends with the pipe it reads from, however the program ended.
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,
        )
        ready = read_frame(_open(self._process.stdout))
        if ready is None:
            raise CaptionerNotStarted(self.name, self._last_words())
        if "failed" in ready[0]:
            self.close()
            raise CaptionerNotStarted(self.name, ready[0]["failed"])
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
        frame = read_frame(_open(process.stdout))
        if frame is None:
            raise CaptionerCrashed(self.name, self._last_words())
        return frame[0]

    def _last_words(self) -> str:
        """How a process that has ended did so, and the last line it wrote."""
        process, complaints = self._process, self._complaints
        code = None if process is None else process.wait()
        last = "" if complaints is None else last_line(complaints)
        self.close()
        return f"its process ended with {code}" + (f", last words: {last}" if last else "")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _open(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise BrokenPipeError
    return pipe
