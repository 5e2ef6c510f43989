// Building elements. Text always arrives as text nodes, so that a file name or a caption can
// never become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("button.primary", {onclick, "aria-label": "…"}, child, "text", …). */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  return fill(element, attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, item] of Object.entries(value)) element.style.setProperty(key, item);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child.nodeType ? child : String(child));
  }
  return element;
}

/** Replaces what is in `element`. */
export function put(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/** A path of a file: left to right in every language, and broken after a folder where it is long. */
export function pathText(path, attributes = {}) {
  const parts = path.match(/[^\\/]*[\\/]|[^\\/]+$/g) ?? [path];
  return h("bdi.path", { dir: "ltr", ...attributes }, parts.map((part) => [part, h("wbr")]));
}

// Strokes on a 24-unit grid, drawn for this program.
const ICONS = {
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20",
  close: "M6 6l12 12M18 6 6 18",
  picture: "M4 5.5h16v13H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M15.5 9.2h.01",
  sliders: "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  up: "M12 19V6M6.5 11.5 12 6l5.5 5.5",
  folder: "M3.5 6.5h6l2 2.5h9v9.5h-17z",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  like: "M4 5.5h9v9H4zM11 17.5h9v-9h-3",
  ban: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.5 6.5l11 11",
  info: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 11v5M12 8h.01",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  library: "M4 5h16v5H4zM4 14h16v5H4zM7 7.5h.01M7 16.5h.01",
  chart: "M4 4v16h16M7.5 15l3.5-5 3 3 5-7",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l3 2",
  play: "M8 5.5v13l10-6.5z",
  pause: "M8.5 6v12M15.5 6v12",
  warning: "M12 4.5 21 19.5H3zM12 10v4.5M12 17h.01",
  heart: "M12 19.5 4.8 12.3a4.4 4.4 0 0 1 6.2-6.2l1 1 1-1a4.4 4.4 0 0 1 6.2 6.2z",
};

/** A decorative icon; whatever it stands for is said in words beside it or in aria-label. */
export function icon(name) {
  return s("svg", { viewBox: "0 0 24 24", class: "icon icon-" + name, "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}

/** A round button that shows an icon and says `label`. */
export function iconButton(name, label, onclick, extra = {}) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...extra }, icon(name));
}

/** Says `sentence` to screen readers without moving focus. */
export function announce(sentence) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = h("div.visually-hidden", { id: "announcer", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  region.textContent = sentence;
}

/** A short message at the foot of the window that goes away by itself. */
export function toast(sentence) {
  document.querySelector(".toast")?.remove();
  const note = h("div.toast", { role: "status" }, sentence);
  (document.querySelector("dialog[open]") ?? document.querySelector(".app-root") ?? document.body).append(note);
  setTimeout(() => note.remove(), 4000);
}

export async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Off localhost without TLS there is no clipboard interface; the old way still works.
    const area = h("textarea", { value: text, style: { position: "fixed", opacity: "0" } });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(done);
}
