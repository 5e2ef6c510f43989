// Asks for the password and goes on to the page one came for.

import { h } from "./dom.js";
import { chooseLanguage, isRightToLeft, languages, loadLanguage, t } from "./i18n.js";
import { applyTheme, preference } from "./preferences.js";

const SESSION = new URL("../../api/v1/session", import.meta.url);
const HOME = new URL("../../", import.meta.url);

async function start() {
  applyTheme();
  await loadLanguage(chooseLanguage(await languages(), preference("language", null)));
  const password = h("input", { type: "password", id: "password", autocomplete: "current-password", required: true });
  const problem = h("p.field-problem", { role: "alert" });
  const form = h(
    "form",
    { onsubmit: (event) => submit(event, password, problem) },
    h("h1.mark", {}, h("span.mark-dot", { "aria-hidden": "true" }), "searchapp"),
    h("label", { for: "password" }, t("Password")),
    password,
    problem,
    h("button.primary", {}, t("Open")),
  );
  document.body.append(h("main.app-root.login", { dir: isRightToLeft() ? "rtl" : "ltr" }, form));
  password.focus();
}

async function submit(event, password, problem) {
  event.preventDefault();
  problem.textContent = "";
  try {
    const answer = await fetch(SESSION, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ password: password.value }) });
    if (answer.ok) location.replace(HOME);
    else problem.textContent = answer.status === 429 ? t("Too many tries. Please wait a little.") : t("This is not the password.");
  } catch {
    problem.textContent = t("The program does not answer.");
  }
  password.select();
}

start();
