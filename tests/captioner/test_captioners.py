"""Both captioners through the one protocol, on the tiny checkpoints with a real tokenizer."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioner import registry
from captioner.errors import PromptTooLong, TokenizerMissing
from captioner.minicpm_v.config import MiniCPMVConfig, SlicingConfig
from captioner.minicpm_v.model import BEAMS, SAMPLING
from captioner.minicpm_v.reader import ConversationReader
from captioner.minicpm_v.slicing import choose_grid as choose_slices
from captioner.model import ModelCaptioner, pad_left
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.reader import conversation_text
from captioner.mono_internvl.tiles import choose_grid, cut_tiles
from captioner.options import GenerationOptions
from captioner.protocol import Message, Video
from captioner.text_stream import decode_pieces
from tests.captioner.conftest import DATA

SHORT = GenerationOptions(max_new_tokens=6)
PROMPT = "What is this?"
PADDLENLP = pytest.mark.caption


@pytest.fixture(
    scope="module",
    params=["mono_internvl_tiny", pytest.param("minicpm_v_tiny", marks=PADDLENLP)],
)
def captioner(
    request: pytest.FixtureRequest, mono_folder: Path, minicpm_folder: Path
) -> ModelCaptioner:
    if request.param == "minicpm_v_tiny":
        pytest.importorskip(
            "paddlenlp.transformers", reason="needs PaddleNLP: make test-caption",
            exc_type=ImportError,
        )  # fmt: skip
        return registry.load(minicpm_folder)
    return registry.load(mono_folder)


def user(*parts: str | Image.Image | Video) -> Message:
    return Message("user", parts)


def test_a_batch_says_what_each_picture_alone_does(
    captioner: ModelCaptioner, pictures: Sequence[Image.Image]
) -> None:
    for options in (SHORT, replace(SHORT, sampling=True, seed=3), replace(SHORT, num_beams=3)):
        together = captioner.caption(pictures, PROMPT, options)
        alone = [captioner.caption([picture], PROMPT, options)[0] for picture in pictures]
        assert together == alone


def test_streamed_pieces_make_the_answer(
    captioner: ModelCaptioner, pictures: Sequence[Image.Image]
) -> None:
    turn = [user(pictures[0], PROMPT)]
    assert "".join(captioner.stream(turn, SHORT)).strip() == captioner.chat(turn, SHORT)


def test_every_picture_and_turn_is_taken_in(
    captioner: ModelCaptioner, pictures: Sequence[Image.Image]
) -> None:
    first, second = pictures[:2]
    conversations = [
        [user(first, PROMPT)],
        [user(first, second, PROMPT)],
        [user(first, first, PROMPT)],
        [user(first, PROMPT), Message("assistant", ("Noise.",)), user("Sure?")],
    ]
    scores = [
        captioner._decoder.prefill(pad_left([captioner._reader.read(turns)]))[0][0]
        for turns in conversations
    ]
    for number, one in enumerate(scores):
        for another in scores[:number]:
            assert np.abs(one - another).max() > 1e-3
    for turns in conversations:
        assert captioner.chat(turns, SHORT) == captioner.chat(turns, SHORT)


def test_words_alone_are_answered_too(captioner: ModelCaptioner) -> None:
    assert captioner.chat([user("Hello!")], SHORT) == captioner.chat([user("Hello!")], SHORT)


def test_a_folder_without_a_tokenizer_says_so() -> None:
    with pytest.raises(TokenizerMissing):
        registry.load(DATA / "mono_internvl_tiny")


def test_a_conversation_that_is_too_long_is_refused(
    mono_folder: Path, pictures: Sequence[Image.Image]
) -> None:
    with pytest.raises(PromptTooLong) as caught:
        registry.load(mono_folder).chat([user(pictures[0], "x" * 600)], SHORT)
    assert caught.value.limit == 512


def test_published_ways_of_choosing_tokens() -> None:
    assert (SAMPLING.top_p, SAMPLING.top_k, SAMPLING.temperature) == (0.8, 100, 0.7)
    assert (SAMPLING.repetition_penalty, SAMPLING.sampling) == (1.05, True)
    assert (BEAMS.num_beams, BEAMS.repetition_penalty, BEAMS.sampling) == (3, 1.2, False)


def test_characters_of_several_tokens_come_whole() -> None:
    class Bytes:
        """One token per byte of UTF-8."""

        def encode(self, text: str) -> list[int]:
            return list(text.encode())

        def decode(self, token_ids: Sequence[int]) -> str:
            return bytes(token_ids).decode(errors="replace")

        def id_of(self, token: str) -> int:
            return ord(token)

    pieces = list(decode_pieces(Bytes(), list("日a".encode())))
    assert pieces == ["日", "a"]
    assert list(decode_pieces(Bytes(), "日".encode()[:2])) == ["\N{REPLACEMENT CHARACTER}"]


MINICPM = MiniCPMVConfig.read(DATA / "minicpm_v_tiny")
MONO = MonoInternVLConfig.read(DATA / "mono_internvl_tiny")


def minicpm_text(messages: Sequence[Message], grids: Sequence[tuple[int, int] | None]) -> str:
    reader = ConversationReader.__new__(ConversationReader)
    reader._config = replace(MINICPM, query_num=2)
    return reader.conversation_text(messages, grids)


def test_the_prompt_of_minicpm_v(pictures: Sequence[Image.Image]) -> None:
    messages = [
        user(pictures[0], "One?"),
        Message("assistant", ("Yes.",)),
        user(pictures[1], "Two?"),
    ]
    assert minicpm_text(messages, [None, (2, 1)]) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n<image_id>0</image_id><image><unk><unk></image>\nOne?<|im_end|>\n"
        "<|im_start|>assistant\nYes.<|im_end|>\n"
        "<|im_start|>user\n<image_id>1</image_id><image><unk><unk></image>"
        "<slice><unk><unk></slice><slice><unk><unk></slice>\nTwo?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_frames_of_a_video_have_no_number_in_minicpm_v(pictures: Sequence[Image.Image]) -> None:
    turn = user(Video(tuple(pictures[:2])), pictures[2], "What happens?")
    assert "user\n<image><unk><unk></image>\n<image><unk><unk></image>\n" in minicpm_text(
        [turn], [None, None, None]
    )
    assert "</image>\n<image_id>2</image_id><image>" in minicpm_text([turn], [None, None, None])


def test_frames_of_a_video_are_counted_in_mono_internvl(pictures: Sequence[Image.Image]) -> None:
    text = conversation_text([user(Video(tuple(pictures[:2])), "What happens?")], [1, 1])
    assert text.endswith(
        "user\nFrame1: <img><IMG_CONTEXT></img>\nFrame2: <img><IMG_CONTEXT></img>\n"
        "What happens?<|im_end|><|im_start|>assistant\n"
    )


def test_frames_are_read_in_less_detail(captioner: ModelCaptioner) -> None:
    large = Image.new("RGB", (2000, 1500))
    lengths = [
        len(captioner._reader.read([user(part, PROMPT)])[1]) for part in (large, Video((large,)))
    ]
    assert lengths[1] < lengths[0]
    video = Video((large,) * 4)
    assert captioner.chat([user(video, PROMPT)], SHORT) == captioner.chat(
        [user(video, PROMPT)], SHORT
    )


def test_a_system_turn_replaces_the_models_own(pictures: Sequence[Image.Image]) -> None:
    turns = [Message("system", ("Be brief.",)), user("Hello!")]
    for text in (minicpm_text(turns, []), conversation_text(turns, [])):
        assert text.startswith("<|im_start|>system\nBe brief.<|im_end|>")
        assert text.count("system") == 1


def test_rows_of_slices_are_lines(pictures: Sequence[Image.Image]) -> None:
    text = minicpm_text([user(pictures[0])], [(1, 2)])
    assert "</image><slice><unk><unk></slice>\n<slice><unk><unk></slice><|im_end|>" in text


def test_mono_internvl_reads_a_start_token_first(mono_folder: Path) -> None:
    """Training and `chat` of the original tokenise with `add_bos_token`."""
    captioner = registry.load(mono_folder)
    embeddings, visual = captioner._reader.read([user("Hello!")])
    start = captioner._decoder.embed(np.array([1]))  # type: ignore[attr-defined]
    np.testing.assert_array_equal(embeddings[0].numpy(), start[0].numpy())
    assert not visual.any()


def test_the_prompt_of_mono_internvl(pictures: Sequence[Image.Image]) -> None:
    text = conversation_text([user(pictures[0], "One?")], [3])
    assert text.endswith(
        "<|im_end|><|im_start|>user\n"
        "<img><IMG_CONTEXT><IMG_CONTEXT><IMG_CONTEXT></img>\nOne?<|im_end|>"
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((448, 448), None),
        ((100, 90), None),
        ((900, 700), (2, 2)),
        ((2000, 500), (4, 1)),
        ((500, 2000), (1, 4)),
        ((4000, 4000), (3, 3)),
        ((10000, 100), (6, 1)),
    ],
)
def test_slices_follow_the_shape(size: tuple[int, int], grid: tuple[int, int] | None) -> None:
    assert choose_slices(size, SlicingConfig(9, 448, 14)) == grid


@pytest.mark.parametrize(
    ("size", "grid"),
    [((448, 448), (1, 1)), ((1792, 448), (4, 1)), ((896, 1344), (2, 3)), ((3000, 3000), (3, 3))],
)
def test_tiles_follow_the_shape(size: tuple[int, int], grid: tuple[int, int]) -> None:
    full = replace(MONO, image_size=448, max_dynamic_patch=12)
    assert choose_grid(*size, full) == grid


def test_several_tiles_are_followed_by_the_whole_picture() -> None:
    picture = Image.new("RGB", (112, 56), (255, 0, 0))
    picture.paste((0, 0, 255), (56, 0, 112, 56))
    tiles = cut_tiles(picture, MONO)
    assert tiles.shape == (3, 3, 56, 56)
    assert np.ptp(tiles[0, 0, 20:30, 20:30]) == 0
    assert tiles[0, 0, 28, 28] > tiles[1, 0, 28, 28]
    assert np.ptp(tiles[2, 0]) > 1
