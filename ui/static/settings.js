// Settings: what this browser remembers, and what the program runs with.

import { ask } from "./api.js";
import { copyText, h, iconButton, pathText, put, toast } from "./dom.js";
import { explain } from "./explain.js";
import { activeModel } from "./filters.js";
import { beginReading } from "./folders.js";
import { bytes, language, languages, t } from "./i18n.js";
import { PasswordCard } from "./password.js";
import { applyTheme, forgetSearches, prefer, preference } from "./preferences.js";
import { go } from "./route.js";
import { onStatus, serverStatus } from "./status.js";

const SIZES = [["0.75", () => t("small")], ["1", () => t("medium")], ["1.5", () => t("large")]];

/** A command to be typed elsewhere, with a button that copies it. */
function commandLine(command) {
  return h("div.command", {}, h("code", { dir: "ltr" }, command), iconButton("copy", t("Copy the command"), () => copyText(command, t("Command copied"))));
}

export class SettingsPage {
  constructor() {
    this.about = h("section.card");
    this.password = new PasswordCard();
    this.element = h("section.page.reading", {}, h("h1", {}, t("Settings")), this.appearance(), this.models(), this.password.element, this.privacy(), this.about);
    onStatus((status, before) => this.element.isConnected && this.show(status, before));
  }

  enter(status) {
    this.known = null; // another may have come since the last visit
    if (status) this.show(status);
    else this.showModels();
    this.password.load();
  }

  appearance() {
    const tongue = h("select", {
      id: "language",
      onchange: () => {
        prefer("language", tongue.value);
        location.reload();
      },
    });
    languages().then((available) => {
      put(tongue, available.map((item) => h("option", { value: item.code, lang: item.code }, item.name)));
      tongue.value = language();
    });
    const themes = [["auto", t("as the system")], ["light", t("light")], ["dark", t("dark")]];
    return h(
      "section.card",
      {},
      h("h2", {}, t("Appearance")),
      h("div.field", {}, h("label", { for: "language" }, t("Language")), tongue),
      this.choice("theme", t("Theme"), themes, preference("theme", "auto"), (value) => {
        prefer("theme", value);
        applyTheme();
      }),
      this.choice("size", t("Size of pictures"), SIZES.map(([value, words]) => [value, words()]), String(preference("size", 1)), (value) => prefer("size", Number(value))),
      this.switch(t("Always show captions in the gallery"), preference("words", false), (on) => {
        prefer("words", on);
        document.documentElement.classList.toggle("always-words", on);
      }),
    );
  }

  choice(name, legend, choices, chosen, act) {
    return h(
      "fieldset.field",
      {},
      h("legend", {}, legend),
      h("div.segments", {}, choices.map(([value, words]) => h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => act(value) }), h("span", {}, words)))),
    );
  }

  switch(words, on, act) {
    const box = h("input", { type: "checkbox", role: "switch", checked: on, onchange: () => act(box.checked) });
    return h("label.check", {}, box, words);
  }

  privacy() {
    const forget = () => {
      forgetSearches();
      toast(t("Recent searches forgotten"));
    };
    return h("section.card", {}, h("h2", {}, t("Privacy")), h("p", {}, t("Nothing leaves this computer. Recent searches are kept in this browser only.")), h("button", { type: "button", onclick: forget }, t("Forget recent searches")));
  }

  models() {
    this.list = h("ul.roots");
    this.captioners = h("ul.roots");
    return h(
      "section.card",
      {},
      h("h2", {}, t("Models")),
      h("p", {}, t("A model turns words and pictures into numbers. Models are fetched on the command line, because the licence should be read first.")),
      this.list,
      h("h3.card-part", {}, t("Captions")),
      h("p", {}, t("A captioner writes a sentence about each picture. It is not needed for searching. It works for hours and in an environment of its own, so it is started on the command line.")),
      this.captioners,
    );
  }

  // The server looks into every model's folder to answer, so it is not asked at each change of status.
  async showModels() {
    this.known ??= ask("models").catch(() => (this.known = null));
    const known = await this.known;
    if (!known) return;
    const status = serverStatus();
    put(this.list, known.models.map((model) => this.modelEntry(model, `searchapp model pull ${model.name}`, this.modelState(model, status))));
    put(this.captioners, (known.captioners ?? []).map((model) => this.modelEntry(model, `searchapp caption --captioner ${model.name}`, this.presence(model), true)));
  }

  presence(model) {
    return h("span", { class: model.present ? "badge good" : "badge" }, model.present ? t("on this computer") : t("not here"));
  }

  // A model that is here can be changed to; the one in use answers until the other is ready.
  modelState(model, status) {
    if (activeModel(status)?.name === model.name) return h("span.badge.good", {}, t("answers searches"));
    if (!model.present || !status?.pictures) return this.presence(model);
    const change = async () => {
      try {
        await beginReading([], { model: model.name });
        go({ page: "library" });
      } catch (problem) {
        toast(explain(problem));
      }
    };
    return h("button", { type: "button", disabled: status.indexing, onclick: change }, t("Change to {model}", { model: model.name }));
  }

  /** `command`: shown where the model is not here, or always (a captioner is started by it). */
  modelEntry(model, command, state, always = false) {
    return h(
      "li",
      {},
      h(
        "div.grow",
        {},
        h("strong", {}, model.name),
        h("p.faint.small", {}, model.licence && h("bdi", { lang: "en" }, model.licence), model.size_bytes > 0 && [model.licence && " · ", bytes(model.size_bytes)]),
        (always || !model.present) && commandLine(command),
      ),
      state,
    );
  }

  show(status, before) {
    const model = activeModel(status);
    if (before && activeModel(before)?.name !== model?.name) this.known = null;
    this.showModels();
    const rows = [
      [t("Library"), pathText(status.library)],
      [t("Model"), model?.name],
      [t("Database"), status.database],
      [t("Version"), status.version],
    ];
    put(
      this.about,
      h("h2", {}, t("This program")),
      h("dl.facts", {}, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)])),
      h("p.small.faint", {}, t("All who use this page use one library. Another one is opened on the command line, and so is the page for other computers, which needs a password:")),
      commandLine("searchapp ui --library DIR"),
      commandLine("searchapp ui --host 0.0.0.0"),
    );
  }
}

