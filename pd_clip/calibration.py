"""What a cosine of this model means: its distribution over matching and random pairs.

A cosine of 0.3 can be a good match in one model and noise in another. Beside each model's weights
lies `calibration.json`:

    {"version": 1, "fingerprint": "…",
     "text_image":  {"matching": [101 quantiles], "random": [101 quantiles],
                     "n_matching": 960, "n_random": 100000},
     "image_image": {… the same …},
     "languages":   {"de": {"matching": [101], "random": [101], "r5": 0.41}, …}}

Quantiles are those of the cosine at 0 %, 1 %, … 100 %. "matching" are a picture and its own
caption (two renderings of one picture for image_image), "random" a picture and the captions of
others; "r5" is the share of captions that find their picture among the first five.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.errors import ConfigInvalid

VERSION: Final = 1
VIEW: Final = 0.8  # share of each side that a second view of a picture keeps
QUANTILES: Final = 101
FILE_NAME: Final = "calibration.json"


@dataclass(frozen=True)
class Distribution:
    """Quantiles of the cosine of pairs that belong together and of pairs that do not."""

    matching: tuple[float, ...]
    random: tuple[float, ...]
    n_matching: int = 0
    n_random: int = 0
    r5: float | None = None

    def relevance(self, cosine: float, prior: float = 0.01) -> float:
        """P(relevant | cosine) when a share `prior` of the pictures is relevant.

        Both densities are read off the quantiles, smoothed as normal distributions with the
        quantiles' own mean and deviation, which keeps the answer rising with the cosine.
        """
        matching, random = _normal(self.matching), _normal(self.random)
        peak = max(matching[0], random[0])
        at = min(cosine, peak)  # beyond the mean of the matching more is never less relevant
        odds = prior / (1 - prior) * math.exp(_log_density(at, matching) - _log_density(at, random))
        return odds / (1 + odds)


@dataclass(frozen=True)
class Calibration:
    """The whole of `calibration.json`."""

    fingerprint: str
    text_image: Distribution
    image_image: Distribution
    languages: Mapping[str, Distribution] = field(default_factory=dict)

    def of(self, language: str | None) -> Distribution:
        """The language's own distribution, or that of all languages together."""
        return self.languages.get(language or "", self.text_image)


def _normal(quantiles: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(quantiles)), max(float(np.std(quantiles)), 1e-3)


def _log_density(value: float, normal: tuple[float, float]) -> float:
    mean, deviation = normal
    return -0.5 * ((value - mean) / deviation) ** 2 - math.log(deviation)


def wilson_interval(hits: int, trials: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927)."""
    if trials == 0:
        return 0.0, 1.0
    z = 1.959964
    share = hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    spread /= 1 + z * z / trials
    return max(0.0, middle - spread), min(1.0, middle + spread)


def load_calibration(folder: Path, fingerprint: str | None = None) -> Calibration | None:
    """The model's calibration; None when there is none or it belongs to other weights.

    Raises:
        ConfigInvalid: the file is there and is not in the documented form.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ConfigInvalid(path, "version", content["version"], VERSION)
        calibration = Calibration(
            content["fingerprint"],
            _parse(content["text_image"]),
            _parse(content["image_image"]),
            {code: _parse(entry) for code, entry in content["languages"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigInvalid(path, "calibration", str(error), f"version {VERSION}") from error
    return calibration if fingerprint in (None, calibration.fingerprint) else None


def _parse(entry: Mapping[str, Any]) -> Distribution:
    matching, random = tuple(map(float, entry["matching"])), tuple(map(float, entry["random"]))
    if len(matching) != QUANTILES or len(random) != QUANTILES:
        raise ValueError(f"{len(matching)} and {len(random)} quantiles, expected {QUANTILES}")
    counts = int(entry.get("n_matching", 0)), int(entry.get("n_random", 0))
    r5 = entry.get("r5")
    return Distribution(matching, random, *counts, r5 if r5 is None else float(r5))


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """Writes `calibration.json` beside the weights, four decimals a quantile."""
    content: dict[str, Any] = {"version": VERSION, **asdict(calibration)}
    for entry in (content["text_image"], content["image_image"], *content["languages"].values()):
        for side in ("matching", "random"):
            entry[side] = [round(value, 4) for value in entry[side]]
        if entry["r5"] is None:
            del entry["r5"]
    path = folder / FILE_NAME
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def distribution(
    left: NDArray[np.float32], right: NDArray[np.float32], belongs: NDArray[np.int64]
) -> Distribution:
    """From unit rows `left` [N, D], `right` [M, D]; `belongs` [N] is each left row's right row."""
    cosines = left @ right.T
    own = cosines[np.arange(len(belongs)), belongs]
    others = np.ones(cosines.shape, bool)
    others[np.arange(len(belongs)), belongs] = False
    places = (cosines > own[:, None]).sum(axis=1)
    steps = np.linspace(0, 1, QUANTILES)
    return Distribution(
        tuple(np.quantile(own, steps).tolist()),
        tuple(np.quantile(cosines[others], steps).tolist()),
        len(own),
        int(others.sum()),
        float((places < 5).mean()),
    )


def another_view(square: NDArray[np.uint8]) -> Image.Image:
    """The middle of a picture [S, S, 3], mirrored: what a near copy of it may look like."""
    size = len(square)
    edge = round(size * (1 - VIEW) / 2)
    return Image.fromarray(square[edge : size - edge, edge : size - edge][:, ::-1])


def make_calibration(
    fingerprint: str,
    image_vectors: NDArray[np.float32],
    views: NDArray[np.float32],
    captions: Mapping[str, tuple[NDArray[np.float32], NDArray[np.int64]]],
) -> Calibration:
    """Calibration of any encoder from captioned pictures.

    image_vectors: unit rows [N, D]; views: another view of each picture (a crop, say) [N, D];
    captions: for each language unit rows [M, D] and the number of each caption's picture [M].
    Raises ValueError when there is no caption or only one picture.
    """
    if len(image_vectors) < 2 or not captions:
        raise ValueError("calibration needs at least two pictures and one caption")
    languages = {
        code: distribution(vectors, image_vectors, belongs)
        for code, (vectors, belongs) in captions.items()
    }
    texts = np.concatenate([vectors for vectors, _ in captions.values()])
    belongs = np.concatenate([numbers for _, numbers in captions.values()])
    pictures = distribution(views, image_vectors, np.arange(len(image_vectors)))
    return Calibration(
        fingerprint, distribution(texts, image_vectors, belongs), pictures, languages
    )
