"""What a captioner puts out at every stage that another implementation has recorded.

A recording is an .npz with inputs and outputs under the names that the model's own `verification`
module reads; `tests/alignment/data/*_tiny/expected.npz` are two. The stages run in the process
and the environment that the captioner itself runs in: `python -m captioner.verification FOLDER
RECORDING` writes them to its standard output.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from captioner.errors import CaptionerNotStarted
from captioner.frames import answer_stream, last_line, read_frame, write_frame
from captioner.registry import find, interpreter

if TYPE_CHECKING:
    from captioner.weights import Precision

Recording = Mapping[str, np.ndarray]
Stages = Iterator[tuple[str, np.ndarray]]


def stages(folder: Path, recorded: Recording, precision: "Precision" = "full") -> Stages:
    """Name and output of each recorded stage, as this process computes it.

    Raises:
        KeyError: an input of a recorded output is not there.
        ConversionError: the weights are not those of this model.
    """
    entry, _ = find(str(folder), folder.parent)
    room = entry.module.rpartition(".")[0]
    yield from import_module(f"{room}.verification").stages(folder, recorded, precision)


def stages_elsewhere(folder: Path, recording: Path) -> Stages:
    """The same, computed in the captioner's own process.

    Raises:
        CaptionerNotStarted: it ended before it was done.
    """
    entry, _ = find(str(folder), folder.parent)
    command = [interpreter(entry), "-m", "captioner.verification", str(folder), str(recording)]
    with tempfile.TemporaryFile() as complaints:
        # The command is the interpreter, this package and two paths; nothing goes through a shell.
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        ) as process:
            finished = False
            while (frame := read_frame(cast("BinaryIO", process.stdout))) is not None:
                message, content = frame
                if "failed" in message:
                    raise CaptionerNotStarted(entry.name, message["failed"])
                finished = "finished" in message
                if not finished:
                    output = np.frombuffer(content, np.dtype(message["dtype"]))
                    yield message["stage"], output.reshape(message["shape"])
        if not finished:
            raise CaptionerNotStarted(entry.name, last_line(complaints) or "it ended early")


def main(arguments: list[str]) -> None:
    """Writes every stage as a frame, then one that says that these were all."""
    folder, recording = map(Path, arguments)
    answers = answer_stream()
    try:
        with np.load(recording, allow_pickle=False) as archive:
            recorded = dict(archive)
        for name, output in stages(folder, recorded):
            message = {"stage": name, "dtype": output.dtype.str, "shape": output.shape}
            write_frame(answers, message, np.ascontiguousarray(output).tobytes())
    except KeyError as error:
        write_frame(answers, {"failed": f"{recording.name} holds no {error}"})
    except Exception as error:  # whatever a library raises: the program is told
        write_frame(answers, {"failed": f"{type(error).__name__}: {error}"})
    else:
        write_frame(answers, {"finished": True})


if __name__ == "__main__":
    main(sys.argv[1:])
