// Settings: what this browser remembers, and what the program runs with.

import { ask } from "./api.js";
import { h, pathText, put, toast } from "./dom.js";
import { activeModel } from "./filters.js";
import { bytes, language, languages, t } from "./i18n.js";
import { applyTheme, forgetSearches, prefer, preference } from "./preferences.js";
import { onStatus } from "./status.js";

const SIZES = [["0.75", () => t("small")], ["1", () => t("medium")], ["1.5", () => t("large")]];

export class SettingsPage {
  constructor() {
    this.about = h("section.card");
    this.element = h("section.page.reading", {}, h("h1", {}, t("Settings")), this.appearance(), this.privacy(), this.models(), this.password(), this.about);
    onStatus((status) => this.element.isConnected && this.show(status));
  }

  enter(status) {
    if (status) this.show(status);
    this.loadModels();
    this.loadPassword();
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
    return h("section.card", {}, h("h2", {}, t("Models")), h("p", {}, t("A model turns words and pictures into numbers. Models are fetched on the command line, because the licence should be read first.")), this.list, h("h3.card-part", {}, t("Captions")), h("p", {}, t("A captioner writes a sentence about each picture. It is not needed for searching.")), this.captioners);
  }

  async loadModels() {
    try {
      const { models, captioners = [] } = await ask("models");
      this.showModels(this.list, models, (model) => `searchapp model pull ${model.name}`);
      this.showModels(this.captioners, captioners, (model) => `searchapp caption --captioner ${model.name}`);
    } catch {
      put(this.list);
    }
  }

  /** What is not here says the command that gets it, or that says how to. */
  showModels(list, models, command) {
    put(
      list,
      models.map((model) =>
        h(
          "li",
          {},
          h(
            "div.grow",
            {},
            h("strong", {}, model.name),
            h("p.faint.small", {}, model.licence && h("bdi", { lang: "en" }, model.licence), model.size_bytes > 0 && [model.licence && " · ", bytes(model.size_bytes)]),
            !model.present && h("code", { dir: "ltr" }, command(model)),
          ),
          h("span", { class: model.present ? "badge good" : "badge" }, model.present ? t("on this computer") : t("not here")),
        ),
      ),
    );
  }

  password() {
    this.door = h("section.card");
    return this.door;
  }

  async loadPassword() {
    const state = await ask("session").catch(() => null);
    const leave = async () => {
      await ask("session", { method: "DELETE" }).catch(() => null);
      location.assign(new URL("../login", import.meta.url));
    };
    put(
      this.door,
      h("h2", {}, t("Password")),
      state?.password
        ? [h("p", {}, t("Whoever opens this page must say the password first.")), h("button", { type: "button", onclick: leave }, t("Sign out"))]
        : [h("p", {}, t("No password is set: only this computer is let in. To let others in, start the program with a password:")), h("code.command", { dir: "ltr" }, "SEARCHAPP_AUTH=… searchapp ui --host 0.0.0.0")],
    );
  }

  show(status) {
    const model = activeModel(status);
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
      h("p.small.faint", {}, t("Another library is opened on the command line:")),
      h("code.command", { dir: "ltr" }, "searchapp ui --library DIR"),
    );
  }
}

