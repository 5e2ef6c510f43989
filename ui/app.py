"""The Gradio page and the files it needs, mounted on the HTTP API.

Gradio holds the page together (its application, theme and HTML component); what a person sees is
drawn by the modules in `static/`, which ask the HTTP API. Pictures never pass through Gradio: it
would copy them into a cache that every visitor can read.
"""

import os
from typing import TYPE_CHECKING

# Gradio calls home unless this is set before its import.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI

from ui import pages
from ui.static_files import STATIC
from ui.theme import plain_theme

if TYPE_CHECKING:
    from searchapp.service import SearchService
    from searchapp.settings import Settings

TITLE = "searchapp"
# Runs in the browser when Gradio has put the component on the page.
START = "import(new URL('ui/static/app.js', document.baseURI)).then(app => app.start(element))"
STYLES = ("base.css", "search.css", "detail.css")


class Page(gr.Blocks):
    """Blocks that run no functions, so that nothing ever waits in Gradio's queue."""

    def run_startup_events(self) -> None:
        """Leaves the queue alone: it looks a thousand times a second whether something waits."""


def head() -> str:
    """Styles, and the modules of the search page so that the browser need not discover them."""
    styles = [f'<link rel="stylesheet" href="ui/static/{name}">' for name in STYLES]
    modules = [
        f'<link rel="modulepreload" href="ui/static/{path.name}">'
        for path in sorted(STATIC.glob("*.js"))
    ]
    return "".join([*styles, *modules])


def build(service: "SearchService", settings: "Settings") -> gr.Blocks:
    """The page. It holds no state of any visitor: that lives in the address and the browser."""
    with Page(title=TITLE, analytics_enabled=False) as blocks:
        gr.HTML(
            html_template="<div class='starting'></div>",
            js_on_load=START,
            apply_default_css=False,
            elem_id="searchapp",
        )
    return blocks


def mount(api: FastAPI, service: "SearchService", settings: "Settings") -> FastAPI:
    """Put the page at `/` of the API's application, and its files under `/ui`."""
    api.include_router(pages.router)
    app: FastAPI = gr.mount_gradio_app(
        api,
        build(service, settings),
        path="/",
        theme=plain_theme(),
        head=head(),
        ssr_mode=False,
        footer_links=[],
        run_history=False,
        favicon_path=str(STATIC / "icon.svg"),
        show_error=False,
    )
    return app
