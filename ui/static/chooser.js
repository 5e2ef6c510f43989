// Choosing a folder of the computer that runs the program: a browser shows only its own.

import { ask } from "./api.js";
import { h, icon, pathText, put } from "./dom.js";
import { fileName } from "./gallery.js";
import { t, tn } from "./i18n.js";
import { explain } from "./explain.js";

/** Opens at `start` (empty: the person's pictures); resolves to a path, or null. */
export function chooseFolder(start) {
  return new Promise((resolve) => {
    const heading = h("h2", { id: "chooser-heading" }, t("Choose a folder"));
    const place = h("p.chooser-place", { role: "status" });
    const list = h("ul.chooser-list");
    const choose = h("button.primary", { type: "button", onclick: () => end(place.dataset.path) }, t("Choose this folder"));
    const dialog = h(
      "dialog.chooser",
      { "aria-labelledby": "chooser-heading", oncancel: (event) => (event.preventDefault(), end(null)), onclick: (event) => event.target === dialog && end(null) },
      h("div.chooser-body", {}, heading, place, list, h("div.actions", {}, h("button", { type: "button", onclick: () => end(null) }, t("Cancel")), choose)),
    );

    function end(path) {
      dialog.close();
      dialog.remove();
      resolve(path);
    }

    async function show(path) {
      let listing;
      try {
        listing = await ask("folders", { query: { path } });
      } catch (problem) {
        if (path && problem.kind === "FolderMissing" && !place.dataset.path) return show("");
        put(place, h("span.field-problem", {}, explain(problem)));
        return;
      }
      place.dataset.path = listing.path;
      put(place, pathText(listing.path), h("span.faint.small", {}, tn("{n} picture in the folder itself", "{n} pictures in the folder itself", listing.pictures)));
      const entry = (path, name, sign) => h("li", {}, h("button.quiet", { type: "button", onclick: () => show(path) }, icon(sign), name));
      put(
        list,
        listing.parent && entry(listing.parent, h("span", {}, t("One folder up")), "up"),
        listing.folders.map((path) => entry(path, h("bdi", {}, fileName(path)), "folder")),
        !listing.folders.length && h("li.faint", {}, t("There is no folder in here.")),
      );
      list.scrollTop = 0;
      list.querySelector("button")?.focus();
    }

    document.querySelector(".app-root").append(dialog);
    dialog.showModal();
    show(start);
  });
}
