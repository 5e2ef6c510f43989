"""What `searchapp eval` prints of its results."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from searchapp.cli.console import print_message, print_result

if TYPE_CHECKING:
    from searchapp.evaluation import AgreementResult, EvaluationResult
    from searchapp.evaluation.results import Enrichment

WORST = 5


def render(result: "EvaluationResult") -> None:
    """A table of widths, the worst languages, published values and the advice."""
    from searchapp.evaluation.report import losing_languages, width_table

    provenance = result.provenance
    for note in (*result.notes, *left_out(result)):
        print_message(note)
    print_result(
        f"{provenance.pictures} pictures, {len(provenance.captions)} languages, "
        f"{provenance.model}; text to image, {provenance.protocol.captions}"
    )
    for line in width_table(result):
        print_result(line)
    if len(result.worst_languages) > 1:
        worst = ", ".join(
            f"{row.language} {row.value:.0%}" for row in result.worst_languages[:WORST]
        )
        print_result(f"Lowest hit@5: {worst}")
    render_published(result)
    if result.enrichment is not None:
        render_enrichment(result.enrichment)
    print_result(result.advice.sentence)
    if result.advice.losing:
        losing = ", ".join(losing_languages(result))
        print_result(f"Single languages lose more at {result.advice.dim} numbers: {losing}")
    if result.advice.command:
        print_result(f"To switch: {result.advice.command}")


def render_published(result: "EvaluationResult") -> None:
    """Our values beside published ones, and the row that stands beside other models."""
    from searchapp.evaluation.report import aligned, mean_of_recalls_rows

    if not result.published:
        return
    table: list[tuple[str, ...]] = [
        ("width", "language", "direction", "published", "ours", "difference", "95 % interval", "")
    ]
    for row in result.published:
        table.append(
            (
                str(row.dim), row.language, row.direction, f"{row.published:.2%}",
                f"{row.ours:.2%}", f"{100 * (row.ours - row.published):+.2f}",
                f"{row.ci_low:.2%} to {row.ci_high:.2%}",
                "within" if row.agrees else "outside",
            )
        )  # fmt: skip
    print_result(f"{result.published[0].source}, R@5:")
    for line in aligned(table):
        print_result(line)
    print_result("Mean of R@1, R@5 and R@10 in %, text to image, full width:")
    for line in aligned(mean_of_recalls_rows(result)):
        print_result(line)


def render_enrichment(found: "Enrichment") -> None:
    """Recall with and without the captions of the library."""
    print_result(
        f"With {found.captions} captions of the library on {found.described} of {found.pictures} "
        f"pictures ({found.left_out} left out because they are queries themselves):"
    )
    for row in found.rows:
        if row.metric == "hit@5":
            print_result(
                f"  {row.language} hit@5 {row.pictures_only:.1%} without, {row.with_captions:.1%} "
                f"with: {row.difference:+.1%} ({row.ci_low:+.1%} to {row.ci_high:+.1%}), "
                f"{row.verdict}"
            )


def left_out(result: "EvaluationResult") -> Iterator[str]:
    """Sentences on pictures that took no part."""
    for names, why in (
        (result.provenance.missing, "are not there"),
        (result.provenance.unreadable, "cannot be read"),
    ):
        if names:
            yield f"{len(names)} pictures {why}: {', '.join(names[:WORST])}" + (
                ", ..." if len(names) > WORST else ""
            )


def render_agreement(result: "AgreementResult") -> None:
    """Agreement of every width with the full one."""
    from searchapp.evaluation.report import agreement_table

    print_result(
        f"{result.pictures} pictures, {result.queries} {result.queries_are} as queries, "
        f"{result.model}; agreement with all {result.full_dim} numbers"
    )
    for line in agreement_table(result):
        print_result(line)
    if result.smallest == result.full_dim:
        print_result("No narrower width keeps nine of the first ten answers.")
    else:
        print_result(
            f"{result.smallest} numbers keep nine of the first ten answers. "
            "Whether the others are worse, only captions can tell."
        )
