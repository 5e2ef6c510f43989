"""Plots of a result. Colours are named roles, so that the page can show them light or dark."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from searchapp.evaluation.language_names import language_name
from searchapp.evaluation.losses import CHANGES
from searchapp.evaluation.report.tables import HITS, TEXT_TO_IMAGE, width_lines
from searchapp.evaluation.results import (
    DIRECTIONS,
    EvaluationResult,
    IndexRecall,
    Setting,
    TradeOff,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIGHT: Mapping[str, str] = {
    "ink": "#1a1c22", "muted": "#5f6470", "grid": "#e3e5ea",
    "one": "#2563c9", "two": "#c2570c", "three": "#0f7b53", "four": "#8a3fc7",
    "five": "#c11f4b", "six": "#0b7285", "seven": "#8a6d00", "eight": "#5b6472",
    "better3": "#14532d", "better2": "#2f8f5b", "better1": "#9bd0b0", "same": "#d5d8de",
    "worse1": "#f3b8a2", "worse2": "#dc6b45", "worse3": "#9b2c12",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "ink": "#e9ebf0", "muted": "#a3a9b7", "grid": "#343842",
    "one": "#7db0ff", "two": "#ffa763", "three": "#5fd3a4", "four": "#cda2ff",
    "five": "#ff8fae", "six": "#62d0e3", "seven": "#e6c84f", "eight": "#b4bbc9",
    "better3": "#57c785", "better2": "#3b9162", "better1": "#2c5a43", "same": "#434853",
    "worse1": "#7a3f2d", "worse2": "#c65f3c", "worse3": "#ff9d7a",
}  # fmt: skip
"""The same roles on a dark page; every light colour is different, so that it can be replaced."""
FAMILIES = {
    "prefix": ("one", "o"),
    "two-stage": ("six", "D"),
    "int8": ("two", "s"),
    "pq": ("four", "^"),
    "binary": ("five", "v"),
    "binary + rerank": ("seven", "P"),
    "pca": ("three", "X"),
    "random projection": ("eight", "d"),
}
"""Colour and marker of each way to store vectors."""
CHANGE_COLOURS = ("better3", "better2", "better1", "same", "worse1", "worse2", "worse3")
DIRECTION_NAMES = dict(zip(DIRECTIONS, ("text to image", "image to text"), strict=True))
RESOLUTION = 150


def plots(result: EvaluationResult) -> dict[str, "Figure"]:
    """All plots that the result has figures for, by file name."""
    made: dict[str, Callable[[], Figure]] = {"recall_by_width": lambda: recall_by_width(result)}
    if len(result.provenance.captions) > 1:
        made["languages"] = lambda: languages(result)
    compared = result.trade_off
    if compared is not None:
        made["bytes"] = lambda: front(compared, "bytes")
        made["latency"] = lambda: front(compared, "time")
    if result.rank_changes:
        made["rank_changes"] = lambda: rank_changes(result)
    if result.index_recall:
        made["index_recall"] = lambda: index_recall(result.index_recall)
    return {name: make() for name, make in made.items()}


def recall_by_width(result: EvaluationResult) -> "Figure":
    """hit@5 against width with its interval, both directions."""
    figure, axes = canvas(7.2, 4.0)
    widths = result.provenance.widths
    for direction, colour, marker in zip(DIRECTIONS, ("one", "two"), "os", strict=True):
        rows = [line.hits[HITS.index("hit@5")] for line in width_lines(result, direction)]
        values = [100 * row.value for row in rows]
        lows = [100 * row.ci_low for row in rows]
        highs = [100 * row.ci_high for row in rows]
        axes.fill_between(widths, lows, highs, color=LIGHT[colour], alpha=0.16, linewidth=0)
        axes.plot(
            widths, values, color=LIGHT[colour], marker=marker, linewidth=2,
            label=DIRECTION_NAMES[direction],
        )  # fmt: skip
    log_widths(axes, widths)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("hit@5, % (95 % interval)")
    axes.set_xlabel("numbers kept of each vector")
    legend(axes, "lower right")  # below the curves, whose bands no legend may hide
    return figure


def languages(result: EvaluationResult) -> "Figure":
    """hit@5, text to image, of every language at every width."""
    widths = result.provenance.widths
    values = {
        (row.language, row.dim): 100 * row.value
        for row in result.rows
        if (row.direction, row.metric) == (TEXT_TO_IMAGE, "hit@5")
    }
    order = sorted(result.provenance.captions, key=lambda code: -values[code, widths[-1]])
    table = [[values[code, dim] for dim in widths] for code in order]
    figure, axes = canvas(2.2 + 0.75 * len(widths), 1.2 + 0.27 * len(order))
    image = axes.imshow(table, aspect="auto", cmap="YlGnBu", vmin=0, vmax=100)
    for row, line in enumerate(table):
        for column, value in enumerate(line):
            axes.text(
                column, row, f"{value:.0f}", ha="center", va="center", fontsize=8,
                color="#ffffff" if value > 55 else "#10131a",
            )  # fmt: skip
    axes.set_xticks(range(len(widths)), [str(dim) for dim in widths])
    axes.set_yticks(range(len(order)), [language_name(code) for code in order])
    axes.set_xlabel("numbers kept of each vector")
    axes.grid(visible=False)
    bar = figure.colorbar(image, ax=axes, shrink=0.6)
    bar.set_label("hit@5, %", color=LIGHT["muted"])
    bar.ax.tick_params(colors=LIGHT["muted"])
    bar.outline.set_visible(False)
    return figure


def front(compared: TradeOff, cost: str) -> "Figure":
    """Quality against bytes or time of every setting, with the Pareto front."""
    figure, axes = canvas(7.2, 4.6)
    by_bytes = cost == "bytes"

    def price(setting: Setting) -> float:
        return setting.bytes_per_picture if by_bytes else float(setting.milliseconds or 0)

    for family, (colour, marker) in FAMILIES.items():
        members = sorted((s for s in compared.settings if s.family == family), key=price)
        if members:
            axes.plot(
                [price(s) for s in members], [100 * s.value for s in members],
                color=LIGHT[colour], marker=marker, linewidth=1, alpha=0.9, label=family,
            )  # fmt: skip
    best = sorted(
        (s for s in compared.settings if (s.pareto_bytes if by_bytes else s.pareto_time)),
        key=price,
    )
    axes.step(
        [price(s) for s in best], [100 * s.value for s in best], where="post",
        color=LIGHT["ink"], linewidth=1.4, linestyle=(0, (4, 2)), label="Pareto front", zorder=1,
    )  # fmt: skip
    axes.set_xscale("log", base=2 if by_bytes else 10)
    _plain_ticks(axes, by_bytes)
    unit = "bytes a picture in the index" if by_bytes else "milliseconds a query"
    axes.set_xlabel(unit if by_bytes else f"{unit}, {compared.gallery:,} pictures")
    axes.set_ylabel("hit@5, %, held-out pictures")
    legend(axes, outside=True)
    return figure


def rank_changes(result: EvaluationResult) -> "Figure":
    """Share of queries whose right picture moved, by how far, at each width."""
    figure, axes = canvas(7.2, 1.3 + 0.42 * len(result.rank_changes))
    names = [name for name, _, _ in CHANGES]
    places = range(len(result.rank_changes))
    left = [0.0] * len(places)
    for name, colour in zip(names, CHANGE_COLOURS, strict=True):
        shares = [
            100 * change.counts[name] / max(sum(change.counts.values()), 1)
            for change in result.rank_changes
        ]
        axes.barh(places, shares, left=left, color=LIGHT[colour], height=0.72, label=name)
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(places, [str(change.dim) for change in result.rank_changes])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of queries; rank of the right picture against the full width")
    axes.set_ylabel("numbers kept")
    axes.grid(visible=False)
    legend(axes, outside=True)
    return figure


def index_recall(recalls: Sequence[IndexRecall]) -> "Figure":
    """Share of the exact first ten that an index finds, by width."""
    figure, axes = canvas(7.2, 3.6)
    families = sorted({recall.family for recall in recalls})
    for family, colour, marker in zip(families, ("one", "two", "three"), "os^", strict=False):
        members = [recall for recall in recalls if recall.family == family]
        axes.errorbar(
            [recall.dim for recall in members],
            [100 * recall.recall for recall in members],
            yerr=[
                [100 * max(0.0, recall.recall - recall.ci_low) for recall in members],
                [100 * max(0.0, recall.ci_high - recall.recall) for recall in members],
            ],
            color=LIGHT[colour], marker=marker, linewidth=1.6, capsize=3, label=family,
        )  # fmt: skip
    log_widths(axes, tuple(sorted({recall.dim for recall in recalls})))
    axes.set_ylabel("recall@10 against exact, %")
    axes.set_xlabel("numbers in the index; candidates compared again at full width")
    legend(axes)
    return figure


def inline_svg(figure: "Figure", label: str) -> str:
    """The plot as SVG for a page: text as text, colours as variables of the page."""
    text = svg(figure)
    text = text[text.index("<svg") :]
    for role, colour in LIGHT.items():
        text = re.sub(re.escape(colour), f"var(--{role})", text, flags=re.I)
    text = re.sub(r"font: [^;\"]*?(\d+(?:\.\d+)?)px [^;\"]*", r"font-size: \1px", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def darkened(drawing: str) -> str:
    """An SVG file of `svg` in the colours for a dark page."""
    for role, colour in LIGHT.items():
        drawing = re.sub(re.escape(colour), DARK[role], drawing, flags=re.I)
    return drawing


def svg(figure: "Figure") -> str:
    """The plot as an SVG file, the same bytes for the same figures."""
    import matplotlib

    stream = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "searchapp"}):
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return stream.getvalue()


def png(figure: "Figure") -> bytes:
    """The plot as a PNG file on white."""
    stream = io.BytesIO()
    figure.savefig(
        stream, format="png", dpi=RESOLUTION, facecolor="white", metadata={"Software": None}
    )
    return stream.getvalue()


def canvas(width: float, height: float) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure

    # A figure of its own, without pyplot, may be drawn in any thread.
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LIGHT["grid"])
    axes.tick_params(which="both", colors=LIGHT["muted"], labelsize=9)
    axes.grid(visible=True, color=LIGHT["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_color(LIGHT["muted"])
    axes.yaxis.label.set_color(LIGHT["muted"])
    return figure, axes


def log_widths(axes: "Axes", widths: tuple[int, ...]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(widths, [str(dim) for dim in widths])
    axes.minorticks_off()


def _plain_ticks(axes: "Axes", doubling: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator

    if not doubling:
        axes.xaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()


def legend(axes: "Axes", corner: str = "best", outside: bool = False) -> None:
    place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if outside else {"loc": corner}
    axes.legend(frameon=False, fontsize=9, labelcolor=LIGHT["ink"], **place)
