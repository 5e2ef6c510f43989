// What an evaluation found, below its chart: the advice, the plots of its report, and the way to
// all of it.

import { resource } from "./api.js";
import { h } from "./dom.js";
import { languageName, number, t } from "./i18n.js";

// Plots that a report may have, besides recall by width, which the page draws itself.
const PLOTS = {
  languages: () => t("Found in the first five, by language and width"),
  bytes: () => t("Quality against bytes per picture"),
  latency: () => t("Quality against time per search"),
  rank_changes: () => t("How far the right pictures move"),
  index_recall: () => t("What the vector index finds of the exact first ten"),
};

/** Advice, weak languages, plots and a link to the whole report of a summary of results. */
export function evaluationReport(result) {
  if (!result.advice) return null;
  const { dim, full_dim, assured, command } = result.advice;
  const numbers = { dim: number(dim), full: number(full_dim) };
  const sentence = dim === full_dim ? t("Keep all {full} numbers: every narrower width loses too much here.", numbers) : assured ? t("{dim} of {full} numbers are enough on these pictures.", numbers) : t("{dim} of {full} numbers look enough, but these pictures are too few to be sure.", numbers);
  const weak = result.weak.map((code) => languageName(code)).join(", ");
  const drawn = Object.entries(PLOTS).filter(([name]) => result.plots.includes(name));
  return h(
    "div",
    {},
    h("p", {}, h("strong", {}, sentence)),
    command && h("p", {}, t("To switch, without reading the pictures again:"), " ", h("code", { dir: "ltr" }, command)),
    weak && h("p", {}, t("Languages that are understood less well: {languages}", { languages: weak })),
    h("p", {}, h("a", { href: resource("evaluation/report"), target: "_blank", rel: "noopener" }, t("Open the whole report"))),
    drawn.length > 0 && h("details", {}, h("summary", {}, t("Plots")), drawn.map(([name, words]) => plot(name, words(), result.created_at))),
  );
}

function plot(name, words, made) {
  const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
  const address = `${resource(`evaluation/plots/${name}`)}?theme=${theme}&made=${encodeURIComponent(made)}`;
  return h("figure.chart-box", {}, h("img.chart", { src: address, alt: words, loading: "lazy" }), h("figcaption.faint.small", {}, words));
}
