"""`searchapp search`: print the pictures that match."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import print_json, print_message, print_result
from searchapp.cli.options import DebugOption, DimOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from searchapp.results import SearchResult


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("search")(search)


def search(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help='What to look for, in any language; filters may stand in it: "beach after:2023".',
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", help="Search by this picture, alone or beside the text."),
    ] = None,
    negatives: Annotated[
        list[str] | None, typer.Option("--not", help="What must not be shown; may be repeated.")
    ] = None,
    count: Annotated[int, typer.Option("-k", "--count", min=1, help="Results to print.")] = 10,
    dim: DimOption = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="A filter such as after:2023 or type:png; may be repeated."),
    ] = None,
    min_relevance: Annotated[
        float | None,
        typer.Option(
            "--min-relevance",
            min=0.0,
            max=1.0,
            help="Least probability of relevance; 0 shows everything.",
            show_default=False,
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare with every vector, without the index.")
    ] = False,
    by_date: Annotated[
        bool, typer.Option("--by-date", help="Newest first, after the cut-off.")
    ] = False,
    like: Annotated[
        list[int] | None, typer.Option("--like", help="Pictures like this one (an id).")
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Find pictures by a sentence, by a picture, or by both."""
    from searchapp.cli.session import open_service
    from searchapp.requests import SearchRequest

    request = SearchRequest(
        text=" ".join(text) if text else None,
        image=image,
        like=tuple(like or ()),
        negatives=tuple(negatives or ()),
        filters=tuple(filters or ()),
        count=count,
        dim=dim,
        min_relevance=min_relevance,
        exact=exact,
        sort="date" if by_date else "relevance",
    )
    with open_service(library) as service:
        result = service.search(request)
    if json_output:
        print_json(result)
    else:
        render(result)


def render(result: "SearchResult") -> None:
    """Notices on standard error, one line per hit on standard output."""
    for notice in result.notices:
        print_message(notice)
    for hit in result.hits:
        chance = "   " if hit.relevance is None else f"{100 * hit.relevance:3.0f}"
        print_result(
            f"{hit.rank:3d}  {chance} %  {hit.path}" + (f"  ({hit.caption})" if hit.caption else "")
        )
    if not result.hits:
        print_message(
            "Nothing relevant was found. Try other words, or see everything: --min-relevance 0"
        )
    else:
        print_message(
            f"{len(result.hits)} of {result.total} in {result.seconds.total:.2f} s "
            f"({result.model}, {result.dim} numbers)"
        )
