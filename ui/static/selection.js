// What can be done with several pictures at once.

import { ask } from "./api.js";
import { announce, copyText, h, icon, put, toast } from "./dom.js";
import { explain } from "./explain.js";
import { t, tn } from "./i18n.js";
import { go } from "./route.js";

const QUERY_LIMIT = 8; // pictures averaged into one query

export class SelectionBar {
  constructor(gallery) {
    this.gallery = gallery;
    this.onExclude = () => {};
    this.count = h("strong");
    const action = (name, words, act) => h("button.with-icon", { type: "button", onclick: act }, icon(name), h("span", {}, words));
    this.element = h(
      "div.selection",
      { role: "toolbar", "aria-label": t("Selected pictures"), hidden: true },
      this.count,
      action("copy", t("Copy paths"), () => this.copy()),
      action("download", t("Download"), () => this.download()),
      action("like", t("More like these"), () => this.like()),
      action("ban", t("Hide from results"), () => this.onExclude(new Set(this.gallery.selected))),
      action("close", t("Clear selection"), () => gallery.clearSelection()),
    );
  }

  show(ids) {
    this.element.hidden = ids.size === 0;
    if (!ids.size) return;
    const words = tn("{n} selected", "{n} selected", ids.size);
    put(this.count, words);
    announce(words);
  }

  clear() {
    this.gallery.clearSelection();
  }

  copy() {
    const hits = this.gallery.selectedHits();
    copyText(hits.map((hit) => hit.path).join("\n"), tn("{n} path copied", "{n} paths copied", hits.length));
  }

  like() {
    const ids = [...this.gallery.selected].slice(0, QUERY_LIMIT).map(String);
    this.clear();
    go({ like: ids, q: "", not: [] });
    scrollTo({ top: 0 });
  }

  async download() {
    try {
      const archive = await ask("archive", { method: "POST", body: { ids: [...this.gallery.selected] } });
      const link = h("a", { href: URL.createObjectURL(archive), download: "pictures.zip" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch (problem) {
      toast(explain(problem));
    }
  }
}
