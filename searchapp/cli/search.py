"""`searchapp search`: print the pictures that match."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
    sort: Annotated[
        Literal["relevance", "date"],
        typer.Option("--sort", help="Best first, or newest first after the cut-off."),
    ] = "relevance",
    like: Annotated[
        list[int] | None,
        typer.Option("--like", min=1, help="Pictures like this one (an id); may be repeated."),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help="A further text, averaged with the first; may be repeated."),
    ] = None,
    text_weight: Annotated[
        float,
        typer.Option("--text-weight", min=0.0, max=1.0, help="Share of the text beside a picture."),
    ] = 0.5,
    hybrid: Annotated[
        bool,
        typer.Option("--hybrid/--no-hybrid", help="Also look for the words in captions and names."),
    ] = True,
    collapse: Annotated[
        bool,
        typer.Option("--collapse/--no-collapse", help="Show edits and bursts of a picture once."),
    ] = True,
    cursor: Annotated[
        str | None,
        typer.Option("--cursor", help="Go on after the page that named it.", show_default=False),
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
        more_texts=tuple(also or ()),
        text_weight=text_weight,
        min_relevance=min_relevance,
        hybrid=hybrid,
        exact=exact,
        collapse_duplicates=collapse,
        sort=sort,
        cursor=cursor,
    )
    with open_service(library) as service:
        result = service.search(request)
    if json_output:
        print_json(result)
    else:
        render(result)


def render(result: "SearchResult") -> None:
    """Notices on standard error, one line per hit on standard output."""
    if result.filters:
        print_message(f"Filters: {' '.join(result.filters)}")
    for notice in result.notices:
        print_message(notice)
    for hit in result.hits:
        chance = "     " if hit.relevance is None else f"{100 * hit.relevance:3.0f} %"
        copies = f"  +{hit.duplicates} alike" if hit.duplicates else ""
        caption = f"  ({hit.caption})" if hit.caption else ""
        why = f"  [{', '.join(hit.matched_by)}]" if hit.matched_by else ""
        print_result(f"{hit.rank:3d}  {chance}  {hit.path}{copies}{caption}{why}")
    if result.hits:
        print_message(
            f"{len(result.hits)} of {result.total} in {result.seconds.total:.2f} s "
            f"({result.model}, {result.dim} numbers)"
            + (f"; more: --cursor {result.next_cursor}" if result.next_cursor else "")
        )
    elif not result.notices:
        print_message("Nothing was found. Try other words or fewer filters.")
