"""MiniCPM-V 2.6 against recorded outputs of an independent PyTorch implementation.

Everything up to the vectors that enter Qwen2 runs in the program's own environment; the rest
needs PaddleNLP and is marked `caption`.
"""

import json
from pathlib import Path

import numpy as np
import paddle
import pytest
from PIL import Image

from captioner.conversion import conversion_maps
from captioner.decoder import Prompt
from captioner.generation import generate
from captioner.minicpm_v.config import MiniCPMVConfig
from captioner.minicpm_v.conversion import MINICPM_V
from captioner.minicpm_v.positions import bucket_of
from captioner.minicpm_v.reader import ConversationReader, Slices, embed
from captioner.minicpm_v.slicing import cut_slices, to_patches
from captioner.model import pad_left
from captioner.options import GenerationOptions
from captioner.tokenizer import FolderTokenizer
from captioner.weights import Weights
from pd_clip.conversion import convert
from tests.captioner.conftest import MINICPM_TOKENS, write_tokenizer

DATA = Path(__file__).parent / "data"
FOLDER = DATA / "minicpm_v_tiny"
TOLERANCE = 1e-4
SLOT = 799
# Written by transformers' own beam search; the file says how.
BEAMS = json.loads((DATA / "minicpm_v_beams.json").read_text())["cases"]
Expected = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def expected() -> Expected:
    with np.load(FOLDER / "expected.npz") as recorded:
        return dict(recorded)


@pytest.fixture(scope="module")
def config() -> MiniCPMVConfig:
    return MiniCPMVConfig.read(FOLDER)


@pytest.fixture(scope="module", params=["as published", "as converted"])
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    folder = FOLDER
    if request.param == "as converted":
        folder = tmp_path_factory.mktemp("minicpm") / "paddle"
        convert(FOLDER, folder, maps=conversion_maps())
    return Weights(folder, MINICPM_V)


@pytest.fixture(scope="module")
def reader(
    weights: Weights, config: MiniCPMVConfig, tmp_path_factory: pytest.TempPathFactory
) -> ConversationReader:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder, MINICPM_TOKENS, config.language.vocab_size)
    table = weights.embedding_table("llm.model.embed_tokens")
    return ConversationReader(config, Slices(config, weights), table, FolderTokenizer(folder))


@pytest.mark.parametrize("count", range(1, 129))
def test_position_buckets(count: int) -> None:
    with np.load(DATA / "minicpm_v_position_table.npz") as table:
        np.testing.assert_array_equal(bucket_of(count), table[f"nb{count}"])


@pytest.mark.parametrize("number", range(3))
def test_slices_and_their_pixels(number: int, expected: Expected, config: MiniCPMVConfig) -> None:
    slices, _ = cut_slices(Image.fromarray(expected[f"image_rgb_{number}"]), config.slicing)
    sizes = [[each.height // 14, each.width // 14] for each in slices]
    assert sizes == expected[f"tgt_sizes_{number}"].tolist()
    for place, each in enumerate(slices[:2]):
        strip = to_patches(each, 14).transpose(1, 2, 0, 3).reshape(3, 14, -1)
        recorded = expected[f"pixels_{number}_{place}"]
        np.testing.assert_array_equal(strip.astype(np.float16), recorded)


@pytest.mark.parametrize("number", range(3))
def test_where_image_tokens_stand(
    number: int, expected: Expected, reader: ConversationReader
) -> None:
    visual = reader._slots(expected["input_ids"][number])
    bounds = np.flatnonzero(np.diff(np.pad(visual, 1).astype(int))).reshape(-1, 2)
    assert bounds.tolist() == expected[f"image_bound_{number}"].tolist()


@pytest.mark.parametrize("number", range(3))
def test_image_tokens(number: int, expected: Expected, reader: ConversationReader) -> None:
    picture = Image.fromarray(expected[f"image_rgb_{number}"])
    tokens = reader._encode_slices(cut_slices(picture, reader._config.slicing)[0])
    np.testing.assert_allclose(tokens.numpy(), expected[f"resampled_{number}"], atol=TOLERANCE)


def test_slices_of_different_shapes_do_not_disturb_each_other(
    expected: Expected, reader: ConversationReader
) -> None:
    slices = [
        cut_slices(Image.fromarray(expected[f"image_rgb_{number}"]), reader._config.slicing)[0][0]
        for number in range(3)
    ]
    together = reader._encode_slices(slices).numpy()
    for number, each in enumerate(slices):
        alone = reader._encode_slices([each]).numpy()[0]
        np.testing.assert_allclose(together[number], alone, atol=1e-5)


def recorded_prompt(reader: ConversationReader, expected: Expected) -> Prompt:
    """The recorded token numbers and pictures, through this port."""
    rows = []
    for number, mask in enumerate(expected["attention_mask"]):
        token_ids = expected["input_ids"][number][mask]
        picture = Image.fromarray(expected[f"image_rgb_{number}"])
        tokens = reader._encode_slices(cut_slices(picture, reader._config.slicing)[0])
        visual = token_ids == SLOT
        rows.append((embed(token_ids, visual, tokens, reader._embedding_table), visual))
    return pad_left(rows)


def test_vectors_that_enter_the_language_model(
    reader: ConversationReader, expected: Expected
) -> None:
    prompt = recorded_prompt(reader, expected)
    np.testing.assert_array_equal(prompt.token_mask, expected["attention_mask"])
    mask = expected["attention_mask"]
    np.testing.assert_allclose(
        prompt.embeddings.numpy()[mask], expected["inputs_embeds"][mask], atol=TOLERANCE
    )


@pytest.mark.caption
class TestLanguageModel:
    """Qwen2 by PaddleNLP on the recorded prompts."""

    @pytest.fixture(scope="class")
    def language_model(self, weights: Weights, config: MiniCPMVConfig) -> object:
        pytest.importorskip(
            "paddlenlp.transformers", reason="needs PaddleNLP: make test-caption",
            exc_type=ImportError,
        )  # fmt: skip
        from captioner.minicpm_v.language_model import LanguageModel

        return LanguageModel(config.language, weights)

    @pytest.fixture(scope="class")
    def prompt(self, reader: ConversationReader, expected: Expected) -> Prompt:
        return recorded_prompt(reader, expected)

    def test_logits(self, language_model: object, prompt: Prompt, expected: Expected) -> None:
        logits, _ = language_model.prefill(prompt)  # type: ignore[attr-defined]
        np.testing.assert_allclose(logits, expected["logits_last"], atol=TOLERANCE)

    def test_greedy_continuation_token_by_token(
        self, language_model: object, prompt: Prompt, expected: Expected
    ) -> None:
        found = generate(language_model, prompt, GenerationOptions(max_new_tokens=8), [])  # type: ignore[arg-type]
        assert found == expected["greedy"].tolist()

    @pytest.mark.parametrize("case", range(len(BEAMS)))
    def test_beams_are_those_of_transformers(
        self, language_model: object, prompt: Prompt, case: int
    ) -> None:
        recorded = dict(BEAMS[case])
        expected, stops = recorded.pop("tokens"), recorded.pop("stop_ids")
        stop_ids = range(stops[0], 800, stops[1]) if stops else []
        found = generate(language_model, prompt, GenerationOptions(**recorded), stop_ids)  # type: ignore[arg-type]
        assert found == expected

    @pytest.mark.parametrize("row", range(3))
    def test_a_row_alone_is_what_it_is_in_the_padded_batch(
        self, language_model: object, prompt: Prompt, expected: Expected, row: int
    ) -> None:
        start = int(prompt.token_mask[row].argmax())
        alone = Prompt(
            prompt.embeddings[row : row + 1, start:],
            prompt.token_mask[row : row + 1, start:],
            prompt.visual_mask[row : row + 1, start:],
        )
        logits, _ = language_model.prefill(alone)  # type: ignore[attr-defined]
        np.testing.assert_allclose(logits[0], expected["logits_last"][row], atol=TOLERANCE)

    def test_an_exclamation_mark_is_read(
        self, language_model: object, reader: ConversationReader
    ) -> None:
        """Token 0 is "!": the original's mask `ids != 0` hides it; a mask by lengths does not."""
        token_ids = np.array([12, 0, 34, 56])
        plain = np.zeros(4, bool)
        read = pad_left([(embed(token_ids, plain, None, reader._embedding_table), plain)])
        hidden = Prompt(read.embeddings, token_ids[None] != 0, read.visual_mask)
        assert read.token_mask.all()
        with_mark, _ = language_model.prefill(read)  # type: ignore[attr-defined]
        without, _ = language_model.prefill(hidden)  # type: ignore[attr-defined]
        assert np.abs(with_mark - without).max() > 0.01

    def test_memory_gives_what_reading_everything_again_gives(
        self, language_model: object, reader: ConversationReader
    ) -> None:
        token_ids, plain = np.array([12, 0, 34, 56]), np.zeros(4, bool)
        whole = pad_left([(embed(token_ids, plain, None, reader._embedding_table), plain)])
        start = pad_left(
            [(embed(token_ids[:3], plain[:3], None, reader._embedding_table), plain[:3])]
        )
        _, memory = language_model.prefill(start)  # type: ignore[attr-defined]
        stepped, _ = language_model.step(token_ids[3:], memory)  # type: ignore[attr-defined]
        again, _ = language_model.prefill(whole)  # type: ignore[attr-defined]
        np.testing.assert_allclose(stepped, again, atol=1e-5)


@pytest.mark.caption
def test_the_converted_folder_loads_by_paddlenlps_own_from_pretrained(
    tmp_path: Path, expected: Expected
) -> None:
    transformers = pytest.importorskip(
        "paddlenlp.transformers", reason="needs PaddleNLP: make test-caption", exc_type=ImportError
    )
    folder = tmp_path / "paddle"
    convert(FOLDER, folder, maps=conversion_maps())

    class Holder(transformers.Qwen2PretrainedModel):
        """The language model at the place where the published checkpoint keeps it."""

        base_model_prefix = "llm"

        def __init__(self, config: object) -> None:
            super().__init__(config)
            self.llm = transformers.Qwen2ForCausalLM(config)

        def forward(self, **inputs: object) -> object:
            return self.llm(**inputs)

    settings = transformers.Qwen2Config.from_pretrained(str(folder))
    model = Holder.from_pretrained(str(folder), config=settings, dtype="float32")
    model.eval()
    mask = expected["attention_mask"]
    with paddle.no_grad():
        logits = model(
            inputs_embeds=paddle.to_tensor(expected["inputs_embeds"]),
            attention_mask=paddle.to_tensor(mask),
            position_ids=paddle.to_tensor(np.maximum(mask.cumsum(1) - 1, 0)),
        )
    logits = logits[0] if isinstance(logits, tuple) else logits
    np.testing.assert_allclose(logits.numpy()[:, -1], expected["logits_last"], atol=TOLERANCE)
