// The one box: words, pictures, things to leave out, and what was searched before.

import { thumbnail } from "./api.js";
import { append, h, icon, iconButton, put } from "./dom.js";
import { language, t } from "./i18n.js";
import { forgetSearches, recentSearches, rememberSearch } from "./preferences.js";
import { go, readRoute } from "./route.js";

const PAUSE = 180; // milliseconds without a key before a search

export class SearchBox {
  /** listen: {picture(File | null)} */
  constructor(listen) {
    this.listen = listen;
    this.input = h("input.query", {
      type: "search",
      id: "query",
      dir: "auto",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      placeholder: matchMedia("(max-width: 480px)").matches ? t("Search your pictures") : t("Describe what you are looking for"),
      "aria-label": t("Describe what you are looking for"),
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": "recent",
      "aria-autocomplete": "list",
      oninput: () => this.typed(),
      onfocus: () => this.suggest(),
      onkeydown: (event) => this.key(event),
      onblur: () => this.closeSoon(),
    });
    this.file = h("input", {
      type: "file",
      accept: "image/*",
      hidden: true,
      onchange: () => {
        if (this.file.files[0]) this.listen.picture(this.file.files[0]);
        this.file.value = "";
      },
    });
    this.clear = iconButton("close", t("Clear the search"), () => {
      this.listen.picture(null);
      go({ q: "", not: [], like: [], filter: [] });
      this.focus();
    });
    this.recent = h("ul.recent", { id: "recent", role: "listbox", "aria-label": t("Recent searches"), hidden: true });
    this.chips = h("div.chips");
    this.element = h(
      "form.search-form",
      { role: "search", onsubmit: (event) => this.submit(event) },
      h(
        "div.box",
        {},
        icon("search"),
        this.input,
        this.clear,
        iconButton("picture", t("Search with a picture"), () => this.file.click()),
        this.file,
        this.recent,
      ),
      this.chips,
    );
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  /** The same, so that the next letter replaces what is there. */
  focusAnew() {
    this.focus();
    this.input.select();
  }

  /** Brings box and chips in line with the address. */
  show(route, picture) {
    if (this.input.value.trim() !== route.q.trim()) this.input.value = route.q;
    this.clear.hidden = !(route.q || route.not.length || route.like.length || route.filter.length || picture);
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = picture ? URL.createObjectURL(picture) : null;
    const remove = (key, value) => () => go({ [key]: readRoute()[key].filter((item) => item !== value) });
    const chip = (words, onclick, image, kind = "") =>
      h(
        "span.chip" + kind,
        {},
        image && h("img", { src: image, alt: "" }),
        h("span", { dir: "auto" }, words),
        iconButton("close", t("Remove {what}", { what: words }), onclick),
      );
    put(
      this.chips,
      picture && chip(picture.name || t("A picture"), () => this.listen.picture(null), this.preview),
      route.like.map((id) => chip(t("Like this one"), remove("like", id), thumbnail(id))),
      route.not.map((text) => chip(t("without {what}", { what: text }), remove("not", text), null, ".without")),
      (route.q || route.not.length > 0 || route.like.length > 0) && this.withoutField(),
    );
  }

  // "Leave out" adds a text whose direction is taken out of the query.
  withoutField() {
    const field = h("input.without-field", {
      type: "text",
      placeholder: t("Leave out …"),
      "aria-label": t("Leave out pictures of this"),
      onkeydown: (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        const text = field.value.trim();
        if (text) go({ not: [...new Set([...readRoute().not, text])] });
      },
    });
    return h("span.chip.add", {}, icon("ban"), field);
  }

  typed() {
    clearTimeout(this.waiting);
    this.close();
    this.waiting = setTimeout(() => this.apply(), PAUSE);
  }

  // The first change of a search is a step for the back button; the letters that follow are not.
  apply() {
    const query = this.input.value;
    if (query === readRoute().q) return;
    go({ page: "search", q: query, picture: "" }, { replace: this.stepped });
    this.stepped = true;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => (this.stepped = false), 2000);
  }

  submit(event) {
    event.preventDefault();
    clearTimeout(this.waiting);
    this.close();
    this.apply();
    this.stepped = false;
    rememberSearch(this.input.value);
  }

  key(event) {
    const items = [...this.recent.querySelectorAll("[role=option]")];
    if (event.key === "Escape") {
      if (!this.recent.hidden) this.close();
      else if (!this.input.value) this.input.blur();
      else return; // a search field clears itself
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (this.recent.hidden || !items.length) {
        if (event.key === "ArrowDown" && document.querySelector(".tile")) {
          event.preventDefault();
          document.querySelector('.tile[tabindex="0"]')?.focus();
        }
        return;
      }
      event.preventDefault();
      this.mark(items, (this.marked ?? -1) + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && this.marked >= 0 && items[this.marked]) {
      event.preventDefault();
      this.choose(items[this.marked].dataset.query);
    }
  }

  mark(items, index) {
    this.marked = (index + items.length) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === this.marked)));
    this.input.setAttribute("aria-activedescendant", items[this.marked].id);
  }

  suggest() {
    clearTimeout(this.closing);
    const searches = recentSearches();
    if (this.input.value || !searches.length) return;
    this.marked = -1;
    put(
      this.recent,
      searches.slice(0, 7).map((query, number) =>
        h(
          "li",
          { role: "option", id: `recent-${number}`, "aria-selected": "false", "data-query": query, dir: "auto", onpointerdown: (event) => this.pick(event, query) },
          icon("clock"),
          h("span", {}, query),
        ),
      ),
      h("li.forget", { role: "presentation", onpointerdown: (event) => this.forget(event) }, t("Forget recent searches")),
    );
    this.recent.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  pick(event, query) {
    event.preventDefault();
    this.choose(query);
  }

  forget(event) {
    event.preventDefault();
    forgetSearches();
    this.close();
  }

  choose(query) {
    this.input.value = query;
    this.submit(new Event("submit"));
  }

  close() {
    this.recent.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  closeSoon() {
    this.closing = setTimeout(() => this.close(), 120);
  }
}

// Searches to try, in the languages of many readers: the model understands all of them.
const EXAMPLES = [
  ["en", "a red apple"],
  ["de", "ein Hund am Strand"],
  ["zh", "海滩上美丽的日落"],
  ["es", "montañas con nieve"],
  ["fr", "une tasse de café"],
  ["ja", "桜の木"],
  ["ar", "قطة نائمة"],
  ["hi", "बारिश में सड़क"],
  ["ru", "цветы на столе"],
  ["ko", "밤의 도시"],
  ["pt", "barco no rio"],
  ["uk", "пташка на гілці"],
];

/** Buttons with searches to try; the one in the reader's own language comes first. */
export function examples() {
  const own = EXAMPLES.filter(([code]) => code === language());
  return append(
    h("ul.examples", { "aria-label": t("Searches to try") }),
    [...own, ...EXAMPLES.filter((example) => !own.includes(example))].map(([code, text]) => h("li", {}, h("button", { type: "button", lang: code, dir: "auto", onclick: () => go({ q: text }) }, text))),
  );
}
