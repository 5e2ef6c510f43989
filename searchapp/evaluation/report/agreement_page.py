"""The report on a library without captions: how far narrower widths agree with the full one."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from searchapp.evaluation.agreement import METRICS, AgreementResult
from searchapp.evaluation.environment import environment
from searchapp.evaluation.report.page import CAPTIONS, document, facts_table, index_table, table
from searchapp.evaluation.report.plots import (
    LIGHT,
    canvas,
    index_recall,
    inline_svg,
    legend,
    log_widths,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("one", "two", "three", "four")
MARKERS = "os^D"
CAPTION = "Agreement of each width with the full one; bars are 95 % intervals over queries."
MEANING = (
    "Agreement says how much answers change, not whether they get worse: only captions can tell "
    "that (searchapp eval captions.jsonl). Overlap@10 and rank-biased overlap look at the first "
    "answers; the two rank correlations look at the whole order, which is mostly pictures that "
    "nobody would call an answer, and are high even where the first answers differ."
)


def agreement_plots(result: AgreementResult) -> dict[str, "Figure"]:
    """All plots that the result has figures for, by file name."""
    figures = {"agreement": agreement_plot(result)}
    if result.index_recall:
        figures["index_recall"] = index_recall(result.index_recall)
    return figures


def agreement_plot(result: AgreementResult) -> "Figure":
    """All measures of agreement against width."""
    figure, axes = canvas(7.2, 4.0)
    for metric, colour, marker in zip(METRICS, COLOURS, MARKERS, strict=True):
        rows = [row for row in result.rows if row.metric == metric]
        axes.errorbar(
            [row.dim for row in rows],
            [row.value for row in rows],
            yerr=[
                [max(0.0, row.value - row.ci_low) for row in rows],
                [max(0.0, row.ci_high - row.value) for row in rows],
            ],
            color=LIGHT[colour], marker=marker, linewidth=1.6, capsize=3, label=metric,
        )  # fmt: skip
    log_widths(axes, tuple(sorted({row.dim for row in result.rows})))
    axes.set_xlabel("numbers kept of each vector")
    axes.set_ylim(bottom=min(0.0, *(row.ci_low for row in result.rows)))
    axes.set_ylabel(f"agreement with all {result.full_dim}")
    legend(axes)
    return figure


def agreement_page(result: AgreementResult, figures: Mapping[str, "Figure"]) -> str:
    """The page as HTML text."""
    dims = sorted({row.dim for row in result.rows})
    values = {(row.dim, row.metric): row for row in result.rows}
    sentence = (
        f"{result.smallest} of {result.full_dim} numbers keep nine of the first ten answers."
        if result.smallest < result.full_dim
        else "No narrower width keeps nine of the first ten answers."
    )
    rows = (
        (
            str(dim),
            *(
                f"{row.value:.3f} ({row.ci_low:.3f} to {row.ci_high:.3f})"
                for row in (values[dim, metric] for metric in METRICS)
            ),
        )
        for dim in dims
    )
    facts = {
        "model": f"{result.model}, fingerprint {result.fingerprint}",
        "pictures": str(result.pictures),
        "queries": f"{result.queries} {result.queries_are}",
        "resamples, seed": f"{result.resamples}, {result.seed}",
        **environment(),
    }
    return document(
        "How far narrower widths agree",
        [
            "<h1>How far do narrower widths agree with the full one?</h1>",
            f'<section class="advice"><p><strong>{sentence}</strong></p></section>',
            f"<p>{MEANING}</p>",
            _figure(figures["agreement"], CAPTION),
            table(("width", *METRICS), rows),
            *_index(result, figures),
            "<h2>How these figures came about</h2>",
            facts_table(facts.items()),
        ],
    )


def _index(result: AgreementResult, figures: Mapping[str, "Figure"]) -> Iterator[str]:
    if not result.index_recall:
        return
    yield "<h2>What the index itself loses</h2>"
    yield f"<p>Measured on the {result.index_recall[0].measured_on}.</p>"
    yield _figure(figures["index_recall"], CAPTIONS["index_recall"])
    yield index_table(result.index_recall)


def _figure(figure: "Figure", caption: str) -> str:
    return f"<figure>{inline_svg(figure, caption)}<figcaption>{caption}</figcaption></figure>"
