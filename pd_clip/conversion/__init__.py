"""Published PyTorch checkpoints to PaddlePaddle's layout and back, without PyTorch.

    convert(Path("jina-clip-v2"), Path("jina-clip-v2-paddle"))

Other rooms bring the maps of their models: `convert(..., maps=(JINA_CLIP, *more))`.
"""

from pd_clip.conversion.engine import ConversionProgress, ConversionReport, convert
from pd_clip.conversion.inspection import FolderInfo, inspect, verify_conversion
from pd_clip.conversion.jina_clip import JINA_CLIP
from pd_clip.conversion.layers import ConversionMap, Kind, LayerTable, TensorSpec

__all__ = [
    "JINA_CLIP",
    "ConversionMap",
    "ConversionProgress",
    "ConversionReport",
    "FolderInfo",
    "Kind",
    "LayerTable",
    "TensorSpec",
    "convert",
    "inspect",
    "verify_conversion",
]
