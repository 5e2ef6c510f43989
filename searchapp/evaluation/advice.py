"""The smallest width that loses no more than a person tolerates, in a sentence with a command."""

from collections.abc import Sequence

from searchapp.evaluation.codecs import FLOAT16_BYTES
from searchapp.evaluation.results import MEAN, Advice, TradeOff, Verdict

METRIC = "hit@5"


def verdicts_at(verdicts: Sequence[Verdict], languages: Sequence[str]) -> list[Verdict]:
    """Text to image verdicts of the mean over languages, or of the one language, by width."""
    subject = MEAN if len(languages) > 1 else languages[0]
    chosen = [
        verdict
        for verdict in verdicts
        if (verdict.language, verdict.direction, verdict.metric)
        == (subject, "text_to_image", METRIC)
    ]
    return sorted(chosen, key=lambda verdict: verdict.dim)


def loss_at_most(verdict: Verdict) -> float:
    """The loss that cannot be excluded: the interval's end, and what the sample could hide."""
    return max(-verdict.ci_low, verdict.hidden if verdict.ci_low >= 0 else 0.0)


def advise(
    verdicts: Sequence[Verdict],
    languages: Sequence[str],
    full_dim: int,
    tolerance: float,
    pictures: int,
    trade_off: TradeOff | None = None,
) -> Advice:
    """Advice for a library of `pictures` pictures."""
    found = verdicts_at(verdicts, languages)
    tolerable = [verdict for verdict in found if -verdict.difference <= tolerance]
    sure = [verdict for verdict in tolerable if loss_at_most(verdict) <= tolerance]
    chosen = next(iter(sure or tolerable), None)
    dim = full_dim if chosen is None else chosen.dim
    loss = 0.0 if chosen is None else -chosen.difference
    at_most = 0.0 if chosen is None else max(loss_at_most(chosen), loss)
    saved_bytes = pictures * FLOAT16_BYTES * (full_dim - dim)
    saved_time = None if trade_off is None else _time_saved(trade_off, dim, full_dim, pictures)
    return Advice(
        dim=dim,
        full_dim=full_dim,
        metric=METRIC,
        tolerance=tolerance,
        loss=loss,
        at_most=at_most,
        assured=chosen is None or bool(sure),
        pictures=pictures,
        bytes_saved=saved_bytes,
        milliseconds_saved=saved_time,
        command=None if dim == full_dim else f"searchapp index --dim {dim}",
        sentence=_sentence(chosen, full_dim, tolerance, len(found)),
    )


def _time_saved(trade_off: TradeOff, dim: int, full_dim: int, pictures: int) -> float | None:
    """Milliseconds a query, scaled from the timed gallery: a scan grows with the pictures."""
    times = {
        setting.dim: setting.milliseconds
        for setting in trade_off.settings
        if setting.family == "prefix"
    }
    narrow, full = times.get(dim), times.get(full_dim)
    if narrow is None or full is None:
        return None
    return max(0.0, full - narrow) * pictures / trade_off.gallery


def _sentence(verdict: Verdict | None, full_dim: int, tolerance: float, narrower: int) -> str:
    if verdict is None and not narrower:
        return f"Only the full width of {full_dim} numbers was measured."
    if verdict is None:
        return (
            f"Keep all {full_dim} numbers: every narrower width lost more than "
            f"{tolerance:.1%} here."
        )
    loss, at_most = -verdict.difference, loss_at_most(verdict)
    measured = f"measured loss {loss:.1%}" if loss > 0 else "no loss measured"
    if at_most <= tolerance:
        return (
            f"{verdict.dim} of {full_dim} numbers are enough: {measured}, at most {at_most:.1%}, "
            f"within the tolerated {tolerance:.1%}."
        )
    return (
        f"{verdict.dim} of {full_dim} numbers look enough ({measured}), but these pictures are too "
        f"few to rule out a loss of up to {at_most:.1%}, more than the tolerated {tolerance:.1%}."
    )
