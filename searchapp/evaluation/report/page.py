"""The report page: a single file with its plots and pictures inside, that loads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from searchapp.evaluation.bootstrap import hidden_loss
from searchapp.evaluation.codecs import FLOAT16_BYTES
from searchapp.evaluation.report.plots import inline_svg
from searchapp.evaluation.report.style import style_sheet
from searchapp.evaluation.report.tables import (
    HITS,
    change,
    losing_languages,
    mean_of_recalls_rows,
    named,
    share,
    width_lines,
)
from searchapp.evaluation.results import (
    Enrichment,
    EvaluationResult,
    IndexRecall,
    TradeOff,
)
from searchapp.query.language import script_of_language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
CAPTIONS = {
    "recall_by_width": "Share of queries answered among the first five, by how many numbers of "
    "each vector are kept. Mean over languages; bands are 95 % intervals over pictures.",
    "languages": "Text to image, hit@5 in percent, per language and width; best language first.",
    "bytes": "Quality against the bytes that a search reads for every picture. On the dashed "
    "front nothing else is both smaller and better. The axis does not begin at 0.",
    "latency": "Quality against the time of one query. Times are of this machine. The "
    "axis does not begin at 0.",
    "rank_changes": "Where the right picture of each query moved when vectors were cut.",
    "index_recall": "What an index of the program finds of the exact first ten neighbours. The "
    "axis does not begin at 0.",
}
MISREADINGS = (
    "Overlapping bands do not mean that two widths are equal: the change in the table is paired "
    "on the same pictures and is the one to read.",
    "\u201cNo measurable loss\u201d speaks of this number of pictures: the fewer there are, the "
    "more can go unseen.",
    "hit@5 depends on how many pictures there are to confuse: 90 % among 50 pictures is far less "
    "than 90 % among 5,000. Compare only reports with the same digest and protocol.",
    "Intervals speak of other pictures like these, not of other kinds of pictures.",
    "Among many languages some lose or gain by chance: of a hundred without any change, two or "
    "three are called losing.",
    "A setting on a front may stand above its neighbours by chance: see the intervals in the "
    "table.",
    "A width below the full one is measured here by itself. The program compares its first "
    "candidates again at the full width (the two-stage setting), so its answers lose less.",
    "Int8, PCA and product quantisation learnt from a third of the pictures and were measured on "
    "the others, so their figures stand beside the widths of that comparison only.",
)


def page(result: EvaluationResult, figures: dict[str, "Figure"]) -> str:
    """The whole page as HTML text."""
    drawn = {name: _figure(name, figure) for name, figure in figures.items()}
    parts = [
        *_head(result),
        *_widths(result),
        drawn.get("recall_by_width", ""),
        *_languages(result, drawn),
        *_published(result),
        *_enrichment(result.enrichment),
        *_trade_off(result.trade_off, drawn),
        *_index(result, drawn),
        *_losses(result, drawn),
        "<h2>What could be misread</h2><ul>",
        *(f"<li>{escape(text)}</li>" for text in MISREADINGS),
        "</ul>",
        *_provenance(result),
    ]
    return document("What every width costs", parts)


def document(title: str, parts: Iterable[str]) -> str:
    """A page around `parts`."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{escape(title)}</title><style>{style_sheet()}</style></head><body><main>",
            *parts,
            "</main></body></html>",
            "",
        ]
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 99) -> str:
    """An HTML table of escaped text; columns 1 to `numbers` hold numbers."""
    lines = ['<div class="scroll"><table><thead><tr>']
    lines += [
        f'<th scope="col"{_number(at, numbers)}>{escape(head)}</th>'
        for at, head in enumerate(heads)
    ]
    lines.append("</tr></thead><tbody>")
    for row in rows:
        cells = (f"<td{_number(at, numbers)}>{escape(cell)}</td>" for at, cell in enumerate(row))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody></table></div>")
    return "".join(lines)


def _number(column: int, numbers: int) -> str:
    return ' class="number"' if 1 <= column <= numbers else ""


def _figure(name: str, figure: "Figure") -> str:
    caption = escape(CAPTIONS[name])
    return f"<figure>{inline_svg(figure, caption)}<figcaption>{caption}</figcaption></figure>"


def _head(result: EvaluationResult) -> Iterator[str]:
    provenance, advice = result.provenance, result.advice
    yield "<header><h1>What does every width cost?</h1>"
    yield (
        f'<p class="quiet">{escape(provenance.model)} on {escape(provenance.dataset)}: '
        f"{provenance.pictures} pictures, {sum(provenance.captions.values())} captions in "
        f"{len(provenance.captions)} languages, {escape(provenance.created_at)}</p></header>"
    )
    yield f'<section class="advice"><p><strong>{escape(advice.sentence)}</strong></p>'
    if advice.command:
        each = FLOAT16_BYTES * (advice.full_dim - advice.dim)
        time = advice.milliseconds_saved
        quicker = "" if time is None or time < 0.01 else f" and {time:.2f} ms a query"
        yield (
            f"<p>It saves {each} bytes a picture in the index: {advice.bytes_saved / 1e6:.2f} MB"
            f"{quicker} for {advice.pictures} pictures. To switch, without encoding anything "
            "again (the full vectors stay in the catalogue): "
            f"<code>{escape(advice.command)}</code></p>"
        )
    if advice.losing:
        losing = ", ".join(losing_languages(result))
        yield f"<p>Single languages lose more at {advice.dim} numbers: {escape(losing)}.</p>"
    yield "</section>"
    for note in result.notes:
        yield f"<p>{escape(note)}</p>"


def _widths(result: EvaluationResult) -> Iterator[str]:
    yield (
        "<h2>Widths</h2><p>Text to image, in percent, with 95 % intervals. A loss that touches "
        f"fewer than {hidden_loss(result.provenance.pictures):.1%} of pictures like these can go "
        f"unseen among {result.provenance.pictures}.</p>"
    )
    yield table(
        ("width", "bytes", *HITS, "hit@5 against the full width"),
        (
            (
                str(line.dim),
                str(line.bytes_per_picture),
                *(share(row) for row in line.hits),
                change(line.verdict),
            )
            for line in width_lines(result)
        ),
        numbers=4,
    )


def _languages(result: EvaluationResult, drawn: dict[str, str]) -> Iterator[str]:
    if len(result.worst_languages) < 2:
        return
    yield "<h2>Languages</h2>"
    if result.weak:
        yield (
            f"<p>Clearly weaker than the others: {escape(', '.join(map(named, result.weak)))}. "
            "Queries in these languages carry a notice.</p>"
        )
    yield drawn.get("languages", "")
    yield "<details><summary>Table of languages at full width, weakest first</summary>"
    yield table(
        ("language", "hit@5 %", "mean of hit@1, hit@5, hit@10 %", "script"),
        (
            (
                named(row.language),
                share(row),
                f"{100 * result.mean_of_recalls[row.language]:.1f}",
                script_of_language(row.language),
            )
            for row in result.worst_languages
        ),
        numbers=2,
    )
    yield "</details>"


def _published(result: EvaluationResult) -> Iterator[str]:
    if not result.published:
        return
    yield "<h2>Beside published figures</h2>"
    yield table(
        (
            "source",
            "language",
            "direction",
            "width",
            "published %",
            "ours %",
            "difference",
            "interval",
            "",
        ),
        (
            (
                row.source,
                row.language,
                row.direction,
                str(row.dim),
                f"{100 * row.published:.2f}",
                f"{100 * row.ours:.2f}",
                f"{100 * (row.ours - row.published):+.2f}",
                f"{100 * row.ci_low:.2f} to {100 * row.ci_high:.2f}",
                "within" if row.agrees else "outside",
            )
            for row in result.published
        ),
    )
    head, *rows = mean_of_recalls_rows(result)
    yield (
        "<p>Mean of R@1, R@5 and R@10, text to image, full width, in percent: the form in which "
        "immich's documentation compares models.</p>"
    )
    yield table(head, rows)


def _enrichment(found: Enrichment | None) -> Iterator[str]:
    if found is None:
        return
    yield "<h2>What captions of the library add</h2>"
    yield (
        f"<p>{found.captions} captions on {found.described} of {found.pictures} pictures; "
        f"{found.left_out} were left out because they say the same as a query. hit@5, text to "
        "image, full width, in percent.</p>"
    )
    yield table(
        ("language", "pictures only", "with captions", "difference", "interval", ""),
        (
            (
                named(row.language),
                f"{100 * row.pictures_only:.1f}",
                f"{100 * row.with_captions:.1f}",
                f"{100 * row.difference:+.1f}",
                f"{100 * row.ci_low:+.1f} to {100 * row.ci_high:+.1f}",
                row.verdict,
            )
            for row in found.rows
            if row.metric == HITS[1]
        ),
        numbers=4,
    )


def _trade_off(compared: TradeOff | None, drawn: dict[str, str]) -> Iterator[str]:
    if compared is None:
        return
    yield "<h2>Other ways to spend the same bytes</h2>"
    yield (
        f"<p>Measured on {compared.pictures} pictures; {compared.fitted_on} others taught PCA, "
        f"int8 and product quantisation. Times against {compared.gallery:,} vectors.</p>"
    )
    yield drawn.get("bytes", "") + drawn.get("latency", "")
    yield "<details><summary>Table of all settings</summary>"
    yield table(
        ("setting", "bytes", "ms", "hit@5 %", "interval", "on a front"),
        (
            (
                setting.name,
                f"{setting.bytes_per_picture:g}",
                "" if setting.milliseconds is None else f"{setting.milliseconds:.3f}",
                f"{100 * setting.value:.1f}",
                f"{100 * setting.ci_low:.1f} to {100 * setting.ci_high:.1f}",
                " ".join(
                    name
                    for name, on in (
                        ("bytes", setting.pareto_bytes),
                        ("time", setting.pareto_time),
                    )
                    if on
                ),
            )
            for setting in compared.settings
        ),
        numbers=4,
    )
    for name, reason in compared.skipped:
        yield f"<p class=quiet>Left out: {escape(name)} ({escape(reason)}).</p>"
    yield "</details>"


def _index(result: EvaluationResult, drawn: dict[str, str]) -> Iterator[str]:
    if not result.index_recall:
        return
    yield "<h2>What the index itself loses</h2>"
    yield f"<p>Measured on the {escape(result.index_recall[0].measured_on)}.</p>"
    yield drawn.get("index_recall", "")
    yield "<details><summary>Table of indexes</summary>"
    yield index_table(result.index_recall)
    yield "</details>"


def _losses(result: EvaluationResult, drawn: dict[str, str]) -> Iterator[str]:
    if not result.rank_changes:
        return
    yield "<h2>What moves, and what is lost</h2>"
    yield drawn.get("rank_changes", "")
    if not result.losses:
        yield "<p>No query that the full width answers is lost at a narrower one.</p>"
        return
    yield (
        "<p>Queries that the full width answers among the first five and a narrower one does not, "
        "lost earliest first, one for each picture.</p><ul class=cards>"
    )
    for loss in result.losses:
        thumbnail = result.thumbnails.get(loss.picture)
        image = f'<img alt="" src="{thumbnail}">' if thumbnail else ""
        ranks = ", ".join(f"{dim}: {rank}" for dim, rank in sorted(loss.ranks.items()))
        yield (
            f'<li>{image}<div lang="{escape(loss.language)}" dir="auto">{escape(loss.text)}</div>'
            f"<strong>lost at {loss.lost_at}</strong> <small>{escape(loss.language)}<br>"
            f"rank by width: {ranks}<br>{escape(_printable(loss.picture))}</small></li>"
        )
    yield "</ul>"


def _provenance(result: EvaluationResult) -> Iterator[str]:
    provenance = result.provenance
    facts = [
        ("command", provenance.command),
        ("model", f"{provenance.model}, fingerprint {provenance.fingerprint}"),
        ("data set", f"{provenance.dataset} ({provenance.dataset_format})"),
        ("digest", provenance.dataset_digest),
        ("captions", ", ".join(f"{code} {n}" for code, n in provenance.captions.items())),
        ("missing pictures", _names(provenance.missing)),
        ("unreadable pictures", _names(provenance.unreadable)),
        ("copies of others", _names([copy for copy, _ in provenance.duplicates])),
        ("resamples, seed", f"{provenance.resamples}, {provenance.seed}"),
        ("captions used", provenance.protocol.captions),
        ("gallery", f"{provenance.protocol.gallery} different pictures"),
        ("ties", provenance.protocol.ties),
        ("duplicates", provenance.protocol.duplicates),
        ("hits", provenance.protocol.hit),
        ("recall", provenance.protocol.recall),
        ("intervals", provenance.protocol.intervals),
        ("seconds", ", ".join(f"{name} {s:.1f}" for name, s in provenance.seconds.items())),
        *provenance.environment.items(),
    ]
    yield "<h2>How these figures came about</h2>"
    yield facts_table(facts)


def index_table(rows: Iterable[IndexRecall]) -> str:
    """What each index family itself loses at each width."""
    return table(
        ("family", "width", "recall@10 %", "interval", "ms", "bytes"),
        (
            (
                row.family,
                str(row.dim),
                f"{100 * row.recall:.1f}",
                f"{100 * row.ci_low:.1f} to {100 * row.ci_high:.1f}",
                f"{row.milliseconds:.3f}",
                f"{row.bytes_per_picture:g}",
            )
            for row in rows
        ),
    )


def facts_table(facts: Iterable[tuple[str, str]]) -> str:
    """Names and values, one a row."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f'<td class="wrap">{escape(_printable(value))}</td></tr>'
        for name, value in facts
        if value
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'


def _names(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "none"


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
