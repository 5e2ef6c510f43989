"""Mono-InternVL, put together from a checkpoint folder."""

from pathlib import Path

from captioner.model import ModelCaptioner
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.conversion import MONO_INTERNVL
from captioner.mono_internvl.language_model import LanguageModel
from captioner.mono_internvl.patch_embedding import PatchEmbedding
from captioner.mono_internvl.reader import END, ConversationReader
from captioner.options import GenerationOptions
from captioner.tokenizer import FolderTokenizer, Tokenizer
from captioner.weights import Dtype, Precision, Weights

# The model card's example: greedy, at most 1024 new tokens.
OPTIONS = GenerationOptions(max_new_tokens=1024)


def load(
    folder: Path,
    *,
    dtype: Dtype = "float32",
    precision: Precision = "full",
    tokenizer: Tokenizer | None = None,
) -> ModelCaptioner:
    """Loads a folder, as published or as converted.

    Raises:
        ConversionError: the weights are not those of this model.
        TokenizerMissing: no tokenizer is given and the folder has none.
    """
    tokenizer = tokenizer or FolderTokenizer(folder)
    config = MonoInternVLConfig.read(folder)
    weights = Weights(folder, MONO_INTERNVL, dtype=dtype, precision=precision)
    language_model = LanguageModel(config.language, weights)
    reader = ConversationReader(config, PatchEmbedding(config, weights), language_model, tokenizer)
    stop_ids = [config.language.eos_token_id, tokenizer.id_of(END)]
    return ModelCaptioner("mono-internvl-2b", reader, language_model, tokenizer, OPTIONS, stop_ids)
