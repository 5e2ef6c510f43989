// Setting, changing and taking away the password that opens this page.

import { ask } from "./api.js";
import { h, put, toast } from "./dom.js";
import { explain } from "./explain.js";
import { t } from "./i18n.js";

const SHORTEST = 8; // characters; the server refuses fewer

export class PasswordCard {
  constructor() {
    this.element = h("section.card");
  }

  async load() {
    const state = await ask("session").catch(() => null);
    if (state) this.show(state);
  }

  show({ password, changeable, needed }) {
    const form = h("div");
    const button = (words, fields) => h("button", { type: "button", "aria-expanded": "false", onclick: (event) => this.open(form, event.target, fields) }, words);
    const leave = h("button", { type: "button", onclick: () => this.leave() }, t("Sign out"));
    put(
      this.element,
      h("h2", {}, t("Password")),
      h("p", {}, password ? t("Whoever opens this page must say the password first.") : t("No password is set: whoever uses this computer can open this page.")),
      password && !changeable && h("p.faint.small", {}, t("It was given as SEARCHAPP_AUTH when the program was started, and is changed there.")),
      h(
        "div.actions.start",
        {},
        changeable && (password ? button(t("Change the password"), { current: true, next: true }) : button(t("Set a password"), { next: true })),
        changeable && password && !needed && button(t("Take the password away"), { current: true }),
        password && leave,
      ),
      form,
    );
  }

  /** A form with the fields that are needed, in place of one that was open. */
  open(place, button, { current, next }) {
    for (const other of this.element.querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", String(other === button));
    const field = (id, words, complete, extra = {}) => [h("label", { for: id }, words), h("input", { type: "password", id, required: true, autocomplete: complete, ...extra })];
    const problem = h("p.field-problem", { role: "alert" });
    const form = h(
      "form.index-form.narrow",
      { onsubmit: (event) => this.submit(event, problem) },
      current && field("password-current", t("Password so far"), "current-password"),
      next && [field("password-next", t("New password"), "new-password", { minlength: String(SHORTEST), "aria-describedby": "password-note" }), h("p.field-note", { id: "password-note" }, t("Eight characters or more. There is no way to look it up: whoever forgets it deletes the file “password” in the folder of the library."))],
      problem,
      h("div.field-row", {}, h("button.primary", {}, next ? t("Save") : t("Take the password away"))),
    );
    put(place, form);
    form.querySelector("input").focus();
  }

  async submit(event, problem) {
    event.preventDefault();
    problem.textContent = "";
    const value = (id) => event.target.querySelector(id)?.value ?? null;
    const password = value("#password-next");
    try {
      await ask("session/password", { method: "PUT", body: { current: value("#password-current"), password } });
    } catch (refused) {
      problem.textContent = refused.status === 403 ? t("This is not the password.") : refused.status === 429 ? t("Too many tries. Please wait a little.") : explain(refused);
      return;
    }
    toast(password ? t("The password is set") : t("No password any more"));
    this.load();
  }

  async leave() {
    await ask("session", { method: "DELETE" }).catch(() => null);
    location.assign(new URL("../login", import.meta.url));
  }
}
