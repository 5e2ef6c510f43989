// The library: which folders, what is in them, what could not be read, what it takes on disk.

import { ask } from "./api.js";
import { h, icon, pathText, put, toast } from "./dom.js";
import { explain } from "./explain.js";
import { beginReading, FolderForm } from "./folders.js";
import { bytes, dateTime, duration, number, percent, t, tn } from "./i18n.js";
import { onStatus, refreshStatus } from "./status.js";

// Why a file could not be read, and what helps.
const REASONS = {
  unreadable: () => [t("Could not be opened"), t("Check that you may read these files and that the disk is well.")],
  truncated: () => [t("Cut short"), t("The end of the file is missing. Copy it again from where it came.")],
  damaged: () => [t("Damaged"), t("The file is broken inside. Restore it from a backup.")],
  empty: () => [t("Empty file"), t("There is nothing in it. It can be deleted.")],
  not_a_picture: () => [t("Not a picture"), t("The name says picture, the content says otherwise. Rename or exclude it.")],
  unsupported: () => [t("Unknown format"), t("Save it in another format, for example JPEG or PNG.")],
  too_many_pixels: () => [t("Too many pixels"), t("Raise the pixel limit if you trust this file.")],
  too_large: () => [t("Too large a file"), t("Save a smaller copy of it.")],
  out_of_memory: () => [t("Needs too much memory"), t("Save a smaller copy of it.")],
  too_slow: () => [t("Took too long"), t("Reading was stopped. It is tried again when the file changes.")],
  decoder_died: () => [t("The decoder gave up"), t("Only this file is affected. Save it in another format.")],
  vanished: () => [t("Gone while reading"), t("It is tried again next time.")],
  changing: () => [t("Still being written"), t("It is tried again next time.")],
};

const reasonWords = (reason) => REASONS[reason]?.() ?? [reason.replaceAll("_", " "), ""];

export class LibraryPage {
  constructor() {
    this.work = h("section.card");
    this.roots = h("section.card");
    this.failures = h("section.card", { hidden: true });
    this.models = h("section.card");
    this.disk = h("section.card");
    this.element = h("section.page.reading", {}, h("h1", {}, t("Library")), this.work, this.roots, this.failures, this.models, this.disk);
    this.form = new FolderForm();
    onStatus((status) => this.element.isConnected && this.show(status));
  }

  enter(status) {
    if (status) this.show(status);
    refreshStatus();
  }

  show(status) {
    this.showWork(status);
    this.showRoots(status);
    this.showModels(status);
    this.showDisk(status);
    if (status.failed !== this.failed || !status.failed) this.loadFailures(status.failed);
  }

  // Reading folders ---------------------------------------------------------------------------

  /** No paths: all folders that are known. */
  async start(paths, more = {}) {
    await beginReading(paths, more).catch((problem) => toast(explain(problem)));
    refreshStatus();
  }

  async pause() {
    await ask("index", { method: "DELETE" }).catch((problem) => toast(explain(problem)));
    refreshStatus();
  }

  // The form is put on the page once, so that nobody's typing is lost while the state is asked.
  showIdle(status) {
    if (!this.work.contains(this.form.element)) {
      this.below = h("div");
      put(this.work, h("h2", {}, t("Read a folder")), h("p", {}, t("Pictures are only read, never changed. Run it again whenever the folder changed: only what is new is looked at.")), this.form.element, this.below);
    }
    put(this.below, this.outcome(status.progress), status.roots.length > 0 && this.watching(status));
  }

  watching(status) {
    const on = Boolean(status.progress?.watching);
    const act = async () => {
      if (on) await this.pause();
      else await this.start([], { watch: true });
    };
    const box = h("input", { type: "checkbox", role: "switch", checked: on, disabled: Boolean(status.progress?.pausing), onchange: act });
    return h("label.check", {}, box, t("Watch the folders and read what changes at once"));
  }

  showWork(status) {
    if (!status.indexing) return this.showIdle(status);
    const progress = status.progress.progress;
    const total = progress?.total ?? 0;
    const done = progress?.done ?? 0;
    const bar = h("progress", { "aria-label": t("Progress"), max: String(total || 1), value: total ? done : null });
    if (!total) bar.removeAttribute("value");
    const parts = [
      total ? t("{done} of {total} files", { done: number(done), total: number(total) }) : tn("{n} file seen", "{n} files seen", progress?.seen ?? 0),
      progress?.rate > 0 && t("{rate} pictures a second", { rate: number(progress.rate, { maximumFractionDigits: 1 }) }),
      progress?.remaining_seconds > 0 && t("{time} left", { time: duration(progress.remaining_seconds) }),
      progress?.failed > 0 && tn("{n} could not be read", "{n} could not be read", progress.failed),
    ];
    const button = status.progress.pausing
      ? h("button", { type: "button", disabled: true }, t("Stopping after this batch …"))
      : h("button.with-icon", { type: "button", onclick: () => this.pause() }, icon("pause"), t("Pause"));
    put(this.work, h("div.card-head", {}, h("h2", {}, t("Reading your pictures")), button), bar, h("p", {}, parts.filter(Boolean).join(" · ")), progress?.folder && h("p.faint.small", {}, pathText(progress.folder)));
  }

  outcome(progress) {
    if (progress?.error) return h("p.notice", {}, icon("warning"), h("span", {}, explain(progress.error)));
    const done = progress?.outcome;
    if (!done) return null;
    const parts = [
      tn("{n} new", "{n} new", done.indexed),
      tn("{n} unchanged", "{n} unchanged", done.unchanged),
      done.updated > 0 && tn("{n} changed", "{n} changed", done.updated),
      done.moved > 0 && tn("{n} moved", "{n} moved", done.moved),
      done.missing > 0 && tn("{n} missing", "{n} missing", done.missing),
      done.failed > 0 && tn("{n} could not be read", "{n} could not be read", done.failed),
    ];
    const words = done.interrupted ? t("Reading is paused") + " ·" : progress.watching ? t("Watching. Last run:") : t("Last run:");
    return [
      h("p.outcome", {}, icon(done.interrupted ? "pause" : "check"), h("span", {}, words, " ", parts.filter(Boolean).join(" · "), " · ", duration(done.seconds))),
      done.interrupted && h("button.with-icon", { type: "button", onclick: () => this.start([]) }, icon("play"), t("Go on reading")),
      (done.notices ?? []).map((notice) => h("p.notice", {}, icon("info"), h("span", {}, explain(notice)))),
    ];
  }

  // What there is -----------------------------------------------------------------------------

  showRoots(status) {
    const states = { online: t("available"), offline: t("disk is away") };
    put(
      this.roots,
      h("h2", {}, t("Folders")),
      status.roots.length === 0 && h("p.faint", {}, t("None yet.")),
      h(
        "ul.roots",
        {},
        status.roots.map((root) =>
          h(
            "li",
            {},
            icon("folder"),
            h("div.grow", {}, pathText(root.path), h("p.faint.small", {}, [tn("{n} picture", "{n} pictures", root.present), root.missing > 0 && tn("{n} missing", "{n} missing", root.missing), root.last_scan_at && t("read {when}", { when: dateTime(root.last_scan_at) })].filter(Boolean).join(" · "))),
            h("span.badge", { class: root.state === "online" ? "badge good" : "badge warn" }, states[root.state] ?? root.state),
            h("button", { type: "button", disabled: status.indexing, onclick: () => this.start([root.path]) }, t("Read again")),
          ),
        ),
      ),
      !status.progress?.outcome?.notices?.length && status.roots.some((root) => root.state === "offline") && h("p.notice", {}, icon("info"), h("span", {}, t("Pictures of a disk that is away are kept. They come back with the disk."))),
    );
  }

  async loadFailures(count) {
    this.failed = count;
    this.failures.hidden = !count;
    if (!count) return;
    try {
      const { failures } = await ask("failures");
      const groups = groupBy(failures);
      const again = h("button", { type: "button", onclick: () => this.start([], { retry_failed: true }) }, t("Try them again"));
      put(this.failures, h("div.card-head", {}, h("h2", {}, tn("{n} file could not be read", "{n} files could not be read", count)), again), [...groups].sort((a, b) => b[1].length - a[1].length).map(([reason, files]) => this.group(reason, files)));
    } catch {
      this.failed = null;
    }
  }

  group(reason, files) {
    const [words, help] = reasonWords(reason);
    return h(
      "details.failure-group",
      {},
      h("summary", {}, words, " ", h("span.badge", {}, number(files.length))),
      help && h("p", {}, help),
      h("ul.paths", {}, files.slice(0, 200).map((file) => h("li", {}, pathText(file.path, { title: file.path }), h("span.faint.small", { lang: "en", dir: "ltr" }, file.detail)))),
    );
  }

  showModels(status) {
    this.loadOthers(status);
    const states = { active: t("answers searches"), building: t("is being prepared"), kept: t("kept") };
    put(
      this.models,
      h("h2", {}, t("Models")),
      status.models.length === 0 && h("p.faint", {}, t("A model is chosen when the first folder is read.")),
      h(
        "ul.roots",
        {},
        status.models.map((model) => {
          const all = model.vectors + model.lacking;
          return h(
            "li",
            {},
            h("div.grow", {}, h("strong", {}, model.name), h("p.faint.small", {}, [tn("{n} number for each picture", "{n} numbers for each picture", model.dimensions), tn("{n} picture", "{n} pictures", model.vectors), model.lacking > 0 && tn("{n} without", "{n} without", model.lacking)].filter(Boolean).join(" · ")), model.state === "building" && h("progress", { max: String(all || 1), value: String(model.vectors), "aria-label": t("Progress") })),
            h("span", { class: model.state === "active" ? "badge good" : "badge" }, states[model.state] ?? model.state, model.state === "building" && all > 0 && ` ${percent(model.vectors / all)}`),
          );
        }),
      ),
    );
  }

  // Models on this computer that have no vectors here yet; the one in use answers until they are ready.
  async loadOthers(status) {
    const here = new Set(status.models.map((model) => model.name));
    this.known ??= ask("models").then((answer) => answer.models, () => []);
    const others = (await this.known).filter((model) => model.present && !here.has(model.name));
    if (!others.length || !status.pictures) return;
    this.models.querySelector(".others")?.remove();
    this.models.append(
      h(
        "div.others",
        {},
        h("p.faint.small", {}, t("Another model can be prepared beside the one in use, which answers until it is ready.")),
        others.map((model) => h("button", { type: "button", disabled: status.indexing, onclick: () => this.start([], { model: model.name }) }, t("Change to {model}", { model: model.name }))),
      ),
    );
  }

  showDisk(status) {
    const parts = [
      [t("Catalogue"), status.sizes.catalogue, "one"],
      [t("Vectors"), status.sizes.vectors, "two"],
      [t("Thumbnails"), status.sizes.thumbnails, "three"],
    ];
    const total = parts.reduce((sum, [, size]) => sum + size, 0);
    put(
      this.disk,
      h("h2", {}, t("On disk")),
      h("p", {}, t("{size} in all", { size: bytes(total) }), " · ", pathText(status.library)),
      total > 0 && h("div.stack", { "aria-hidden": "true" }, parts.map(([, size, kind]) => h(`span.${kind}`, { style: { "flex-grow": String(size) } }))),
      h("dl.facts.legend", {}, parts.map(([name, size, kind]) => [h(`dt.${kind}`, {}, name), h("dd", {}, bytes(size))])),
    );
  }
}

function groupBy(failures) {
  const groups = new Map();
  for (const item of failures) groups.set(item.reason, [...(groups.get(item.reason) ?? []), item]);
  return groups;
}

