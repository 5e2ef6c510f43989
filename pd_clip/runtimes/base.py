"""What a tower gives an engine and what an engine gives back. Nothing here knows a model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from paddle import nn


@dataclass(frozen=True)
class InputSpec:
    """One input of a tower: its name, shape (None: any size) and numpy dtype.

    batched: its first axis counts pictures or texts, so a batch can be cut along it.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    batched: bool = True


@dataclass(frozen=True)
class Tower:
    """One half of a dual encoder, described so that any engine can run it.

    name: short, used in file names and messages ("image", "text");
    build: makes the Paddle layer with its weights in float32, in eval mode. Only called when the
        engine needs it: with an exported program in the cache Paddle is not even imported;
    inputs: in the order of the layer's `forward`;
    fingerprint: hex of everything the program depends on; names the cache entry;
    cache: folder for exported programs;
    probes: makes small inputs whose outputs are recorded in float32 when the tower is exported
        and reproduced before an engine is trusted (`pd_clip.probe`);
    sixteen_bit: the weights were published in 16 bits or fewer, so bfloat16 is worth using where
        the processor has it;
    product: rows, width in and width out of its largest product, by which a processor is asked
        whether bfloat16 is faster; None where reading the weights takes longer than multiplying
        by them, and halving them always pays.
    """

    name: str
    build: "Callable[[], nn.Layer]"
    inputs: tuple[InputSpec, ...]
    fingerprint: str
    cache: Path
    probes: Callable[[], list[tuple[NDArray[Any], ...]]]
    sixteen_bit: bool = False
    product: tuple[int, int, int] | None = None
    notice: Callable[[str], None] = field(default=lambda sentence: None)


class Session(Protocol):
    """A tower ready to run in one engine and precision; may be called from several threads.

    largest_batch: more rows than this in one call gain nothing (or do not fit the device).
    """

    @property
    def runtime(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def largest_batch(self) -> int: ...

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Inputs in the tower's order -> its output, float32."""
        ...


class Runtime(Protocol):
    """An engine."""

    name: str

    def available(self) -> bool:
        """Whether this machine can run it; cheap, imports nothing heavy."""
        ...

    def version(self) -> str:
        """Name and version of library and driver; a change makes the probes run again."""
        ...

    def precisions(self, tower: Tower) -> tuple[str, ...]:
        """What it can run this tower in here, the one `auto` takes first."""
        ...

    def open(self, tower: Tower, precision: str) -> Session:
        """Prepare the tower; raises RuntimeFailed."""
        ...
