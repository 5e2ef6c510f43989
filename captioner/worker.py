"""The captioner's own process: `python -m captioner.worker FOLDER DTYPE PRECISION`.

It answers one picture at a time over its standard input and output. Libraries that print to
standard output are sent to standard error. If memory runs out, the system ends this process
before any other.
"""

import contextlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from PIL import Image

from captioner.frames import answer_stream, read_frame, write_frame
from captioner.options import GenerationOptions
from captioner.registry import load

if TYPE_CHECKING:
    from captioner.protocol import Captioner
    from captioner.weights import Dtype, Precision


def main(arguments: list[str]) -> None:
    """Loads the model, says what it is, then answers until its input ends."""
    folder, dtype, precision = arguments
    answers = answer_stream()
    _volunteer_for_the_oom_killer()
    try:
        if dtype == "auto":
            dtype = dtype_of_this_machine()
        captioner = load(
            Path(folder), dtype=cast("Dtype", dtype), precision=cast("Precision", precision)
        )
    except Exception as error:  # whatever a library raises: the program is told and goes on
        write_frame(answers, {"failed": _described(error)})
        return
    write_frame(answers, {"name": captioner.name, "options": asdict(captioner.options)})
    serve(captioner, sys.stdin.buffer, answers)


def serve(captioner: "Captioner", requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until the stream ends; what fails is answered as failed."""
    while (frame := read_frame(requests)) is not None:
        message, pixels = frame
        try:
            picture = Image.frombytes("RGB", tuple(message["size"]), pixels)
            options = message["options"] and GenerationOptions(**message["options"])
            (text,) = captioner.caption([picture], message["prompt"], options)
            answer: dict[str, Any] = {"text": text}
        except Exception as error:  # one picture's failure must not end the process
            answer = {"failed": _described(error)}
        write_frame(answers, answer)


def dtype_of_this_machine() -> str:
    """bfloat16 where a GPU computes in it; PaddlePaddle's CPU kernels do not."""
    import paddle

    return "float32" if paddle.get_device() == "cpu" else "bfloat16"


def _described(error: Exception) -> str:
    first_line = str(error).strip().splitlines()[:1]
    return ": ".join([type(error).__name__, *first_line])


def _volunteer_for_the_oom_killer() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(sys.argv[1:])
