// The search page: what the address says is searched, and the answer is shown.

import { ApiError, ask, onServer, Unreachable } from "./api.js";
import { announce, append, h, icon, put } from "./dom.js";
import { openDetail, refreshSteps, updateDetail } from "./detail.js";
import { explain } from "./explain.js";
import { activeFilters, FiltersPanel } from "./filters.js";
import { Gallery } from "./gallery.js";
import { milliseconds, t, tn } from "./i18n.js";
import { preference, rememberSearch } from "./preferences.js";
import { go, onRoute, readRoute } from "./route.js";
import { examples, SearchBox } from "./searchbox.js";
import { SelectionBar } from "./selection.js";
import { serverStatus, onStatus } from "./status.js";
import { emptiness, emptyLibrary, nothingFound, problemState } from "./states.js";

const PAGE = 100; // hits of the first answer
const MORE = 200; // of those that follow while scrolling
const NEAREST = 24; // pictures shown where none fits well enough
const PATIENCE = 300; // milliseconds before the page says that it is searching
const SEARCHED = ["q", "not", "filter", "like", "dim", "min", "hybrid", "sort"];

const fingerprint = (route) => JSON.stringify(SEARCHED.map((key) => route[key]));

export class SearchPage {
  constructor() {
    this.picture = null; // a File dropped, pasted or chosen; it lives in this tab only
    this.box = new SearchBox({ picture: (file) => this.usePicture(file) });
    this.filters = new FiltersPanel();
    this.gallery = new Gallery({
      open: (index) => openDetail(this.gallery.hits[index].id),
      select: (ids) => this.selection.show(ids),
      more: () => this.more(),
    });
    this.selection = new SelectionBar(this.gallery);
    this.summary = h("p.summary", { role: "status" });
    this.notices = h("div.notices");
    this.state = h("div.state");
    this.further = h("div.further", { hidden: true }, h("button", { type: "button", onclick: () => go({ min: "0" }) }, t("Show less likely pictures too")));
    this.welcome = h("div");
    this.foot = h("div.gallery-foot", { "aria-hidden": "true" });
    this.filterButton = h("button.quiet.with-icon", {
      type: "button",
      "aria-expanded": "false",
      "aria-controls": "filters",
      onclick: () => this.showFilters(this.filters.element.hidden),
    });
    this.element = append(h("section.page.search-page"), [
      h("div.search-head", {}, h("h1.welcome-line", {}, t("Search your pictures")), this.box.element, this.welcome),
      h("div.toolbar", {}, this.summary, h("div.toolbar-end", {}, this.filterButton)),
      this.filters.element,
      this.notices,
      this.selection.element,
      this.state,
      this.gallery.element,
      this.further,
      this.foot,
    ]);
    this.gallery.label(t("Results"));
    this.showFilters(false);
    this.selection.onExclude = (ids) => this.exclude(ids);
    this.listen();
  }

  listen() {
    onRoute((route) => this.follow(route));
    onServer("back", () => this.run(readRoute(), { force: true }));
    onStatus((status, before) => {
      // New pictures arrived while the library was shown: show them once the run is over.
      if (before?.indexing && !status.indexing) this.run(readRoute(), { force: true });
      else if (!this.gallery.hits.length && before && before.pictures !== status.pictures) this.run(readRoute(), { force: true });
      else if (this.emptiness && this.emptiness !== emptiness(status)) this.run(readRoute(), { force: true });
    });
    const drop = (event) => {
      const file = [...(event.dataTransfer ?? event.clipboardData)?.files ?? []].find((item) => item.type.startsWith("image/"));
      if (!file) return;
      event.preventDefault();
      this.usePicture(file);
    };
    addEventListener("dragover", (event) => {
      event.preventDefault();
      this.element.classList.add("dropping");
    });
    addEventListener("dragleave", (event) => event.relatedTarget ?? this.element.classList.remove("dropping"));
    addEventListener("drop", (event) => {
      this.element.classList.remove("dropping");
      drop(event);
    });
    addEventListener("paste", drop);
  }

  usePicture(file) {
    this.picture = file;
    const route = readRoute();
    if (route.page !== "search") return go({ page: "search" });
    this.box.show(route, file);
    this.run(route, { force: true });
  }

  exclude(ids) {
    this.gallery.clearSelection();
    this.gallery.show(this.gallery.hits.filter((hit) => !ids.has(hit.id)));
    this.gallery.element.focus();
  }

  showFilters(open) {
    this.filters.element.hidden = !open;
    if (open) this.filters.loadRecall();
    this.filterButton.setAttribute("aria-expanded", String(open));
    const count = activeFilters(readRoute());
    put(this.filterButton, icon("sliders"), t("Filters"), count > 0 && h("span.badge", {}, String(count)));
  }

  /** The first look at the address; later ones come as it changes. */
  begin(route) {
    this.follow(route);
  }

  enter() {
    this.gallery.render();
  }

  follow(route) {
    if (route.page === "search") {
      this.box.show(route, this.picture);
      this.filters.show(route);
      this.showFilters(!this.filters.element.hidden);
      this.run(route);
    }
    updateDetail(route, this.gallery);
  }

  query(route) {
    return {
      q: route.q.trim(),
      not: route.not,
      filter: route.filter,
      like: route.like,
      dim: route.dim,
      min_relevance: route.min,
      hybrid: route.hybrid === "0" ? "false" : "",
      sort: route.sort,
    };
  }

  /** Searches when what is searched has changed. */
  async run(route, { force = false } = {}) {
    if (route.page !== "search") {
      if (force) this.asked = null; // what is shown has aged; it is asked again on the way back
      return;
    }
    const asked = fingerprint(route);
    if (asked === this.asked && this.picture === this.askedWith && !force) return;
    this.asked = asked;
    this.askedWith = this.picture;
    this.abort?.abort();
    this.abort = new AbortController();
    const started = performance.now();
    this.element.classList.add("searching");
    const patience = setTimeout(() => this.wait(), PATIENCE);
    try {
      const result = await this.ask(route, this.abort.signal);
      this.show(result, route, await this.nearest(result, route, this.abort.signal));
      this.element.dataset.answeredIn = String(Math.round(performance.now() - started));
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.fail(problem);
    } finally {
      clearTimeout(patience);
    }
    this.element.classList.remove("searching");
  }

  // The very first search waits for the model to load: better grey rows than an empty page.
  wait() {
    put(this.summary, t("Searching …"));
    if (this.gallery.hits.length || this.emptiness) return;
    put(this.state, h("div.skeletons", { "aria-hidden": "true" }, [1.5, 1, 1.4, 0.8, 1.6, 1.2].map((shape) => h("span", { style: { "inline-size": `${shape * 190}px` } }))));
  }

  // An empty page says less than the pictures that come nearest, as long as it says what they are.
  async nearest(result, route, signal) {
    if (result.total || route.min === "0" || !this.searched(route)) return null;
    const near = await this.ask({ ...route, min: "0" }, signal, { count: NEAREST });
    return near.total ? near : null;
  }

  ask(route, signal, { cursor = null, count = PAGE } = {}) {
    const query = { ...this.query(route), cursor, k: count };
    if (!this.picture) return ask("search", { query, signal });
    const form = new FormData();
    form.append("picture", this.picture);
    for (const [key, value] of Object.entries(query)) {
      for (const item of [value].flat()) if (item !== null && item !== "") form.append(key, item);
    }
    return ask("search", { method: "POST", body: form, signal });
  }

  /** `near`: what comes nearest where `result` is empty, or null. */
  show(result, route, near) {
    const searched = this.searched(route);
    const nobody = result.total === 0 && !searched;
    this.element.classList.toggle("bare", nobody);
    this.cursor = result.next_cursor;
    const hits = near?.hits ?? result.hits;
    this.gallery.total = near ? hits.length : result.total;
    this.selection.clear();
    this.gallery.show(hits, { size: preference("size", 1) });
    refreshSteps();
    this.filters.understood(result.filters, route);
    this.filters.calibrated(hits);
    this.showFurther();
    const everything = tn("{n} picture", "{n} pictures", result.total);
    const words = searched ? tn("{n} result", "{n} results", result.total) : everything;
    put(this.summary, words, searched && h("span.faint", {}, " · ", milliseconds(result.seconds.total)));
    put(this.notices, result.notices.map(explain).filter(Boolean).map((notice) => h("p.notice", {}, icon("info"), h("span", {}, notice))));
    this.element.classList.toggle("plain", !searched);
    put(this.welcome, !searched && result.total > 0 && examples());
    if (nobody) this.showEmptiness();
    else this.clearEmptiness(result.total === 0 && nothingFound(route, Boolean(near)));
    if (searched) announce(words);
    clearTimeout(this.remembering);
    if (route.q && result.total) this.remembering = setTimeout(() => rememberSearch(route.q), 1500);
  }

  // At the end of what passed the cut-off there is more, if one wants it.
  showFurther() {
    const cut = this.gallery.hits.some((hit) => hit.relevance !== null) && readRoute().min !== "0";
    this.further.hidden = !cut || Boolean(this.cursor) || this.gallery.hits.length >= (serverStatus()?.pictures ?? Infinity);
  }

  searched(route) {
    return Boolean(route.q.trim() || route.like.length || route.not.length || route.filter.length || this.picture);
  }

  fail(problem) {
    if (problem instanceof Unreachable) {
      this.asked = null;
      return; // the banner says it; what is on the page stays
    }
    this.gallery.show([]);
    this.further.hidden = true;
    this.element.classList.add("bare");
    put(this.summary);
    put(this.notices);
    put(this.welcome);
    this.element.classList.add("plain");
    if (problem.kind === "LibraryEmpty") this.showEmptiness();
    else this.clearEmptiness(problemState(problem instanceof ApiError ? problem : null));
    if (!(problem instanceof ApiError)) throw problem;
  }

  // There is no picture at all. What was begun to be typed there stays.
  showEmptiness() {
    const kind = emptiness(serverStatus());
    this.element.classList.add("nobody");
    if (this.emptiness === kind) return;
    this.emptiness = kind;
    put(this.state, emptyLibrary(kind));
    if (matchMedia("(pointer: fine)").matches) this.state.querySelector("input")?.focus();
  }

  clearEmptiness(state) {
    this.emptiness = null;
    this.element.classList.remove("nobody");
    put(this.state, state);
  }

  async more() {
    if (!this.cursor || this.fetching) return;
    const { asked, cursor } = this;
    this.fetching = true;
    try {
      const result = await this.ask(readRoute(), this.abort.signal, { cursor, count: MORE });
      if (asked === this.asked) {
        this.cursor = result.next_cursor;
        this.fetching = false;
        this.gallery.append(result.hits);
        this.showFurther();
      }
    } catch (problem) {
      if (problem.name !== "AbortError" && !(problem instanceof Unreachable)) throw problem;
    } finally {
      this.fetching = false;
    }
  }
}
