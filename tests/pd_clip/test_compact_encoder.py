"""The bundled model as its users meet it."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pd_clip.encoder import load_encoder, truncate
from pd_clip.registry import BUNDLED_FOLDER

SAMPLES = Path(__file__).parents[2] / "sample_images"


@pytest.fixture(scope="module")
def encoder():  # type: ignore[no-untyped-def]
    return load_encoder("bundled", runtime="dynamic")


def picture(encoder, path: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    with Image.open(SAMPLES / path) as image:
        return encoder.encode_images(encoder.preprocess(image)[None])[0]


def test_vectors_are_of_length_one(encoder) -> None:  # type: ignore[no-untyped-def]
    texts = encoder.encode_texts(["a cat", "猫", ""])
    images = encoder.encode_images(np.zeros((2, 260, 260, 3), np.uint8))
    assert texts.shape == (3, encoder.dimensions) and images.shape == (2, encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-5)


def test_nothing_in_nothing_out(encoder) -> None:  # type: ignore[no-untyped-def]
    assert encoder.encode_texts([]).shape == (0, encoder.dimensions)
    empty = np.zeros((0, 260, 260, 3), np.uint8)
    assert encoder.encode_images(empty).shape == (0, encoder.dimensions)


@pytest.mark.parametrize(
    ("language", "queries"),
    [
        ("en", ["a bee", "a butterfly"]),
        ("de", ["eine Biene", "ein Schmetterling"]),
        ("fr", ["une abeille", "un papillon"]),
        ("ru", ["пчела", "бабочка"]),
        ("zh", ["蜜蜂", "蝴蝶"]),
        ("ja", ["蜂", "蝶"]),
        ("hi", ["मधुमक्खी", "तितली"]),
        ("ar", ["نحلة", "فراشة"]),
    ],
)
def test_photographs_are_told_apart_in_many_languages(  # type: ignore[no-untyped-def]
    encoder, language: str, queries: list[str]
) -> None:
    images = np.stack([picture(encoder, f"animals/{n}.jpg") for n in ("bee", "butterfly")])
    assert (encoder.encode_texts(queries) @ images.T).argmax(axis=1).tolist() == [0, 1]


def test_a_query_does_not_depend_on_its_neighbours(encoder) -> None:  # type: ignore[no-untyped-def]
    alone = encoder.encode_texts(["a bee"])
    among = encoder.encode_texts(["a very long caption about a great many things", "a bee"])
    np.testing.assert_allclose(alone[0], among[1], atol=1e-5)


def test_no_alphabet_is_unknown() -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(BUNDLED_FOLDER / "tokenizer.json"))
    words = (
        "cat katze кошка 猫 고양이 قطة बिल्ली γάτα חתול แมว ድመት pisică kočka 貓 کتاب বিড়াল পশু "
        "పిల్లి பூனை ബിഡാ කොටුව ကြောင် ឆ្មា ແມວ კატა կատու мышық પશુ ਬਿੱਲੀ ବିଲେଇ مۈشۈك ਪੰਛੀ hûn"
    )
    unknown = [w for w in words.split() if 3 in tokenizer.encode(w).ids]
    assert unknown == []


def test_transparency_becomes_white(encoder) -> None:  # type: ignore[no-untyped-def]
    hidden_red = Image.new("RGBA", (300, 260), (255, 0, 0, 0))
    assert (encoder.preprocess(hidden_red) == 255).all()


def test_preprocessing_travels_to_workers_without_weights(encoder) -> None:  # type: ignore[no-untyped-def]
    image = Image.linear_gradient("L")
    copy = pickle.loads(pickle.dumps(encoder.preprocessing))
    np.testing.assert_array_equal(copy(image), encoder.preprocess(image))


def test_opening_and_preprocessing_load_no_paddle() -> None:
    code = (
        "import sys; from PIL import Image; from pd_clip.encoder import load_encoder;"
        "e = load_encoder('bundled'); e.preprocess(Image.new('RGB', (9, 9))); e.fingerprint;"
        "assert not {'paddle', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_text_beyond_the_limit_is_cut_not_refused(encoder) -> None:  # type: ignore[no-untyped-def]
    long = "cat " * 1000
    assert encoder.token_counts([long])[0] > encoder.max_text_tokens
    assert np.isfinite(encoder.encode_texts([long])).all()


def test_every_promised_width_still_finds_the_bee(encoder) -> None:  # type: ignore[no-untyped-def]
    images = np.stack([picture(encoder, f"animals/{n}.jpg") for n in ("bee", "butterfly")])
    query = encoder.encode_texts(["a bee"])
    for width in encoder.matryoshka:
        scores = truncate(query, width) @ truncate(images, width).T
        assert scores.argmax() == 0, width


def test_the_whole_model_is_small() -> None:
    total = sum(path.stat().st_size for path in BUNDLED_FOLDER.iterdir())
    assert total <= 60_000_000
