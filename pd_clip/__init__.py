"""The dual encoder in PaddlePaddle: a picture and a sentence to one vector space.

Importing this package loads neither Paddle nor any weights; `JinaClip` is imported when asked
for.
"""

from typing import TYPE_CHECKING, Any

from pd_clip.encoder import Encoder, load_encoder, normalise, truncate
from pd_clip.preprocess import Preprocessing

if TYPE_CHECKING:
    from pd_clip.model import JinaClip

__all__ = ["Encoder", "JinaClip", "Preprocessing", "load_encoder", "normalise", "truncate"]


def __getattr__(name: str) -> Any:
    if name == "JinaClip":
        from pd_clip.model import JinaClip

        return JinaClip
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
