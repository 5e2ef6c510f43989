"""A Gradio theme without a web font: the default one would be fetched from another server."""

import gradio as gr

FONT = ("system-ui", "sans-serif")
FONT_MONO = ("ui-monospace", "monospace")
PAPER, PAPER_DARK = "#fbfaf7", "#141412"
INK, INK_DARK = "#1d1c19", "#efede6"


def plain_theme() -> gr.themes.Base:
    """The page's paper and ink, shown while the rest of the page is on its way."""
    return gr.themes.Base(font=list(FONT), font_mono=list(FONT_MONO)).set(
        body_background_fill=PAPER,
        body_background_fill_dark=PAPER_DARK,
        body_text_color=INK,
        body_text_color_dark=INK_DARK,
    )
