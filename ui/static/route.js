// What the page shows is in its address, so that a link, a reload and the back button bring it back.

const LISTS = ["not", "filter", "like"];
const DEFAULTS = { page: "search", q: "", dim: "", min: "", hybrid: "", sort: "", picture: "" };
// Gradio's own server reads `page`, so the address calls it `view`.
const NAMES = { page: "view" };
const listeners = new Set();

/** {page, q, not: [], filter: [], like: [], dim, min, hybrid, sort, picture} */
export function readRoute(search = location.search) {
  const parameters = new URLSearchParams(search);
  const route = {};
  for (const [key, value] of Object.entries(DEFAULTS)) route[key] = parameters.get(NAMES[key] ?? key) ?? value;
  for (const key of LISTS) route[key] = parameters.getAll(key);
  return route;
}

export function addressOf(route) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(DEFAULTS)) {
    if (route[key] && String(route[key]) !== value) parameters.set(NAMES[key] ?? key, route[key]);
  }
  for (const key of LISTS) for (const item of route[key] ?? []) parameters.append(key, item);
  const text = parameters.toString();
  return location.pathname + (text ? "?" + text : "");
}

/** Changes part of the route. `replace` leaves no step for the back button (typing). */
export function go(changes, { replace = false } = {}) {
  const route = { ...readRoute(), ...changes };
  const address = addressOf(route);
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  tell();
}

export function onRoute(listener) {
  listeners.add(listener);
}

function tell() {
  const route = readRoute();
  for (const listener of listeners) listener(route);
}

addEventListener("popstate", tell);
