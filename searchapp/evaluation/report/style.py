"""The looks of a report page: one style sheet for light and dark, on screen and on paper."""

from searchapp.evaluation.report.plots import DARK, LIGHT

PAGE = {"paper": "#ffffff", "raised": "#f5f6f8", "line": "#dfe2e8", "good": "#0f7b53"}
PAGE_DARK = {"paper": "#16181d", "raised": "#1f2229", "line": "#343842", "good": "#5fd3a4"}

RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
main{max-width:66rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .35rem;text-wrap:balance}
h2{font-size:1.2rem;margin:2.6rem 0 .6rem}
p{max-width:46rem;margin:.5rem 0}
.quiet,figcaption,small{color:var(--muted);font-size:.9rem}
.advice{background:var(--raised);border:1px solid var(--line);border-radius:10px;
padding:1rem 1.25rem;margin:1.25rem 0;font-size:1.06rem}
.advice strong{font-size:1.15rem}
code{font:.88em/1.5 ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace;
background:var(--raised);border-radius:4px;padding:.1em .35em;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;min-width:30rem}
caption{text-align:left;color:var(--muted);padding:.2rem 0 .5rem}
th,td{padding:.34rem .7rem;text-align:left;border-bottom:1px solid var(--line);
vertical-align:top;white-space:nowrap}
th{font-weight:600}
td.number,th.number{text-align:right}
td.wrap{white-space:normal;min-width:16rem;overflow-wrap:anywhere}
figure{margin:1rem 0 1.6rem}
figure svg{max-width:100%;height:auto;display:block}
figure svg text{font-family:inherit}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:.9rem;
list-style:none;padding:0}
.cards li{background:var(--raised);border:1px solid var(--line);border-radius:8px;
padding:.7rem;font-size:.9rem;overflow-wrap:anywhere}
.cards img{display:block;width:100%;height:8.5rem;object-fit:contain;margin-bottom:.5rem}
details{margin:.8rem 0}
summary{cursor:pointer;color:var(--muted)}
@media print{main{max-width:none;padding:0}.cards li,figure{break-inside:avoid}}
"""


def style_sheet() -> str:
    """Variables for light and dark, then the rules."""
    light = _variables({**LIGHT, **PAGE})
    dark = _variables({**DARK, **PAGE_DARK})
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}" + RULES
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{role}:{colour};" for role, colour in colours.items())
