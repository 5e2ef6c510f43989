// Words of the interface. The server reads the gettext catalogues and hands one out as JSON:
// {messages: {id: [form, …]}, plural: [form number for 0, 1, 2, … 199], direction, name}.

const PSEUDO = "qps"; // every message in brackets: a test finds the words that bypass `t` with it
let catalogue = { messages: {}, plural: [], direction: "ltr" };
let current = "en";

export async function loadLanguage(code) {
  const wanted = code === PSEUDO ? "en" : code;
  const answer = await fetch(new URL(`../locale/${wanted}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`no catalogue for ${code}`);
  catalogue = await answer.json();
  current = code;
  document.documentElement.lang = wanted;
  document.documentElement.dir = catalogue.direction;
}

export async function languages() {
  return (await fetch(new URL("../locale/index.json", import.meta.url))).json();
}

/** The language to show: the person's choice, else the first of the browser's that exists. */
export function chooseLanguage(available, chosen) {
  if (chosen === PSEUDO || available.some((item) => item.code === chosen)) return chosen;
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const code = wanted.toLowerCase().split("-")[0];
    if (available.some((item) => item.code === code)) return code;
  }
  return "en";
}

export const language = () => (current === PSEUDO ? "en" : current);
export const isRightToLeft = () => catalogue.direction === "rtl";

function substitute(template, values) {
  const text = template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  return current === PSEUDO ? `⟦${text}⟧` : text;
}

/** The message in the current language, with {name} replaced from `values`. */
export function t(message, values = {}) {
  return substitute(catalogue.messages[message]?.[0] || message, values);
}

/** The same with a count: `{n}` is the number in the reader's own digits and grouping. */
export function tn(one, many, count, values = {}) {
  const n = Math.abs(Math.round(count));
  const form = n < catalogue.plural.length ? catalogue.plural[n] : catalogue.plural[100 + (n % 100)];
  const forms = catalogue.messages[one];
  return substitute(forms?.[form] || (n === 1 ? one : many), { n: number(count), ...values });
}

export const number = (value, options = {}) => new Intl.NumberFormat(language(), options).format(value);
export const percent = (share) => number(share, { style: "percent", maximumFractionDigits: 0 });

export function bytes(count) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let power = 0;
  while (count >= 1000 && power < units.length - 1) {
    count /= 1000;
    power += 1;
  }
  const digits = power > 1 && count < 10 ? 1 : 0;
  return number(count, { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: digits });
}

export function duration(seconds) {
  const part = (value, unit) => number(value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 });
  if (seconds < 90) return part(Math.max(1, Math.round(seconds)), "second");
  if (seconds < 5400) return part(Math.round(seconds / 60), "minute");
  return part(Math.round(seconds / 3600), "hour");
}

export function milliseconds(seconds) {
  return number(seconds * 1000, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 });
}

/** A camera's clock has no zone, so the text is taken as it stands. */
export function dateTime(iso, style = "medium") {
  const date = new Date(iso);
  return new Intl.DateTimeFormat(language(), { dateStyle: style, timeStyle: "short" }).format(date);
}

export function languageName(code) {
  try {
    return new Intl.DisplayNames([language()], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
