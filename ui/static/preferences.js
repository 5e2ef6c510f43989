// What this browser remembers for this person: nothing of it is known to the server.

const KEY = "searchapp";
const RECENT_LIMIT = 12;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export const preference = (name, otherwise) => read()[name] ?? otherwise;

export function prefer(name, value) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...read(), [name]: value }));
  } catch {
    // A private window may refuse to store; the choice then lasts as long as the page.
  }
}

export const recentSearches = () => preference("recent", []);

export function rememberSearch(text) {
  const query = text.trim();
  if (query.length < 2) return;
  const others = recentSearches().filter((item) => item !== query && !query.startsWith(item));
  prefer("recent", [query, ...others].slice(0, RECENT_LIMIT));
}

export const forgetSearches = () => prefer("recent", []);

/** "light", "dark" or "auto"; Gradio's own styles follow the class on <body>. */
export function applyTheme() {
  const chosen = preference("theme", "auto");
  const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", dark);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
