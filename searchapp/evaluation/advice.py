"""The smallest width that loses no more than a person tolerates, in a sentence with a command."""

from collections.abc import Sequence

from searchapp.evaluation.codecs import FLOAT16_BYTES
from searchapp.evaluation.results import MEAN, SCRIPT, Advice, TradeOff, Verdict

METRIC = "hit@5"
CUT = 5


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
        losing=losing_languages(verdicts, dim) if len(languages) > 1 else (),
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
    """In searches of a hundred: percent of a percentage would be read either way."""
    tolerated = f"{100 * tolerance:g}"
    if verdict is None and not narrower:
        return f"Only the full width of {full_dim} numbers was measured."
    if verdict is None:
        return (
            f"Keep all {full_dim} numbers: at every narrower width more than {tolerated} of 100 "
            f"searches fewer find their picture among the first {CUT}."
        )
    loss, at_most = -verdict.difference, loss_at_most(verdict)
    measured = f"{100 * loss:.1f} of 100 searches fewer find" if loss > 0 else "no fewer find"
    found = f"{measured} their picture among the first {CUT}"
    if at_most <= tolerance:
        return (
            f"{verdict.dim} of {full_dim} numbers are enough: {found} "
            f"(at most {100 * at_most:.1f}; tolerated {tolerated})."
        )
    return (
        f"{verdict.dim} of {full_dim} numbers look enough: {found}. But these pictures are too "
        f"few to rule out {100 * at_most:.1f} of 100, more than the tolerated {tolerated}."
    )


def losing_languages(verdicts: Sequence[Verdict], dim: int) -> tuple[Verdict, ...]:
    """Languages that measurably lose at a width by themselves, the greatest loss first."""
    losing = [
        verdict
        for verdict in verdicts
        if (verdict.direction, verdict.dim, verdict.metric, verdict.verdict)
        == ("text_to_image", dim, METRIC, "loses")
        and verdict.language != MEAN
        and not verdict.language.startswith(SCRIPT)
    ]
    return tuple(sorted(losing, key=lambda verdict: (verdict.difference, verdict.language)))
