"""Teaches jina-clip-v2 the words of your own captions: python -m pd_clip.training.adapt --help.

Only the adapters of the text tower learn (`pd_clip.training.lora`), so vectors of pictures stay
what they were. The result is a folder like the model's own.
"""

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paddle
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import register_heif_opener

from pd_clip.encoder import Encoder, load_encoder
from pd_clip.jina_encoder import JinaEncoder, text_inputs
from pd_clip.tokenizer import TextTokenizer
from pd_clip.training.lora import AdaptedTower, caption_loss, write_adapted
from pd_clip.word_table import WordTable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pairs:
    """Captions with the number of each one's picture, and unit vectors of the pictures [N, D]."""

    captions: list[str]
    pictures: NDArray[np.int64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class AdaptSettings:
    """`steps` of `batch` captions; `rate` falls to nothing over them; `scale` of the logits."""

    steps: int = 200
    batch: int = 32
    rate: float = 1e-4
    scale: float = 30.0
    seed: int = 0


def read_pairs(captions: Path, encoder: Encoder) -> Pairs:
    """Captions and picture vectors of a JSON Lines file: {"image": path, "captions": {lang: [..]}}.

    Paths are relative to the file. Raises OSError for a picture that cannot be read.
    """
    register_heif_opener()
    texts: list[str] = []
    pictures: list[int] = []
    vectors = []
    for line in captions.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        entry = json.loads(line)
        with Image.open(captions.parent / entry["image"]) as image:
            vectors.append(encoder.encode_images(encoder.preprocess(image)[None])[0])
        spoken = [text for found in entry["captions"].values() for text in found]
        texts += spoken
        pictures += [len(vectors) - 1] * len(spoken)
    return Pairs(texts, np.array(pictures), np.stack(vectors))


def adapt(
    encoder: JinaEncoder, pairs: Pairs, settings: AdaptSettings
) -> tuple[AdaptedTower, list[float]]:
    """Trains the adapters; the tower with them, and the loss of every step."""
    adapted = AdaptedTower(encoder.checkpoint)
    text = encoder.config.text
    tokenizer = TextTokenizer(encoder.folder, pad_id=text.pad_token_id)
    rows, words = tokenizer(pairs.captions), WordTable(encoder.checkpoint)
    rate = paddle.optimizer.lr.PolynomialDecay(settings.rate, settings.steps, end_lr=0.0)
    optimizer = paddle.optimizer.AdamW(
        rate, parameters=adapted.factors(), weight_decay=0.0,
        grad_clip=paddle.nn.ClipGradByGlobalNorm(1.0),
    )  # fmt: skip
    chance = np.random.default_rng(settings.seed)
    widths = tuple(width for width in encoder.matryoshka if width <= encoder.dimensions)
    losses = []
    for step in range(settings.steps):
        chosen = chance.permutation(len(rows))[: settings.batch]
        longest = max(len(rows[place]) for place in chosen)
        ids = tokenizer.pad([rows[place] for place in chosen], longest)
        inputs = text_inputs(ids, words, encoder.config)
        features = adapted.tower(*(paddle.to_tensor(part) for part in inputs))
        shown, places = np.unique(pairs.pictures[chosen], return_inverse=True)
        images = paddle.to_tensor(pairs.vectors[shown])
        loss = caption_loss(features, images, places, settings.scale, widths)
        adapted.backward(loss)
        optimizer.step()
        optimizer.clear_grad()
        rate.step()
        adapted.merge()
        losses.append(float(loss))
        if step % 10 == 0:
            logger.info("step %d of %d: loss %.4f", step, settings.steps, losses[-1])
    return adapted, losses


def main(argv: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m pd_clip.training.adapt", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--model", default="jina-clip-v2", help="name or folder")
    parser.add_argument("--captions", type=Path, required=True, help="JSON Lines beside pictures")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--steps", type=int, default=AdaptSettings.steps)
    parser.add_argument("--batch", type=int, default=AdaptSettings.batch)
    parser.add_argument("--rate", type=float, default=AdaptSettings.rate)
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.out.exists():
        parser.error(f"{options.out} is there already")
    encoder = load_encoder(options.model)
    if not isinstance(encoder, JinaEncoder):
        found = str(options.model)
        parser.error(f"{found} is no jina-clip checkpoint: only its text tower has adapters")
    pairs = read_pairs(options.captions, encoder)
    settings = AdaptSettings(options.steps, options.batch, options.rate)
    adapted, losses = adapt(encoder, pairs, settings)
    write_adapted(encoder.folder, options.out, adapted)
    logger.info("loss %.4f -> %.4f, written to %s", losses[0], losses[-1], options.out)


if __name__ == "__main__":
    main()
