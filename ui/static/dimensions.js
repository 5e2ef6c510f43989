// What does each vector width cost on one's own pictures? Bytes, agreement with the full width, and,
// where an evaluation has run, recall.

import { ApiError, ask } from "./api.js";
import { lineChart } from "./chart.js";
import { h, icon, put, toast } from "./dom.js";
import { activeModel } from "./filters.js";
import { bytes, languageName, number, percent, t, tn } from "./i18n.js";
import { HIT, meanRecall } from "./recall.js";
import { evaluationReport } from "./report.js";
import { explain } from "./explain.js";
import { onStatus } from "./status.js";

const POLL = 1000;
const SHOWN = 6; // languages in one chart
const OVERLAP = "overlap@10";
const LEAST = 11; // pictures, or there are no ten nearest
const FLOAT16 = 2; // bytes of one number in the catalogue

export class DimensionsPage {
  constructor() {
    this.table = h("section.card");
    this.evaluation = h("section.card");
    this.element = h(
      "section.page.reading",
      {},
      h("h1", {}, t("Dimensions")),
      h("p.lead", {}, t("Each picture is described by a row of numbers. The model was made so that the first part of the row is useful on its own. Here you see what a shorter row costs on your own pictures.")),
      this.table,
      this.evaluation,
    );
    onStatus((status) => this.element.isConnected && !this.drawn && this.show(status));
  }

  enter(status) {
    this.drawn = false;
    if (status) this.show(status);
    this.watchEvaluation();
  }

  show(status) {
    const model = activeModel(status);
    if (!model || !status.pictures) {
      put(this.table, h("p.faint", {}, t("Read a folder first: this page measures your own pictures.")));
      return;
    }
    this.drawn = true;
    this.drawTable(model, status.pictures, { running: false });
    this.measure(model, status.pictures, status);
  }

  // Measured without being asked: it takes seconds, and is what one comes here for.
  async measure(model, pictures, status) {
    if (!this.element.isConnected) return;
    try {
      let state = await ask("dimensions");
      const stale = state.result && state.result.fingerprint !== model.fingerprint;
      if (!state.running && !state.error && (!state.result || stale) && pictures >= LEAST) state = await ask("dimensions", { method: "POST" });
      this.drawTable(model, pictures, state);
      if (state.running) setTimeout(() => this.measure(model, pictures, status), POLL);
    } catch (problem) {
      if (problem instanceof ApiError) toast(explain(problem));
    }
  }

  drawTable(model, pictures, state) {
    const widths = [...new Set([...model.matryoshka, model.dimensions])].sort((a, b) => a - b);
    const measured = new Map((state.result?.rows ?? []).filter((row) => row.metric === OVERLAP).map((row) => [row.dim, row.value]));
    if (measured.size) measured.set(model.dimensions, 1);
    const rows = widths.map((dim) => ({ dim, agreement: measured.get(dim), recall: this.recallAt?.get(dim) }));
    const known = rows.filter((row) => row.agreement !== undefined);
    const withRecall = rows.some((row) => row.recall !== undefined && row.recall !== null);
    const heads = [t("Numbers"), t("Bytes per picture"), t("Your library"), t("Same first ten as with all numbers"), withRecall && t("Found in the first five")].filter(Boolean);
    const share = (value) => (value === undefined || value === null ? "–" : percent(value));
    put(
      this.table,
      h("h2", {}, t("Agreement with the full width")),
      h("p", {}, t("The share of the ten nearest pictures that stay the same. It needs no captions.")),
      state.running && this.working(state, "dimensions"),
      state.error && h("p.notice", {}, icon("warning"), h("span", {}, explain(state.error))),
      known.length > 1 &&
        lineChart({
          title: t("Agreement with the full width"),
          series: [{ name: t("Agreement"), points: known.map((row) => [row.dim, row.agreement]) }],
          across: t("Numbers"),
        }),
      h(
        "div.table-scroll",
        { tabindex: "0", role: "region", "aria-label": t("Widths") },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
          h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, number(row.dim)), h("td", {}, bytes(row.dim * FLOAT16)), h("td", {}, bytes(row.dim * FLOAT16 * pictures)), h("td", {}, row.dim === model.dimensions ? percent(1) : share(row.agreement)), withRecall && h("td", {}, share(row.recall))))),
        ),
      ),
      known.length > 0 && h("p.faint.small", {}, t("Measured with {model} on your own pictures.", { model: model.name })),
    );
  }

  // Evaluation with captions ------------------------------------------------------------------

  async watchEvaluation() {
    clearTimeout(this.timer);
    if (!this.element.isConnected) return;
    try {
      const state = await ask("evaluation");
      this.drawEvaluation(state);
      this.recallAt = meanRecall(state);
      if (state.running) this.timer = setTimeout(() => this.watchEvaluation(), POLL);
    } catch (problem) {
      // A server without this part says so with 404; the page is then simply shorter.
      this.evaluation.hidden = problem.status === 404;
    }
  }

  working({ progress }, path) {
    const stop = () => ask(path, { method: "DELETE" }).catch((problem) => toast(explain(problem)));
    const bar = h("progress", { "aria-label": t("Progress"), max: String(progress?.total || 1) });
    if (progress?.total) bar.value = progress.done;
    return h("div.working", {}, h("div.grow", {}, bar, progress?.total && h("p.faint.small", {}, t("{done} of {total}", { done: number(progress.done), total: number(progress.total) }))), h("button.with-icon", { type: "button", onclick: stop }, icon("close"), t("Stop")));
  }

  async evaluate(event) {
    event.preventDefault();
    const captions = this.captions.value.trim();
    if (!captions) return this.captions.focus();
    try {
      await ask("evaluation", { method: "POST", body: { captions } });
    } catch (problem) {
      toast(explain(problem));
    }
    this.watchEvaluation();
  }

  drawEvaluation(state) {
    this.evaluation.hidden = false;
    this.captions ??= h("input", { type: "text", id: "captions", dir: "ltr", autocomplete: "off", placeholder: "/home/me/Pictures/captions.jsonl" });
    const form = h("form.index-form", { onsubmit: (event) => this.evaluate(event) }, h("label", { for: "captions" }, t("File or folder with captions on this computer")), h("div.field-row", {}, this.captions, h("button.primary", {}, t("Measure now"))));
    put(
      this.evaluation,
      h("h2", {}, t("Recall on captions")),
      h("p", {}, t("Where pictures have captions, each caption is searched for, and it is counted how often its own picture comes up.")),
      state.running ? this.working(state, "evaluation") : form,
      state.error && h("p.notice", {}, icon("warning"), h("span", {}, explain(state.error))),
      state.result?.rows?.length > 0 && this.recall(state.result.rows),
      state.result && evaluationReport(state.result),
    );
  }

  recall(rows) {
    const wanted = rows.filter((row) => row.metric === HIT && row.direction.startsWith("text"));
    const codes = [...new Set(wanted.map((row) => row.language))];
    const points = (code) => wanted.filter((row) => row.language === code).sort((a, b) => a.dim - b.dim).map((row) => [row.dim, row.value]);
    return [
      lineChart({ title: t("Found in the first five"), series: codes.slice(0, SHOWN).map((code) => ({ name: languageName(code), points: points(code) })), across: t("Numbers") }),
      h("p.faint.small", {}, tn("{n} language measured", "{n} languages measured", codes.length)),
    ];
  }
}
