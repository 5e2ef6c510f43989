// Starts the interface inside the element that Gradio gives, and moves between its pages.

import { onServer } from "./api.js";
import { h, icon, put } from "./dom.js";
import { chooseLanguage, isRightToLeft, language, languages, loadLanguage, t, tn } from "./i18n.js";
import { applyTheme, preference } from "./preferences.js";
import { go, onRoute, readRoute } from "./route.js";
import { onStatus, refreshStatus, serverStatus } from "./status.js";

const PAGES = {
  search: { sign: "search", words: () => t("Search"), load: async () => new (await import("./search.js")).SearchPage() },
  library: { sign: "library", words: () => t("Library"), load: async () => new (await import("./library.js")).LibraryPage() },
  dimensions: { sign: "chart", words: () => t("Dimensions"), load: async () => new (await import("./dimensions.js")).DimensionsPage() },
  settings: { sign: "gear", words: () => t("Settings"), load: async () => new (await import("./settings.js")).SettingsPage() },
};

const made = {};
let main;
let tabs;

/** Called by Gradio when its HTML component is on the page. */
export async function start(element) {
  applyTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  const available = await languages();
  await loadLanguage(chooseLanguage(available, preference("language", null)));
  document.title = "searchapp";
  // Gradio wraps its page in the <main> landmark, and a page may have only one.
  main = h("div.main-content", { id: "main", tabindex: "-1" });
  const root = h("div.app-root", { dir: isRightToLeft() ? "rtl" : "ltr", lang: language() }, skipLink(), masthead(), banner(), main);
  element.replaceChildren(root);
  onRoute(turn);
  await turn(readRoute());
  addEventListener("keydown", slash);
  refreshStatus();
}

// "/" goes to the box from anywhere, except where it is a letter.
async function slash(event) {
  const typing = event.target.closest?.("input, textarea, select, dialog, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (readRoute().page !== "search") {
    go({ page: "search" });
    await turn(readRoute());
  }
  made.search.box.focusAnew();
}

function skipLink() {
  return h("a.skip", { href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, t("Skip to content"));
}

function masthead() {
  tabs = Object.entries(PAGES).map(([name, page]) =>
    h("a", { href: name === "search" ? "./" : `?view=${name}`, "data-page": name, onclick: (event) => follow(event, name) }, icon(page.sign), h("span", {}, page.words())),
  );
  const mark = h("a.mark", { href: "./", onclick: (event) => follow(event, "search", true) }, h("span.mark-dot", { "aria-hidden": "true" }), "searchapp");
  const progress = h("a.progress-pill", { href: "?view=library", hidden: true, onclick: (event) => follow(event, "library") });
  onStatus((status) => showProgress(progress, status));
  return h("header.masthead", {}, mark, progress, h("nav.tabs", { "aria-label": t("Pages") }, tabs));
}

// Indexing that goes on elsewhere is seen from every page.
function showProgress(pill, status) {
  pill.hidden = !status.indexing;
  if (!status.indexing) return;
  const files = status.progress.progress?.done ?? status.progress.progress?.seen ?? 0;
  put(pill, h("span.spinner", { "aria-hidden": "true" }), h("span", {}, tn("Reading: {n} file", "Reading: {n} files", files)));
}

function follow(event, page, fresh = false) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (fresh) {
    go({ page: "search", q: "", not: [], filter: [], like: [], dim: "", min: "", hybrid: "", sort: "", picture: "" });
    if (made.search?.picture) made.search.usePicture(null);
  } else go({ page, picture: "" });
  scrollTo({ top: 0 });
}

function banner() {
  const away = h("div.away-banner", { role: "alert", hidden: true }, h("span.spinner", { "aria-hidden": "true" }), h("span", {}, t("The program does not answer. It may have been closed; this page goes on by itself when it is back.")));
  onServer("away", () => (away.hidden = false));
  onServer("back", () => (away.hidden = true));
  return away;
}

async function turn(route) {
  const name = PAGES[route.page] ? route.page : "search";
  for (const tab of tabs) tab.toggleAttribute("data-current", tab.dataset.page === name);
  for (const tab of tabs) tab.dataset.page === name ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current");
  const first = !made[name];
  made[name] ??= await PAGES[name].load();
  const page = made[name];
  if (page.element.parentNode !== main) put(main, page.element);
  document.title = name === "search" ? (route.q ? `${route.q} – searchapp` : "searchapp") : `${PAGES[name].words()} – searchapp`;
  if (first) page.begin?.(route);
  page.enter?.(serverStatus());
  if (first && name === "search" && matchMedia("(pointer: fine)").matches && !route.picture) page.box.focus();
}

