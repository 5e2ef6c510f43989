// The panel of filters: each field writes one word of the query syntax, which the address carries.

import { ask } from "./api.js";
import { append, h, icon, iconButton, put } from "./dom.js";
import { bytes, number, percent, t } from "./i18n.js";
import { meanRecall } from "./recall.js";
import { go, readRoute } from "./route.js";
import { onStatus, serverStatus } from "./status.js";

const FORMATS = ["jpeg", "png", "webp", "heif", "gif", "tiff", "raw"];
const DEFAULT_RELEVANCE = 10; // percent; the server's own default
const COLOURS = {
  red: ["#d33a2c", () => t("red")],
  orange: ["#ee8a26", () => t("orange")],
  yellow: ["#f0cd3a", () => t("yellow")],
  green: ["#4c9a4a", () => t("green")],
  blue: ["#3f76c9", () => t("blue")],
  purple: ["#8656b8", () => t("purple")],
  pink: ["#e58fb1", () => t("pink")],
  brown: ["#845a3b", () => t("brown")],
  black: ["#1d1d1d", () => t("black")],
  grey: ["#8f8f8f", () => t("grey")],
  white: ["#f4f4f2", () => t("white")],
};

/** Number of things that narrow the search, for the badge on the button. */
export const activeFilters = (route) => route.filter.length + (route.min ? 1 : 0) + (route.dim ? 1 : 0) + (route.hybrid === "0" ? 1 : 0) + (route.sort === "date" ? 1 : 0);

// A value with a space goes into quotes, as the query syntax wants it.
const word = (key, value) => (/[\s"]/.test(value) ? `${key}:"${value.replaceAll('"', "")}"` : `${key}:${value}`);

function valueOf(filters, key) {
  const found = filters.find((item) => item.startsWith(key + ":"));
  return found ? found.slice(key.length + 1).replaceAll('"', "") : "";
}

function setFilter(key, value) {
  const others = readRoute().filter.filter((item) => !item.startsWith(key + ":"));
  go({ filter: value ? [...others, word(key, value)] : others }, { replace: true });
}

// `before:` means until that day begins, a person who picks a last day means until it ends.
function shiftDay(day, by) {
  if (!day) return "";
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

/** Where the slider stands, in words. */
export function relevanceWords(value) {
  if (value === 0) return t("everything, nearest first");
  if (value < 25) return t("likely and possible matches");
  if (value < 60) return t("likely matches");
  return t("only sure matches");
}

export class FiltersPanel {
  constructor() {
    this.understoodChips = h("p.understood");
    this.fields = h("div.filter-fields");
    this.element = h("div.filters", { id: "filters", role: "region", "aria-label": t("Filters") }, this.fields, this.understoodChips);
    this.controls = this.makeControls();
    append(this.fields, Object.values(this.controls).map((control) => control.element));
    onStatus((status) => this.showWidths(status));
  }

  makeControls() {
    return {
      relevance: this.relevance(),
      dates: this.dates(),
      type: this.select("type", t("Type"), FORMATS.map((name) => [name, name.toUpperCase()])),
      orientation: this.select("orientation", t("Shape"), [["landscape", t("wide")], ["portrait", t("tall")], ["square", t("square")]]),
      folder: this.text("folder", t("Folder")),
      camera: this.text("camera", t("Camera")),
      colour: this.colour(),
      only: this.checks(),
      width: this.width(),
      order: this.order(),
      reset: { element: h("div.field.reset", {}, h("button", { type: "button", onclick: () => go({ filter: [], min: "", dim: "", hybrid: "", sort: "" }) }, t("Reset"))), show() {} },
    };
  }

  field(label, id, ...content) {
    return h("div.field", {}, h("label", { for: id }, label), ...content);
  }

  relevance() {
    const words = h("output.slider-words", { for: "relevance" });
    const note = h("span.field-note", { hidden: true }, t("The model in use cannot say how sure it is, so everything is shown, nearest first."));
    const slider = h("input", {
      type: "range",
      id: "relevance",
      min: "0",
      max: "90",
      step: "5",
      oninput: () => this.showRelevance(slider, words, Number(slider.value)),
      onchange: () => go({ min: Number(slider.value) === DEFAULT_RELEVANCE ? "" : String(Number(slider.value) / 100) }),
    });
    return {
      slider,
      note,
      element: h("div.field.wide", {}, h("label", { for: "relevance" }, t("Show")), slider, words, note),
      show: (route) => this.showRelevance(slider, words, route.min === "" ? DEFAULT_RELEVANCE : Math.round(Number(route.min) * 100)),
    };
  }

  showRelevance(slider, words, value) {
    slider.value = value;
    slider.setAttribute("aria-valuetext", relevanceWords(value));
    put(words, relevanceWords(value), value > 0 && h("span.faint", {}, ` ≥ ${percent(value / 100)}`));
  }

  dates() {
    const day = (key, label, by) => h("input", { type: "date", "aria-label": label, onchange: (event) => setFilter(key, shiftDay(event.target.value, by)) });
    const from = day("after", t("Taken from"), 0);
    const to = day("before", t("Taken until"), 1);
    return {
      element: h("fieldset.field.wide", {}, h("legend", {}, t("Taken between")), h("div.field-row", {}, from, h("span", { "aria-hidden": "true" }, "–"), to)),
      show: (route) => {
        from.value = valueOf(route.filter, "after");
        to.value = shiftDay(valueOf(route.filter, "before"), -1);
      },
    };
  }

  select(key, label, choices) {
    const id = `filter-${key}`;
    const select = h("select", { id, onchange: () => setFilter(key, select.value) }, h("option", { value: "" }, t("any")), choices.map(([value, words]) => h("option", { value }, words)));
    return { element: this.field(label, id, select), show: (route) => (select.value = valueOf(route.filter, key)) };
  }

  text(key, label) {
    const id = `filter-${key}`;
    const input = h("input", { type: "text", id, dir: "auto", autocomplete: "off", onchange: () => setFilter(key, input.value.trim()) });
    return { element: this.field(label, id, input), show: (route) => (input.value = valueOf(route.filter, key)) };
  }

  colour() {
    const buttons = Object.entries(COLOURS).map(([name, [value, words]]) =>
      h("button.swatch", {
        type: "button",
        "aria-label": words(),
        title: words(),
        "aria-pressed": "false",
        "data-colour": name,
        style: { "--swatch": value },
        onclick: () => setFilter("colour", valueOf(readRoute().filter, "colour") === name ? "" : name),
      }),
    );
    return {
      element: h("fieldset.field", {}, h("legend", {}, t("Colour")), h("div.swatches", {}, buttons)),
      show: (route) => {
        const chosen = valueOf(route.filter, "colour");
        for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.colour === chosen));
      },
    };
  }

  checks() {
    const box = (filter, words) => {
      const input = h("input", {
        type: "checkbox",
        onchange: () => {
          const others = readRoute().filter.filter((item) => item !== filter);
          go({ filter: input.checked ? [...others, filter] : others }, { replace: true });
        },
      });
      return { input, filter, element: h("label.check", {}, input, words) };
    };
    const boxes = [box("is:favourite", t("favourites")), box("has:caption", t("with a caption")), box("has:place", t("with a place"))];
    return {
      element: h("fieldset.field", {}, h("legend", {}, t("Only")), boxes.map((item) => item.element)),
      show: (route) => boxes.forEach((item) => (item.input.checked = route.filter.includes(item.filter))),
    };
  }

  width() {
    this.widths = h("select", { id: "width", "aria-describedby": "width-note", onchange: () => go({ dim: this.widths.value }) });
    return {
      element: this.field(t("Vector width"), "width", this.widths, h("span.field-note", { id: "width-note" }, t("Fewer numbers: less memory, a little less exact."))),
      show: (route) => {
        this.chosenWidth = route.dim;
        this.showWidths(serverStatus());
      },
    };
  }

  /** Where an evaluation has run, the widths also say how well they find. */
  async loadRecall() {
    if (this.recall) return;
    this.recall = new Map();
    const state = await ask("evaluation").catch(() => null);
    this.recall = meanRecall(state);
    this.showWidths(serverStatus());
  }

  // Only widths the model was trained for; each with what it takes, and how well it finds.
  showWidths(status) {
    const model = activeModel(status);
    if (!model) return;
    const option = (dim) => {
      const parts = [number(dim), t("{size} per picture", { size: bytes(dim * 2) })];
      if (this.recall?.has(dim)) parts.push(t("finds {share} in the first five", { share: percent(this.recall.get(dim)) }));
      return h("option", { value: String(dim) }, parts.join(" · "));
    };
    put(this.widths, h("option", { value: "" }, t("automatic")), model.matryoshka.map(option));
    this.widths.value = this.chosenWidth ?? "";
  }

  order() {
    const hybrid = h("input", { type: "checkbox", onchange: () => go({ hybrid: hybrid.checked ? "" : "0" }) });
    const sort = h("select", { id: "sort", onchange: () => go({ sort: sort.value }) }, h("option", { value: "" }, t("best first")), h("option", { value: "date" }, t("newest first")));
    return {
      element: h("div.field", {}, h("label", { for: "sort" }, t("Order")), sort, h("label.check", {}, hybrid, t("also search words in captions and names"))),
      show: (route) => {
        hybrid.checked = route.hybrid !== "0";
        sort.value = route.sort === "date" ? "date" : "";
      },
    };
  }

  show(route) {
    for (const control of Object.values(this.controls)) control.show(route);
  }

  /** Without a calibration no hit has a relevance, and the slider would do nothing. */
  calibrated(hits) {
    const { slider, note } = this.controls.relevance;
    const scored = hits.filter((hit) => hit.score !== null);
    const without = scored.length > 0 && scored.every((hit) => hit.relevance === null);
    slider.disabled = without;
    note.hidden = !without;
  }

  /** Filters the server read out of the words, so that nothing narrows a search unseen. */
  understood(filters, route) {
    const given = new Set(route.filter);
    const read = filters.filter((item) => !given.has(item));
    put(
      this.understoodChips,
      read.length > 0 && [t("Read from your words:"), " ", read.map((item) => h("code", {}, item))],
      route.filter.map((item) => h("span.chip", {}, h("code", {}, item), iconButton("close", t("Remove {what}", { what: item }), () => go({ filter: readRoute().filter.filter((other) => other !== item) })))),
    );
  }
}

/** The model that answers searches now. */
export function activeModel(status) {
  const models = status?.models ?? [];
  return models.find((model) => model.state === "active") ?? models[0] ?? null;
}
