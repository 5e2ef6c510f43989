"""The figures that matter most, as rows of text for the terminal and for the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from searchapp.evaluation.agreement import METRICS as AGREEMENT_METRICS
from searchapp.evaluation.agreement import AgreementResult
from searchapp.evaluation.codecs import FLOAT16_BYTES
from searchapp.evaluation.language_names import language_name
from searchapp.evaluation.results import MEAN, EvaluationResult, Row, Verdict

TEXT_TO_IMAGE = "text_to_image"
HITS = ("hit@1", "hit@5", "hit@10")


@dataclass(frozen=True)
class WidthLine:
    """One width: hits with intervals, and the paired change of hit@5 against the full width."""

    dim: int
    bytes_per_picture: int
    hits: tuple[Row, ...]
    verdict: Verdict | None


def subject(result: EvaluationResult) -> str:
    """What stands for the whole: the mean over languages, or the only language."""
    languages = list(result.provenance.captions)
    return MEAN if len(languages) > 1 else languages[0]


def width_lines(result: EvaluationResult, direction: str = TEXT_TO_IMAGE) -> list[WidthLine]:
    """All widths in one direction, rising."""
    name = subject(result)
    rows = {
        (row.dim, row.metric): row
        for row in (*result.summary, *result.rows)
        if (row.language, row.direction) == (name, direction)
    }
    verdicts = {
        verdict.dim: verdict
        for verdict in result.verdicts
        if (verdict.language, verdict.direction, verdict.metric) == (name, direction, HITS[1])
    }
    return [
        WidthLine(
            dim,
            FLOAT16_BYTES * dim,
            tuple(rows[dim, metric] for metric in HITS),
            verdicts.get(dim),
        )
        for dim in result.provenance.widths
    ]


def share(row: Row) -> str:
    """A share with its interval in percent."""
    return f"{100 * row.value:.1f} ({100 * row.ci_low:.1f} to {100 * row.ci_high:.1f})"


def change(verdict: Verdict | None) -> str:
    """A difference with its interval in points, and the verdict."""
    if verdict is None:
        return "the full width"
    points = f"{100 * verdict.difference:+.1f}"
    interval = f"({100 * verdict.ci_low:+.1f} to {100 * verdict.ci_high:+.1f})"
    return f"{points} {interval} {verdict.verdict}"


def named(code: str) -> str:
    """A language for people: `Swahili (sw)`."""
    name = language_name(code)
    return code if name == code else f"{name} ({code})"


def losing_languages(result: EvaluationResult, most: int = 5) -> list[str]:
    """Languages that lose by themselves at the advised width, with how many searches of 100."""
    losing = result.advice.losing
    shown = [f"{named(v.language)} {-100 * v.difference:.1f} of 100" for v in losing[:most]]
    return shown + ([f"and {len(losing) - most} more"] if len(losing) > most else [])


def mean_of_recalls_rows(result: EvaluationResult) -> list[tuple[str, ...]]:
    """Header, then a row per language: the mean of R@1, R@5 and R@10 of this model and of peers.

    Languages that peers published come first, in their order; the last row is the mean over the
    languages that all models have, so that it can be compared.
    """
    models: dict[str, Mapping[str, float]] = {
        result.provenance.model: {c: 100 * v for c, v in result.mean_of_recalls.items()},
        **{f"{name} (published)": values for name, values in result.peers.items()},
    }
    ours = result.mean_of_recalls
    published = list(dict.fromkeys(code for values in result.peers.values() for code in values))
    codes = [code for code in published if code in ours]
    codes += sorted(code for code in ours if code not in codes)
    rows: list[tuple[str, ...]] = [("language", *models)]
    for code in codes:
        cells = (f"{values[code]:.1f}" if code in values else "" for values in models.values())
        rows.append((code, *cells))
    shared = [code for code in codes if all(code in values for values in models.values())]
    if shared:
        means = (sum(values[c] for c in shared) / len(shared) for values in models.values())
        rows.append((f"mean of {len(shared)} shared", *(f"{mean:.1f}" for mean in means)))
    return rows


def width_table(result: EvaluationResult) -> list[str]:
    """Lines for the terminal: shares in percent with 95 % intervals."""
    table: list[tuple[str, ...]] = [
        ("width", "bytes", *(f"{name} %" for name in HITS), "hit@5 against the full width")
    ]
    for line in width_lines(result):
        shares = (share(row) for row in line.hits)
        table.append((str(line.dim), str(line.bytes_per_picture), *shares, change(line.verdict)))
    return aligned(table)


def agreement_table(result: AgreementResult) -> list[str]:
    """Lines for the terminal: agreement of every width with the full one."""
    table: list[tuple[str, ...]] = [("width", *AGREEMENT_METRICS)]
    for dim in sorted({row.dim for row in result.rows}):
        values = {row.metric: row for row in result.rows if row.dim == dim}
        cells = (
            f"{values[name].value:.3f} ({values[name].ci_low:.3f} to {values[name].ci_high:.3f})"
            for name in AGREEMENT_METRICS
        )
        table.append((str(dim), *cells))
    return aligned(table)


def aligned(table: list[tuple[str, ...]]) -> list[str]:
    """Columns padded to the same width; the first two to the right."""
    sizes = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    return [
        "  ".join(
            cell.rjust(size) if at < 2 else cell.ljust(size)
            for at, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ).rstrip()
        for row in table
    ]
