// What does each vector width cost on one's own pictures? Bytes, agreement with the full width, and,
// where an evaluation has run, recall.

import { ask } from "./api.js";
import { lineChart } from "./chart.js";
import { h, icon, put, toast } from "./dom.js";
import { activeModel } from "./filters.js";
import { bytes, duration, languageName, number, percent, t, tn } from "./i18n.js";
import { explain } from "./states.js";
import { onStatus } from "./status.js";

const POLL = 1000;
const FLOAT16 = 2; // bytes of one number in the catalogue

export class DimensionsPage {
  constructor() {
    this.table = h("section.card");
    this.evaluation = h("section.card");
    this.element = h(
      "section.page.prose",
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

  async show(status) {
    const model = activeModel(status);
    if (!model || !status.pictures) {
      put(this.table, h("p.faint", {}, t("Read a folder first: this page measures your own pictures.")));
      return;
    }
    this.drawn = true;
    this.drawTable(model, status.pictures, {});
    await this.measure(model, status.pictures);
  }

  async measure(model, pictures) {
    try {
      const { widths } = await ask("dimensions");
      this.drawTable(model, pictures, Object.fromEntries(widths.map((item) => [item.dim, item])));
    } catch (problem) {
      if (problem.status !== 404) toast(explain(problem));
    }
  }

  drawTable(model, pictures, measured) {
    const widths = [...new Set([...model.matryoshka, model.dimensions])].sort((a, b) => a - b);
    const rows = widths.map((dim) => ({ dim, agreement: measured[dim]?.overlap_at_10 ?? measured[dim]?.agreement, recall: measured[dim]?.recall_at_5 }));
    const known = rows.filter((row) => row.agreement !== undefined && row.agreement !== null);
    const withRecall = rows.some((row) => row.recall !== undefined && row.recall !== null);
    const heads = [t("Numbers"), t("Bytes per picture"), t("Your library"), t("Same first ten as with all numbers"), withRecall && t("Found in the first five")].filter(Boolean);
    const share = (value) => (value === undefined || value === null ? "–" : percent(value));
    put(
      this.table,
      h("h2", {}, t("Agreement with the full width")),
      h("p", {}, t("The share of the ten nearest pictures that stay the same. It needs no captions.")),
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
      h("p.faint.small", {}, t("Measured with {model} on your own pictures.", { model: model.name })),
    );
  }

  // Evaluation with captions ------------------------------------------------------------------

  async watchEvaluation() {
    clearTimeout(this.timer);
    if (!this.element.isConnected) return;
    try {
      const state = await ask("evaluation");
      this.drawEvaluation(state);
      if (state.running) this.timer = setTimeout(() => this.watchEvaluation(), POLL);
    } catch (problem) {
      // A server without this part says so with 404; the page is then simply shorter.
      this.evaluation.hidden = problem.status === 404;
    }
  }

  async act(method) {
    try {
      await ask("evaluation", { method, body: method === "POST" ? {} : undefined });
    } catch (problem) {
      toast(explain(problem));
    }
    this.watchEvaluation();
  }

  drawEvaluation(state) {
    this.evaluation.hidden = false;
    const progress = state.progress;
    const head = h("div.card-head", {}, h("h2", {}, t("Recall on captions")), state.running ? h("button.with-icon", { type: "button", onclick: () => this.act("DELETE") }, icon("close"), t("Stop")) : h("button.primary.with-icon", { type: "button", onclick: () => this.act("POST") }, icon("play"), t("Measure now")));
    put(
      this.evaluation,
      head,
      h("p", {}, t("Where your pictures have captions, each caption is searched for, and it is counted how often its own picture comes up.")),
      state.running && h("progress", { "aria-label": t("Progress"), max: String(progress?.total || 1), value: progress?.total ? String(progress.done) : null }),
      state.running && progress && h("p", {}, [progress.total && t("{done} of {total}", { done: number(progress.done), total: number(progress.total) }), progress.seconds_left > 0 && t("{time} left", { time: duration(progress.seconds_left) })].filter(Boolean).join(" · ")),
      state.error && h("p.notice", {}, icon("warning"), h("span", {}, explain(state.error))),
      state.rows?.length > 0 && this.recall(state.rows),
    );
  }

  recall(rows) {
    const wanted = rows.filter((row) => row.metric === "R@5" && (row.direction ?? "text_to_image").startsWith("text"));
    const codes = [...new Set(wanted.map((row) => row.language))];
    const series = codes.map((code) => ({ name: languageName(code), points: wanted.filter((row) => row.language === code).sort((a, b) => a.dim - b.dim).map((row) => [row.dim, row.value]) }));
    return [
      lineChart({ title: t("Found in the first five"), series: series.slice(0, 6), across: t("Numbers") }),
      h("p.faint.small", {}, tn("{n} language measured", "{n} languages measured", codes.length)),
    ];
  }
}
