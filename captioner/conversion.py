"""The conversion maps of every captioner, for the converter in `pd_clip.conversion`."""

from captioner.minicpm_v.conversion import MINICPM_V
from captioner.mono_internvl.conversion import MONO_INTERNVL
from pd_clip.conversion.layers import ConversionMap


def conversion_maps() -> tuple[ConversionMap, ...]:
    """The maps to hand to `pd_clip.conversion.convert` beside its own."""
    return (MINICPM_V, MONO_INTERNVL)
