// Captions of a picture: who wrote them, in which language; and writing one's own.

import { ask } from "./api.js";
import { h, icon, iconButton, put, toast } from "./dom.js";
import { language, languageName, t, tn } from "./i18n.js";
import { explain } from "./explain.js";

const CHOICES = ["en", "zh", "es", "fr", "de", "ja", "ru", "ar", "pt", "hi", "ko", "uk", "it", "nl", "pl", "tr", "vi", "id", "th", "he", "fa", "ur", "bn", "sv", "cs", "el", "ro", "hu", "fi", "da", "no"];


// What a person wrote, then the reader's own language, then English: the rest is a press away.
const rank = (caption) => (caption.source === "person" ? 0 : caption.language === language() ? 1 : caption.language === "en" ? 2 : 3);

const SOURCES = {
  person: () => t("written by a person"),
  captioner: () => t("written by a model"),
  import: () => t("imported"),
  xmp: () => t("from the file"),
};

export function captionsSection(detail) {
  const list = h("div.captions");
  const section = h("section", {}, h("h3", {}, t("Captions")), list);
  const draw = (given, editing = null) => {
    const captions = [...given].sort((a, b) => rank(a) - rank(b));
    const seen = Math.max(1, captions.filter((caption) => rank(caption) < 3).length);
    put(
      list,
      captions.slice(0, seen).map(entry),
      captions.length > seen &&
        h(
          "details",
          { open: captions.indexOf(editing) >= seen },
          h("summary", {}, tn("{n} more caption", "{n} more captions", captions.length - seen)),
          captions.slice(seen).map(entry),
        ),
      editing === "new" ? editor(null) : h("button.quiet.with-icon", { type: "button", onclick: () => draw(captions, "new") }, icon("plus"), t("Add a caption")),
    );
    list.querySelector("textarea")?.focus();

    function entry(caption) {
      return editing === caption ? editor(caption) : shown(caption);
    }

    function shown(caption) {
      const origin = [languageName(caption.language), SOURCES[caption.source]?.() ?? caption.source, caption.model].filter(Boolean).join(" · ");
      return h(
        "div.caption",
        {},
        h("p", { lang: caption.language, dir: "auto" }, caption.text),
        h("p.faint.small", {}, origin),
        iconButton("edit", t("Edit this caption"), () => draw(captions, caption)),
      );
    }

    function editor(caption) {
      const text = h("textarea", { rows: "3", dir: "auto", maxlength: "2000", "aria-label": t("Caption"), value: caption?.text ?? "" });
      const code = h("select", { "aria-label": t("Language of the caption"), disabled: Boolean(caption) }, [...new Set([caption?.language ?? language(), ...CHOICES])].map((item) => h("option", { value: item }, languageName(item))));
      code.value = caption?.language ?? language();
      const save = async (event) => {
        event.preventDefault();
        if (!text.value.trim()) return;
        try {
          const answer = await ask(`images/${detail.id}/captions/${code.value}`, { method: "PUT", body: { text: text.value.trim() } });
          toast(t("Caption saved"));
          draw(answer.captions ?? (await ask(`images/${detail.id}`)).captions);
        } catch (problem) {
          toast(explain(problem));
        }
      };
      return h("form.caption-form", { onsubmit: save }, text, h("div.field-row", {}, code, h("button.primary", {}, t("Save")), h("button", { type: "button", onclick: () => draw(captions) }, t("Cancel"))));
    }
  };
  draw(detail.captions);
  return section;
}
