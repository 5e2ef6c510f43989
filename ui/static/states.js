// What is said when there is nothing to show, and what to do then.

import { h, icon, toast } from "./dom.js";
import { explain } from "./explain.js";
import { beginReading, FolderForm } from "./folders.js";
import { t } from "./i18n.js";
import { go } from "./route.js";

/** A quiet panel: sign, heading, sentence, things to press. */
export function panel(sign, heading, sentence, ...actions) {
  return h(
    "div.empty",
    {},
    h("span.empty-sign", {}, icon(sign)),
    h("h2", {}, heading),
    sentence && h("p", {}, sentence),
    actions.length > 0 && h("div.actions", {}, actions),
  );
}

/** `nearest`: pictures that come near, though not near enough, are shown below. */
export function nothingFound(route, nearest = false) {
  const relaxed = [];
  if (route.filter.length) relaxed.push(h("button", { type: "button", onclick: () => go({ filter: [] }) }, t("Search without filters")));
  if (route.not.length) relaxed.push(h("button", { type: "button", onclick: () => go({ not: [] }) }, t("Leave nothing out")));
  const shown = panel("search", t("Nothing fits well enough"), t("Try fewer or other words, or describe what is to be seen rather than what it means."), ...relaxed);
  shown.classList.toggle("above", nearest);
  return nearest ? [shown, h("h2.nearest", {}, t("The nearest pictures all the same"))] : shown;
}

/** Why there is no picture at all: they are being read, will be, are away, or none was ever read. */
export function emptiness(status) {
  if (status?.indexing) return "reading";
  if (status?.progress?.outcome?.interrupted) return "paused";
  return status?.roots.some((root) => root.missing > 0) ? "away" : "never";
}

/** What is said of an emptiness, and done about it. */
export function emptyLibrary(kind) {
  const toLibrary = (words) => h("button.primary", { type: "button", onclick: () => go({ page: "library" }) }, words);
  if (kind === "reading") return panel("clock", t("Your pictures are being read"), t("They appear here as they are ready."), toLibrary(t("See progress")));
  if (kind === "paused") return panel("pause", t("Reading is paused"), null, h("button.primary", { type: "button", onclick: goOn }, t("Go on reading")));
  if (kind === "away") return panel("folder", t("None of your pictures is there at the moment"), t("Pictures of a disk that is away are kept. They come back with the disk."), toLibrary(t("See the folders")));
  return firstFolder();
}

const goOn = () => beginReading([]).catch((problem) => toast(explain(problem)));

// The first thing to do, right here.
function firstFolder() {
  const form = new FolderForm(() => go({ page: "library" }));
  return h(
    "div.empty",
    {},
    h("span.empty-sign", {}, icon("picture")),
    h("h2", {}, t("Your library is empty")),
    h("p", {}, t("Name a folder with pictures. They are only read, never changed, and nothing leaves this computer.")),
    form.element,
  );
}

export function problemState(problem) {
  const shown = panel("warning", t("This search did not work"), problem ? explain(problem) : t("Something unexpected happened. Please try again."));
  // Its own sentence ends with the command that helps, which is the same in every language.
  if (MODEL_AWAY.has(problem?.kind)) shown.append(h("p.small", { lang: "en", dir: "ltr" }, problem.message));
  return shown;
}

const MODEL_AWAY = new Set(["ModelChanged", "ModelNotFound"]);
