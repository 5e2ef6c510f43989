// What is said when there is nothing to show, and what to do then.

import { ask } from "./api.js";
import { h, icon, toast } from "./dom.js";
import { t, tn } from "./i18n.js";
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
export function nothingFound(route, searched, status, nearest = false) {
  if (!searched) {
    if (status?.indexing) return panel("clock", t("Your pictures are being read"), t("They appear here as they are ready."), libraryButton(t("See progress")));
    return emptyLibrary();
  }
  const relaxed = [];
  if (route.filter.length) relaxed.push(h("button", { type: "button", onclick: () => go({ filter: [] }) }, t("Search without filters")));
  if (route.not.length) relaxed.push(h("button", { type: "button", onclick: () => go({ not: [] }) }, t("Leave nothing out")));
  const shown = panel("search", t("Nothing fits well enough"), t("Try fewer or other words, or describe what is to be seen rather than what it means."), ...relaxed);
  shown.classList.toggle("above", nearest);
  return nearest ? [shown, h("h2.nearest", {}, t("The nearest pictures all the same"))] : shown;
}

function libraryButton(words) {
  return h("button.primary", { type: "button", onclick: () => go({ page: "library" }) }, words);
}

/** Says what to do first, and lets it be done right here. */
export function emptyLibrary() {
  const field = h("input", { type: "text", id: "first-folder", dir: "ltr", placeholder: "/home/me/Pictures", required: true, autocomplete: "off" });
  const problem = h("p.field-problem", { role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      await ask("index", { method: "POST", body: { paths: [field.value.trim()] } });
      toast(t("Reading has begun"));
      go({ page: "library" });
    } catch (failure) {
      problem.textContent = explain(failure);
    }
  };
  return h(
    "div.empty",
    {},
    h("span.empty-sign", {}, icon("picture")),
    h("h2", {}, t("Your library is empty")),
    h("p", {}, t("Name a folder with pictures. They are only read, never changed, and nothing leaves this computer.")),
    h("form.folder-form", { onsubmit: submit }, h("label", { for: "first-folder" }, t("Folder on this computer")), h("div.field-row", {}, field, h("button.primary", {}, t("Read this folder"))), problem),
  );
}

export function problemState(problem) {
  const shown = panel("warning", t("This search did not work"), problem ? explain(problem) : t("Something unexpected happened. Please try again."));
  // Its own sentence ends with the command that helps, which is the same in every language.
  if (MODEL_AWAY.has(problem?.kind)) shown.append(h("p.small", { lang: "en", dir: "ltr" }, problem.message));
  return shown;
}

const MODEL_AWAY = new Set(["ModelChanged", "ModelNotFound"]);

// Errors carry the name of their kind, so that the sentence can be said in the reader's language.
const KINDS = {
  FolderMissing: () => t("There is no such folder on this computer."),
  NoPictures: () => t("No picture was found in this folder."),
  LibraryEmpty: () => t("The library has no pictures yet."),
  LibraryUnwritable: () => t("The library folder cannot be written."),
  QueryPictureUnreadable: () => t("This picture cannot be read. Try another one."),
  PictureUnknown: () => t("This picture is not in the library."),
  PictureFileGone: () => t("The file is not there at the moment."),
  QueryInvalid: () => t("A filter in this search is not understood."),
  IndexingUnderWay: () => t("Reading is under way already."),
  LibraryTooSmall: () => t("There are too few pictures to measure."),
  ModelChanged: () => t("The model of this library is not on this computer."),
  ModelNotFound: () => t("The model of this library is not on this computer."),
};

const NOTICES = [
  [/^Nothing here is likely/, () => null], // what is shown instead of results says it
  [/read all vectors/, () => t("Every picture was compared, which takes longer.")],
  [/keep away from/, () => t("Say what to look for as well as what to leave out.")],
  [/nothing was deleted/, () => t("Pictures of a disk that is away are kept. They come back with the disk.")],
  [/could not be read \(/, () => t("A folder could not be read. What is known of it stays as it was.")],
  [/longer than|was cut|cut to/i, () => t("The query was longer than the model reads; its end was left out.")],
  [/weak|less well|not reliabl/i, () => t("The model knows the language of this query less well.")],
  [/bundled/i, () => t("The small model that comes with the program is in use.")],
  [/former model/, () => t("The former model answers until the new one is ready.")],
];

/** A sentence of the server in the reader's language, its own words where none is known; null for one that the page says already. */
export function explain(problem) {
  if (typeof problem === "string") {
    const found = NOTICES.find(([pattern]) => pattern.test(problem));
    return found ? found[1]() : problem;
  }
  return KINDS[problem?.kind]?.() ?? problem?.message ?? t("Something unexpected happened. Please try again.");
}

export function vanished() {
  return t("The file is not there at the moment.");
}

export function picturesWord(count) {
  return tn("{n} picture", "{n} pictures", count);
}
