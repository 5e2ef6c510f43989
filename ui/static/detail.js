// One picture, large, with all that is known of it. The picture is the first thing, words come after.

import { ask, original, thumbnail, Unreachable } from "./api.js";
import { captionsSection } from "./captions.js";
import { append, copyText, h, icon, iconButton, pathText, put, toast } from "./dom.js";
import { explain, fileAway } from "./explain.js";
import { fileName, reasons } from "./gallery.js";
import { bytes, dateTime, isRightToLeft, number, percent, t, tn } from "./i18n.js";
import { coordinates, worldMap } from "./map.js";
import { go } from "./route.js";
import { panel } from "./states.js";
import { Zoom } from "./zoom.js";

const SIMILAR = 12;
let view = null;

export function openDetail(id) {
  openedHere = true;
  go({ picture: String(id) });
}

let openedHere = false;

function close() {
  // Back to the very step before, so that the back button does not open the picture again.
  if (openedHere) {
    openedHere = false;
    history.back();
  } else go({ picture: "" }, { replace: true });
}

/** Opens, changes or closes the view as the address says. */
export function updateDetail(route, gallery) {
  if (!route.picture) {
    view?.hide();
    return;
  }
  view ??= new DetailView();
  view.gallery = gallery;
  view.show(Number(route.picture));
}

/** The results have changed: so has what comes before and after. */
export function refreshSteps() {
  if (!view?.dialog.open) return;
  view.showSteps();
  view.showWhy();
}

class DetailView {
  constructor() {
    this.zoom = new Zoom();
    this.zoom.onSwipe = (across) => this.step((across < 0 ? 1 : -1) * (isRightToLeft() ? -1 : 1));
    this.side = h("div.detail-side", { tabindex: "-1" });
    this.why = h("p.faint");
    this.previous = iconButton("back", t("Previous picture"), () => this.step(-1), { "data-side": "start" });
    this.following = iconButton("next", t("Next picture"), () => this.step(1), { "data-side": "end" });
    this.dialog = h(
      "dialog.detail",
      {
        "aria-label": t("Picture"),
        oncancel: (event) => {
          event.preventDefault();
          close();
        },
        onkeydown: (event) => this.key(event),
      },
      h(
        "div.detail-stage",
        {},
        this.zoom.element,
        this.previous,
        this.following,
        h(
          "div.detail-tools",
          {},
          iconButton("close", t("Close"), close),
          h("span.grow"),
          iconButton("minus", t("Smaller"), () => this.zoom.out()),
          iconButton("plus", t("Larger"), () => this.zoom.in()),
          iconButton("fit", t("Fit to window"), () => this.zoom.reset()),
        ),
      ),
      this.side,
    );
    document.querySelector(".app-root").append(this.dialog);
  }

  hide() {
    if (!this.dialog.open) return;
    this.dialog.close();
    document.documentElement.classList.remove("no-scroll");
    this.id = null;
    const index = this.gallery.hits.findIndex((hit) => hit.id === this.lastId);
    if (index >= 0) this.gallery.focus(index);
  }

  get index() {
    return this.gallery.hits.findIndex((hit) => hit.id === this.id);
  }

  async show(id) {
    if (!this.dialog.open) {
      this.dialog.showModal();
      document.documentElement.classList.add("no-scroll");
    }
    if (id === this.id) return;
    this.id = id;
    this.lastId = id;
    const hit = this.gallery.hits[this.index];
    this.showSteps();
    this.missing = false;
    this.zoom.show(thumbnail(id), original(id), hit?.caption ?? fileName(hit?.path), () => this.away(id));
    try {
      const detail = await ask(`images/${id}`);
      if (this.id === id) this.fill(detail);
    } catch (problem) {
      if (problem instanceof Unreachable || this.id !== id) return;
      put(this.side, panel("warning", t("This picture is not in the library."), explain(problem), h("button.primary", { type: "button", onclick: close }, t("Back to the results"))));
    }
  }

  showSteps() {
    this.previous.disabled = this.index <= 0;
    this.following.disabled = this.index < 0 || this.index >= this.gallery.hits.length - 1;
  }

  // The file could not be drawn: find out whether it is gone or merely a format browsers lack.
  async away(id) {
    try {
      const answer = await fetch(original(id), { headers: { Range: "bytes=0-0" } });
      if (answer.ok || this.id !== id) return;
    } catch {
      return;
    }
    this.missing = true;
    this.side.querySelector(".away-note")?.remove();
    this.side.prepend(h("p.notice.away-note", {}, icon("warning"), h("span", {}, fileAway())));
  }

  step(by) {
    const next = this.gallery.hits[this.index + by];
    if (!next) return;
    go({ picture: String(next.id) }, { replace: true });
    if (this.index > this.gallery.hits.length - 5) this.gallery.listen.more();
  }

  key(event) {
    if (event.target.closest("input, textarea, select")) return;
    const onward = isRightToLeft() ? -1 : 1;
    const act = {
      ArrowRight: () => this.step(onward),
      ArrowLeft: () => this.step(-onward),
      "+": () => this.zoom.in(),
      "=": () => this.zoom.in(),
      "-": () => this.zoom.out(),
      0: () => this.zoom.reset(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  fill(detail) {
    const caption = detail.captions[0]?.text;
    this.zoom.image.alt = caption ?? fileName(detail.path);
    put(
      this.side,
      this.missing || !detail.path ? h("p.notice.away-note", {}, icon("warning"), h("span", {}, fileAway())) : null,
      h("div.detail-head", {}, h("h2.detail-name", { dir: "auto" }, fileName(detail.path ?? detail.locations[0]?.path)), this.heart(detail)),
      this.why,
      this.actions(detail),
      captionsSection(detail),
      this.facts(detail),
      this.place(detail),
      this.files(detail),
      this.duplicates(detail),
      this.similar(detail),
    );
    this.showWhy();
    this.side.scrollTop = 0;
  }

  // A link straight to a picture shows it before the search around it has been answered.
  showWhy() {
    const hit = this.gallery.hits[this.index];
    const parts = hit ? [hit.relevance !== null && t("{share} sure", { share: percent(hit.relevance) }), reasons(hit)].filter(Boolean) : [];
    put(this.why, parts.join(" · "));
    this.why.hidden = !parts.length;
  }

  heart(detail) {
    const button = iconButton("heart", t("Favourite"), async () => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      try {
        await ask(`images/${detail.id}/favourite`, { method: wanted ? "PUT" : "DELETE" });
        button.setAttribute("aria-pressed", String(wanted));
      } catch (problem) {
        toast(explain(problem));
      }
    });
    button.setAttribute("aria-pressed", String(detail.favourite));
    return button;
  }

  actions(detail) {
    const action = (name, words, act) => h("button.with-icon", { type: "button", onclick: act }, icon(name), h("span", {}, words));
    return h(
      "div.detail-actions",
      {},
      action("copy", t("Copy path"), () => copyText(detail.path ?? "", t("Path copied"))),
      action("folder", t("Open folder"), () => this.openFolder(detail)),
      action("like", t("More like this"), () => {
        this.hide();
        go({ picture: "", q: "", not: [], like: [String(detail.id)] });
      }),
      h("a.button.with-icon", { href: original(detail.id), download: fileName(detail.path) }, icon("download"), h("span", {}, t("Download"))),
    );
  }

  async openFolder(detail) {
    try {
      await ask(`images/${detail.id}/open-folder`, { method: "POST" });
      toast(t("The folder opens on the computer that runs the program"));
    } catch (problem) {
      toast(explain(problem));
    }
  }

  facts(detail) {
    const rows = [
      [t("Taken"), detail.taken_at && dateTime(detail.taken_at)],
      [t("Camera"), detail.camera],
      [t("Size"), t("{width} × {height} pixels", { width: number(detail.width), height: number(detail.height) })],
      [t("File"), `${detail.format.toUpperCase()} · ${bytes(detail.byte_size)}`],
      [t("Frames"), detail.frames > 1 && number(detail.frames)],
    ];
    return h(
      "section",
      {},
      h("h3", {}, t("About this picture")),
      h("dl.facts", {}, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)])),
      detail.colours.length > 0 && h("div.palette", { "aria-hidden": "true" }, detail.colours.map((colour) => h("span", { style: { background: colour } }))),
    );
  }

  place(detail) {
    if (detail.latitude === null || detail.longitude === null) return null;
    return h("section", {}, h("h3", {}, t("Place")), worldMap(detail.latitude, detail.longitude), h("p.faint.small", {}, coordinates(detail.latitude, detail.longitude)));
  }

  files(detail) {
    return h(
      "section",
      {},
      h("h3", {}, tn("In {n} place on this computer", "In {n} places on this computer", detail.locations.length)),
      h(
        "ul.paths",
        {},
        detail.locations.map((place) =>
          h("li", {}, pathText(place.path), !place.root_online ? h("span.badge.warn", {}, t("disk is away")) : place.missing_since && h("span.badge.warn", {}, t("not there"))),
        ),
      ),
    );
  }

  // The same picture again, each with the size that tells which one to keep.
  duplicates(detail) {
    const entry = (file) =>
      h(
        "button.duplicate",
        { type: "button", onclick: () => go({ picture: String(file.id) }) },
        h("img", { src: thumbnail(file.id), alt: "", loading: "lazy" }),
        h("span.grow", {}, h("bdi", {}, fileName(file.path)), h("span.faint.small", {}, t("{width} × {height} pixels", { width: number(file.width), height: number(file.height) }), " · ", bytes(file.byte_size))),
      );
    return this.later(t("The same picture, scaled or edited"), h("div"), async () => (await ask(`images/${detail.id}/duplicates`)).map(entry));
  }

  similar(detail) {
    const entry = (hit) => h("button", { type: "button", "aria-label": hit.caption || fileName(hit.path), onclick: () => go({ picture: String(hit.id) }) }, h("img", { src: thumbnail(hit.id), alt: "", loading: "lazy" }));
    return this.later(t("Similar pictures"), h("div.strip"), async () => {
      const { hits } = await ask(`images/${detail.id}/similar`, { query: { k: SIMILAR } });
      return hits.filter((hit) => hit.id !== detail.id).map(entry);
    });
  }

  /** A section that is there once `load` has found something for it. */
  later(heading, place, load) {
    const section = h("section", { hidden: true }, h("h3", {}, heading), place);
    load()
      .then((entries) => {
        append(place, entries);
        section.hidden = !entries.length;
      })
      .catch(() => {}); // the picture is shown without it
    return section;
  }
}

