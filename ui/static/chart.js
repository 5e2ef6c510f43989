// A small line chart: share (0 to 1) against vector width. Its figures also stand in a table.

import { h, s } from "./dom.js";
import { number, percent } from "./i18n.js";

const WIDTH = { desk: 640, phone: 320 }; // a narrow window gets a narrower drawing, not smaller words
const HEIGHT = 260;
const LINES = 4; // besides the one at the foot
const STEPS = [0.05, 0.1, 0.15, 0.2, 0.25];
const EDGE = { left: 52, right: 16, top: 14, bottom: 42 };

export function lineChart({ title, series, across }) {
  const width = matchMedia("(max-width: 720px)").matches ? WIDTH.phone : WIDTH.desk;
  const points = series.flatMap((item) => item.points);
  const widths = [...new Set(points.map(([dim]) => dim))].sort((a, b) => a - b);
  const lowest = Math.min(0.8, ...points.map(([, value]) => value));
  const step = STEPS.find((size) => size * LINES >= 1 - lowest) ?? STEPS.at(-1);
  const low = 1 - step * LINES;
  const [first, last] = [Math.log2(widths[0]), Math.log2(widths.at(-1))];
  const x = (dim) => EDGE.left + ((Math.log2(dim) - first) / (last - first || 1)) * (width - EDGE.left - EDGE.right);
  const y = (value) => EDGE.top + ((1 - value) / (1 - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const steps = Array.from({ length: LINES + 1 }, (_, line) => low + step * line);
  const chart = s(
    "svg",
    { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title },
    steps.map((value) => [s("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }), s("text", { x: EDGE.left - 8, y: y(value) + 4, "text-anchor": "end" }, percent(value))]),
    widths.map((dim) => s("text", { x: x(dim), y: HEIGHT - 22, "text-anchor": "middle" }, number(dim, { useGrouping: false }))),
    s("text", { class: "axis", x: (EDGE.left + width - EDGE.right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, across),
    series.map((item, index) => [
      s("polyline", { class: `line line-${index}`, points: item.points.map(([dim, value]) => `${x(dim)},${y(value)}`).join(" ") }),
      item.points.map(([dim, value]) => s("circle", { class: `dot line-${index}`, cx: x(dim), cy: y(value), r: 4 }, s("title", {}, `${item.name}: ${number(dim)} – ${percent(value)}`))),
    ]),
  );
  const legend = series.length > 1 && h("ul.chart-legend", {}, series.map((item, index) => h("li", {}, h(`span.key.line-${index}`, { "aria-hidden": "true" }), item.name)));
  return h("figure.chart-box", { dir: "ltr" }, chart, legend);
}
