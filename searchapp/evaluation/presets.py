"""Published figures of jina-clip-v2 to stand beside ours, and the protocols they were made with.

Source: the model's card and technical report (arXiv 2412.08802); Crossmodal-3600 text to image
R@5 with the first caption of each language, and COCO (Karpathy test, all five captions) at three
widths.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from searchapp.evaluation.results import MEAN, Comparison, Row

PresetName = Literal["xm3600", "coco"]
PUBLISHED_MODEL = "jina-clip-v2"
RECALL_METRIC = "hit@5"

XM3600_R5: Mapping[str, float] = {
    "de": 91.25, "ro": 89.36, "ru": 88.97, "fr": 88.78, "uk": 88.56, "it": 88.33, "ja": 87.03,
    "vi": 86.64, "da": 85.39, "id": 84.22, "pl": 84.00, "es": 83.64, "fi": 82.83, "nl": 82.56,
    "pt": 82.42, "th": 81.61, "tr": 81.31, "no": 81.08, "zh": 78.97, "ko": 78.81, "sv": 78.06,
    "en": 75.83, "el": 75.03, "ar": 73.56, "bn": 63.78, "hi": 55.25,
}  # fmt: skip
"""Percent; full width."""
XM3600_MEAN = 81.43
"""Mean of the 26 languages above, percent."""
COCO_R5: Mapping[str, Mapping[int, float]] = {
    "text_to_image": {1024: 68.35, 256: 67.43, 128: 64.58},
    "image_to_text": {1024: 81.46, 256: 80.70, 128: 78.66},
}
"""Percent, by width."""
PEERS_XM3600: Mapping[str, Mapping[str, float]] = {
    "NLLB-CLIP-large-mrl": {
        "en": 72.4, "fr": 86.3, "de": 88.6, "vi": 83.7, "uk": 83.9, "tr": 81.2, "ar": 77.3,
        "fi": 84.3, "th": 80.0, "bn": 75.8,
    },
    "SigLIP2 SO400M-384": {
        "en": 75.1, "fr": 87.6, "de": 89.8, "vi": 85.9, "uk": 78.3, "tr": 77.0, "ar": 69.3,
        "fi": 62.3, "th": 45.5, "bn": 26.2,
    },
}  # fmt: skip
"""Crossmodal-3600, text to image, mean of R@1, R@5 and R@10 in percent, of two models that immich
recommends. Source: immich's documentation, docs/docs/features/searching.md."""


@dataclass(frozen=True)
class Published:
    """One published value, a share 0 to 1."""

    source: str
    language: str
    direction: str
    dim: int
    value: float


@dataclass(frozen=True)
class Preset:
    """How a published data set is evaluated. languages: those that were published, or all.

    pictures: how many the published figures were measured among.
    peers: name -> language -> mean of R@1, R@5 and R@10 in percent, of other models.
    """

    name: PresetName
    captions: Literal["first", "all"]
    languages: tuple[str, ...]
    widths: tuple[int, ...]
    pictures: int
    published: tuple[Published, ...]
    peers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def preset(name: PresetName, full_dim: int) -> Preset:
    """The preset's protocol and published values."""
    if name == "xm3600":
        values = {**XM3600_R5, MEAN: XM3600_MEAN}
        published = tuple(
            Published("Crossmodal-3600", language, "text_to_image", full_dim, round(value / 100, 4))
            for language, value in values.items()
        )
        return Preset(name, "first", tuple(XM3600_R5), (), 3600, published, PEERS_XM3600)
    published = tuple(
        Published("COCO", "en", direction, dim, round(value / 100, 4))
        for direction, values_by_dim in COCO_R5.items()
        for dim, value in values_by_dim.items()
    )
    widths = tuple(sorted(COCO_R5["text_to_image"]))
    return Preset(name, "all", ("en",), widths, 5000, published)


def departures(chosen: Preset, model: str, pictures: int) -> Iterator[str]:
    """Sentences on what keeps a run from being comparable with the published one."""
    if model != PUBLISHED_MODEL:
        yield f"The published figures are those of {PUBLISHED_MODEL}; this is {model}."
    if pictures != chosen.pictures:
        yield (
            f"The published figures were measured among {chosen.pictures} pictures, these among "
            f"{pictures}: fewer pictures make every search easier."
        )


def compare(published: Iterable[Published], rows: Iterable[Row]) -> list[Comparison]:
    """Published values beside ours, where both exist; hit@5 is the published R@5.

    The mean is compared only when ours is over the same languages.
    """
    published, rows = tuple(published), tuple(rows)
    spoken = {value.language for value in published} - {MEAN}
    if not spoken <= {row.language for row in rows}:
        published = tuple(value for value in published if value.language != MEAN)
    ours = {
        (row.language, row.direction, row.dim): row for row in rows if row.metric == RECALL_METRIC
    }
    compared = []
    for value in published:
        row = ours.get((value.language, value.direction, value.dim))
        if row is not None:
            compared.append(
                Comparison(
                    value.source, value.language, value.direction, value.dim, row.metric,
                    value.value, row.value, row.ci_low, row.ci_high,
                    row.ci_low <= value.value <= row.ci_high,
                )
            )  # fmt: skip
    return compared
