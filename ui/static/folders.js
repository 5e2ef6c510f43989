// The form that names a folder to read: chosen or typed, forecast, and what is left out.

import { ask } from "./api.js";
import { chooseFolder } from "./chooser.js";
import { h, put, toast } from "./dom.js";
import { bytes, duration, t, tn } from "./i18n.js";
import { explain } from "./explain.js";
import { refreshStatus } from "./status.js";

/** Begins to read folders (none: all that are known). Raises what the server refuses. */
export async function beginReading(paths, more = {}) {
  await ask("index", { method: "POST", body: { paths, ...more } });
  toast(t("Reading has begun"));
  refreshStatus();
}

export class FolderForm {
  /** `begun` is called when reading has begun. */
  constructor(begun = () => {}) {
    this.begun = begun;
    this.folder = h("input", { type: "text", id: "folder", dir: "ltr", autocomplete: "off", spellcheck: "false", placeholder: "/home/me/Pictures" });
    this.excludes = h("textarea", { id: "excludes", disabled: true, rows: "3", dir: "ltr", spellcheck: "false", "aria-describedby": "excludes-note", placeholder: "*.gif\nscreenshots/", onchange: () => (this.keeping = this.keepExclusions()) });
    this.keeping = true; // what was typed last is kept before anything is read; false: it was refused
    this.forecast = h("div.forecast", { role: "status" });
    this.problem = h("p.field-problem", { role: "alert" });
    this.element = h(
      "form.index-form",
      { onsubmit: (event) => this.submit(event) },
      h("label", { for: "folder" }, t("Folder on this computer")),
      h("div.field-row", {}, this.folder, h("button", { type: "button", onclick: () => this.choose() }, t("Choose …"))),
      h("div.field-row", {}, h("button.primary", {}, t("Read this folder")), h("button", { type: "button", onclick: () => this.estimate() }, t("Forecast"))),
      this.problem, // below the buttons, which must not move between press and release
      this.forecast,
      h("details", { ontoggle: () => this.loadExclusions() }, h("summary", {}, t("Leave files out")), h("label", { for: "excludes" }, t("One pattern in each line, as in .gitignore")), this.excludes, h("p.field-note", { id: "excludes-note" }, t("Kept for all folders, and heeded whenever they are read."))),
    );
  }

  get path() {
    return this.folder.value.trim();
  }

  async choose() {
    const path = await chooseFolder(this.path);
    if (path) this.folder.value = path;
    this.folder.focus();
  }

  async submit(event) {
    event.preventDefault();
    if (!this.path) return this.folder.focus();
    if (!(await this.keeping)) return;
    await this.try(async () => {
      await beginReading([this.path]);
      this.folder.value = "";
      put(this.forecast);
      this.begun();
    });
  }

  async estimate() {
    if (!this.path) return this.folder.focus();
    if (!(await this.keeping)) return;
    put(this.forecast, h("p", {}, h("span.spinner"), " ", t("Timing a few of your pictures …")));
    await this.try(async () => {
      const forecast = await ask("index/forecast", { method: "POST", body: { paths: [this.path] } });
      put(
        this.forecast,
        h("p", {}, tn("{n} picture to read", "{n} pictures to read", forecast.files), " · ", t("about {time}", { time: duration(forecast.seconds) }), " · ", t("{size} on disk", { size: bytes(forecast.disk_bytes) }), " · ", t("{size} of memory", { size: bytes(forecast.memory_bytes) })),
        h("p.faint.small", {}, t("With the model {model}.", { model: forecast.model })),
      );
    });
  }

  // The field waits for what is kept, so that nothing typed is written over.
  async loadExclusions() {
    if (!this.excludes.disabled) return;
    await this.try(async () => {
      const { patterns } = await ask("index/exclusions");
      this.excludes.value = patterns.join("\n");
      this.excludes.disabled = false;
    });
  }

  keepExclusions() {
    const patterns = this.excludes.value.split("\n").map((line) => line.trim()).filter(Boolean);
    return this.try(() => ask("index/exclusions", { method: "PUT", body: { patterns } }));
  }

  /** Says whether it worked; if not, why, below the field. */
  async try(work) {
    this.problem.textContent = "";
    try {
      await work();
      return true;
    } catch (problem) {
      put(this.forecast);
      this.problem.textContent = explain(problem);
      return false;
    }
  }
}
