"""MiniCPM-V 2.6, put together from a checkpoint folder."""

from dataclasses import replace
from pathlib import Path

from captioner.minicpm_v.config import MiniCPMVConfig
from captioner.minicpm_v.conversion import MINICPM_V
from captioner.minicpm_v.language_model import LanguageModel
from captioner.minicpm_v.reader import END, ConversationReader, Slices
from captioner.model import ModelCaptioner
from captioner.options import GenerationOptions
from captioner.tokenizer import FolderTokenizer, Tokenizer
from captioner.weights import Dtype, Precision, Weights

# `chat` of the published modeling_minicpmv.py.
SAMPLING = GenerationOptions(
    max_new_tokens=2048,
    sampling=True,
    top_p=0.8,
    top_k=100,
    temperature=0.7,
    repetition_penalty=1.05,
)
BEAMS = GenerationOptions(max_new_tokens=2048, num_beams=3, repetition_penalty=1.2)
# A description of a picture is a few sentences; the published limit is for conversations.
CAPTIONING = replace(BEAMS, max_new_tokens=256)


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
        CaptionerDependency: PaddleNLP is missing.
    """
    tokenizer = tokenizer or FolderTokenizer(folder)
    config = MiniCPMVConfig.read(folder)
    weights = Weights(folder, MINICPM_V, dtype=dtype, precision=precision)
    language_model = LanguageModel(config.language, weights)
    slices = Slices(config, weights)
    reader = ConversationReader(config, slices, language_model.embed, tokenizer)
    stop_ids = [tokenizer.id_of(END), tokenizer.id_of("<|endoftext|>")]
    return ModelCaptioner("minicpm-v-2.6", reader, language_model, tokenizer, CAPTIONING, stop_ids)
