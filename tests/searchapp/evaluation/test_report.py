"""The report: complete, self-contained, harmless, readable by machines."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from searchapp.evaluation import EvaluationRequest, agreement, evaluate
from searchapp.evaluation.report import (
    agreement_table,
    document_of,
    width_table,
    write_report,
)
from searchapp.evaluation.results import Loss
from tests.searchapp.evaluation.conftest import make_set
from tests.searchapp.evaluation.tiny_encoder import TinyEncoder

EVIL = '<script>alert("1")</script>'


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    captions = make_set(tmp_path_factory.mktemp("set"), 40)
    request = EvaluationRequest(
        captions, dims=(2, 8), resamples=100, thumbnails=True, preset=None,
        command="searchapp eval captions.jsonl --dims 2,8",
    )  # fmt: skip
    return evaluate(request, TinyEncoder())


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    loss = replace(result.losses[0], text=EVIL, picture=f"{EVIL}.png", language='en"x')
    formula = Loss("=cmd()", "en", "@SUM(A1)", 8, {8: 7})
    spoilt = replace(
        result,
        losses=(loss, formula, *result.losses),
        notes=(EVIL,),
        rows=(replace(result.rows[0], value=float("nan")), *result.rows[1:]),
    )
    folder = tmp_path_factory.mktemp("report")
    assert write_report(spoilt, folder) == folder / "report.html"
    return folder


class Reader(HTMLParser):
    """Tags, addresses and open elements of a page."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.open = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [
            value
            for name, value in attrs
            if name in ("src", "href", "xlink:href", "srcset", "action")
        ]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in ("li", "p") and self.open[-1] != tag:
            return
        assert self.open.pop() == tag


def page_of(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_the_page_loads_nothing_and_runs_nothing(folder):
    text, reader = page_of(folder)
    assert "script" not in reader.tags
    assert "link" not in reader.tags
    assert all(address.startswith(("data:image/", "#")) for address in reader.addresses)
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text
    assert reader.open == []


def test_what_people_wrote_is_shown_and_never_run(folder):
    text, _ = page_of(folder)
    assert EVIL not in text
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in text
    assert 'lang="en&quot;x"' in text


def test_the_page_is_light_and_dark_with_every_colour_defined(folder):
    text, _ = page_of(folder)
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", text))
    light, dark = (
        set(re.findall(r"--([a-z0-9]+):", block)) for block in re.findall(r":root\{([^}]*)\}", text)
    )
    assert used <= light
    assert used <= dark
    assert "prefers-color-scheme:dark" in text


def test_the_page_names_protocol_digest_fingerprint_and_command(folder, result):
    text, _ = page_of(folder)
    for fact in (
        result.provenance.fingerprint, result.provenance.dataset_digest, "pessimistic",
        "searchapp eval captions.jsonl --dims 2,8", "lost at 2", "Pareto",
    ):  # fmt: skip
        assert fact in text, fact
    assert text.count("<svg ") == 6
    assert text.count("data:image/webp;base64,") >= 1


def test_every_plot_is_there_as_png_and_svg(folder):
    names = {"recall_by_width", "languages", "bytes", "latency", "rank_changes", "index_recall"}
    assert {path.stem for path in folder.glob("*.svg")} == names
    for name in names:
        assert Image.open(folder / f"{name}.png").size[0] > 500
        assert "<svg" in (folder / f"{name}.svg").read_text("utf-8")


def test_results_json_is_plain_and_complete(folder, result):
    document = json.loads((folder / "results.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert document["rows"][0]["value"] is None, "what is not a number is null"
    assert len(document["rows"]) == len(result.rows)
    assert set(document["rows"][1]) == {
        "language", "direction", "dim", "metric", "value", "ci_low", "ci_high",
    }  # fmt: skip
    assert "thumbnails" not in document
    assert document["provenance"]["environment"]["numpy"] == np.__version__


def test_tables_open_in_a_spreadsheet_without_running_anything(folder, result):
    with (folder / "rows.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(result.rows) + len(result.summary)
    with (folder / "losses.csv").open(encoding="utf-8-sig", newline="") as stream:
        losses = list(csv.DictReader(stream))
    assert losses[1]["picture"] == "'=cmd()"
    assert losses[1]["text"] == "'@SUM(A1)"
    assert {path.name for path in folder.glob("*.csv")} == {
        "rows.csv", "verdicts.csv", "settings.csv", "losses.csv",
    }  # fmt: skip


def test_plots_are_the_same_bytes_every_time(result):
    from searchapp.evaluation.report.plots import recall_by_width, svg

    assert svg(recall_by_width(result)) == svg(recall_by_width(result))


def test_the_terminal_table_has_a_line_per_width(result):
    lines = width_table(result)
    assert len(lines) == 1 + len(result.provenance.widths)
    assert lines[-1].endswith("the full width")
    assert lines[1].split()[:2] == ["2", "4"]


def test_agreement_has_a_report_too(tmp_path):
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((50, 16)).astype(np.float32)
    found = agreement(vectors, vectors[:8] + 0.1, (4, 8))
    assert write_report(found, tmp_path).read_text("utf-8").count("<svg ") == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html", "results.json", "agreement.csv", "agreement.svg", "agreement.png",
    }  # fmt: skip
    assert len(agreement_table(found)) == 3
    assert document_of(found)["full_dim"] == 16
