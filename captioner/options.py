"""How text is chosen from a model's scores."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GenerationOptions:
    """One way of choosing tokens; the same options and seed give the same text.

    Attributes:
        max_new_tokens: where to stop at the latest.
        sampling: draw at random; otherwise take the best, by `num_beams`.
        temperature, top_k, top_p: for sampling; `top_k` 0 and `top_p` 1 keep every token.
        repetition_penalty: scores of tokens that were generated before are made worse by this.
        num_beams: continuations kept side by side; 1 is greedy.
        seed: of the random draws.
    """

    max_new_tokens: int = 256
    sampling: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    num_beams: int = 1
    seed: int = 0


GREEDY = GenerationOptions()
