// The gallery: thousands of hits, a few dozen elements. Rows near the window exist, others do not.

import { thumbnail } from "./api.js";
import { h, icon } from "./dom.js";
import { isRightToLeft, percent, t } from "./i18n.js";
import { Rows, rowHeight, shapeOf } from "./layout.js";

const GAP = 6;
const AHEAD = 1.2; // windows above and below that are kept ready
const ASK_AGAIN = [1500, 4000, 10000]; // milliseconds: a damaged thumbnail is being made again meanwhile
const LONG_PRESS = 450; // milliseconds

export const fileName = (path) => path?.split(/[\\/]/).pop() ?? "";

const REASONS = {
  vector: () => t("meaning"),
  caption: () => t("caption"),
  name: () => t("file name"),
  folder: () => t("folder"),
  date: () => t("date"),
  filter: () => t("filter"),
};

/** "meaning · caption": why a picture is among the results. */
export const reasons = (hit) => hit.matched_by.map((reason) => REASONS[reason]?.() ?? reason).join(" · ");

export class Gallery {
  /** listen: {open(index), select(ids), more()}; `more` is called when the end comes near. */
  constructor(listen) {
    this.listen = listen;
    this.hits = [];
    this.selected = new Set();
    this.tiles = new Map();
    this.active = 0;
    this.element = h("div.gallery", {
      role: "listbox",
      "aria-multiselectable": "true",
      onkeydown: (event) => this.key(event),
      onclick: (event) => this.click(event),
      onfocusin: (event) => this.focusIn(event),
      onpointerdown: (event) => this.press(event),
      onpointerup: () => clearTimeout(this.pressing),
      onpointercancel: () => clearTimeout(this.pressing),
      oncontextmenu: (event) => this.touched && event.preventDefault(),
    });
    addEventListener("scroll", () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  label(text) {
    this.element.setAttribute("aria-label", text);
  }

  /** Shows hits from the first; keeps the selection of pictures that are still there. */
  show(hits, { size = 1 } = {}) {
    this.size = size;
    this.hits = [];
    this.active = 0;
    const present = new Set(hits.map((hit) => hit.id));
    this.selected = new Set([...this.selected].filter((id) => present.has(id)));
    this.clearTiles();
    this.newRows();
    this.append(hits);
    this.listen.select(this.selected);
  }

  append(hits) {
    this.hits.push(...hits);
    this.rows.add(hits.map(shapeOf));
    this.render();
  }

  newRows() {
    this.width = this.element.clientWidth || 1;
    this.rows = new Rows(this.width, rowHeight(this.width, this.size), GAP);
  }

  resize() {
    const width = this.element.clientWidth;
    if (!this.rows || !width || width === this.width) return;
    const anchor = this.rows.rows[this.rows.rowAt(scrollY - this.element.offsetTop)]?.first;
    this.newRows();
    this.rows.add(this.hits.map(shapeOf));
    this.clearTiles();
    this.render();
    if (anchor && scrollY > this.element.offsetTop) this.reveal(anchor, "start");
  }

  clearTiles() {
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
  }

  schedule() {
    if (this.waiting || !this.element.isConnected) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.render();
    });
  }

  render() {
    if (!this.rows || !this.element.offsetParent) return;
    this.element.style.height = `${this.rows.total}px`;
    const top = -this.element.getBoundingClientRect().top;
    const from = top - innerHeight * AHEAD;
    const to = top + innerHeight * (1 + AHEAD);
    const wanted = new Set();
    for (let number = this.rows.rowAt(from); number < this.rows.rows.length; number += 1) {
      const row = this.rows.rows[number];
      if (row.top > to) break;
      for (const place of this.rows.places(row)) {
        wanted.add(place.index);
        this.place(place, row);
      }
    }
    for (const [index, tile] of this.tiles) {
      // The tile that has the focus stays, or the keyboard would lose its place.
      if (wanted.has(index) || tile === document.activeElement) continue;
      tile.remove();
      this.tiles.delete(index);
    }
    if (this.hits.length && to > this.rows.total) this.listen.more();
  }

  place({ index, left, width }, row) {
    let tile = this.tiles.get(index);
    if (!tile) {
      tile = this.makeTile(this.hits[index], index);
      this.tiles.set(index, tile);
      this.insert(tile, index);
    }
    const style = tile.style;
    style.top = `${row.top}px`;
    style.insetInlineStart = `${left}px`;
    style.width = `${width}px`;
    style.height = `${row.height}px`;
  }

  // Screen readers follow the order of elements, so a tile goes before the next higher index.
  insert(tile, index) {
    const following = this.tiles.get(index + 1);
    if (following) following.before(tile);
    else {
      const earlier = this.tiles.get(index - 1);
      if (earlier) earlier.after(tile);
      else if (index === 0 || this.tiles.size === 1) this.element.prepend(tile);
      else this.element.append(tile);
    }
  }

  makeTile(hit, index) {
    const caption = hit.caption || fileName(hit.path);
    const image = h("img", { alt: "", src: thumbnail(hit.id), decoding: "async", draggable: "false" });
    const waits = [...ASK_AGAIN];
    image.addEventListener("load", () => {
      tile.classList.remove("vanished");
      image.classList.add("ready");
    });
    image.addEventListener("error", () => {
      tile.classList.add("vanished");
      if (waits.length) setTimeout(() => tile.isConnected && (image.src = thumbnail(hit.id)), waits.shift());
    });
    const why = [hit.relevance !== null && percent(hit.relevance), reasons(hit)].filter(Boolean).join(" · ");
    const tile = h(
      "div.tile",
      {
        role: "option",
        id: `tile-${index}`,
        tabindex: index === this.active ? "0" : "-1",
        "aria-selected": String(this.selected.has(hit.id)),
        "aria-label": [caption, why].filter(Boolean).join(". "),
        "aria-setsize": String(this.total ?? this.hits.length),
        "aria-posinset": String(index + 1),
        "data-index": String(index),
        style: { "--colour": hit.colour ?? "var(--empty)" },
      },
      image,
      h("span.tick", { "aria-hidden": "true", title: t("Select") }, icon("check")),
      hit.duplicates > 0 && h("span.copies", { "aria-hidden": "true" }, `+${hit.duplicates}`),
      h("span.tile-words", { "aria-hidden": "true" }, h("span.tile-caption", { dir: "auto" }, caption), why && h("span.tile-why", {}, why)),
    );
    return tile;
  }

  // What a person does ------------------------------------------------------------------------

  indexOf(event) {
    const tile = event.target.closest?.(".tile");
    return tile ? Number(tile.dataset.index) : -1;
  }

  click(event) {
    const index = this.indexOf(event);
    if (index < 0) return;
    if (this.longPressed) {
      this.longPressed = false;
      return;
    }
    if (event.shiftKey) this.selectRange(this.active, index);
    else if (event.target.closest(".tick") || event.ctrlKey || event.metaKey) this.toggle(index);
    else if (this.touched && this.selected.size) this.toggle(index);
    else {
      this.focus(index, { preventScroll: true });
      this.listen.open(index);
      return;
    }
    this.focus(index, { preventScroll: true });
  }

  // On a touch screen a long press begins a selection.
  press(event) {
    this.touched = event.pointerType === "touch";
    this.longPressed = false;
    const index = this.indexOf(event);
    if (!this.touched || index < 0) return;
    const scroll = scrollY;
    this.pressing = setTimeout(() => {
      if (Math.abs(scrollY - scroll) > 8) return;
      this.longPressed = true;
      this.toggle(index);
    }, LONG_PRESS);
  }

  focusIn(event) {
    const index = this.indexOf(event);
    if (index >= 0) this.setActive(index);
  }

  setActive(index) {
    this.tiles.get(this.active)?.setAttribute("tabindex", "-1");
    this.active = index;
    this.tiles.get(index)?.setAttribute("tabindex", "0");
  }

  key(event) {
    const target = this.target(event);
    if (target !== null) {
      event.preventDefault();
      if (target < 0 || target >= this.hits.length) return;
      if (event.shiftKey) this.selectRange(this.active, target);
      this.focus(target);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.listen.open(this.active);
    } else if (event.key === " ") {
      event.preventDefault();
      this.toggle(this.active);
    } else if (event.key === "Escape" && this.selected.size) {
      this.clearSelection();
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.selectRange(0, this.hits.length - 1);
    }
  }

  target(event) {
    const onward = isRightToLeft() ? -1 : 1;
    switch (event.key) {
      case "ArrowRight": return this.active + onward;
      case "ArrowLeft": return this.active - onward;
      case "ArrowDown": return this.rows.neighbour(this.active, 1);
      case "ArrowUp": return this.rows.neighbour(this.active, -1);
      case "Home": return 0;
      case "End": return this.hits.length - 1;
      default: return null;
    }
  }

  focus(index, options = {}) {
    if (!options.preventScroll) this.reveal(index);
    this.setActive(index);
    this.tiles.get(index)?.focus({ preventScroll: true });
  }

  /** Scrolls so that the picture is on screen, and makes its tile. */
  reveal(index, where = "nearest") {
    const row = this.rows.rows.find((item) => index < item.first + item.count);
    if (!row) return;
    const head = document.querySelector(".masthead")?.offsetHeight ?? 0;
    const start = this.element.getBoundingClientRect().top + scrollY + row.top;
    const above = start - head - GAP < scrollY;
    const below = start + row.height + GAP > scrollY + innerHeight;
    if (where === "start" || above) scrollTo({ top: start - head - GAP });
    else if (below) scrollTo({ top: start + row.height + GAP - innerHeight });
    this.render();
  }

  toggle(index) {
    const id = this.hits[index].id;
    if (!this.selected.delete(id)) this.selected.add(id);
    this.showSelection();
  }

  selectRange(from, to) {
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) this.selected.add(this.hits[index].id);
    this.showSelection();
  }

  clearSelection() {
    this.selected.clear();
    this.showSelection();
  }

  showSelection() {
    for (const [index, tile] of this.tiles) tile.setAttribute("aria-selected", String(this.selected.has(this.hits[index].id)));
    this.element.classList.toggle("selecting", this.selected.size > 0);
    this.listen.select(this.selected);
  }

  selectedHits() {
    return this.hits.filter((hit) => this.selected.has(hit.id));
  }
}
