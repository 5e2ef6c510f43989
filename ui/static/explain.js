// What the server says, in the reader's language.

import { t } from "./i18n.js";

export const fileAway = () => t("The file is not there at the moment.");

// Errors carry the name of their kind, so that the sentence can be said in the reader's language.
const KINDS = {
  FolderMissing: () => t("There is no such folder on this computer."),
  FolderUnreadable: () => t("This folder cannot be read."),
  PatternInvalid: () => t("A pattern is not understood. Patterns are those of .gitignore."),
  NoPictures: () => t("No picture was found in this folder."),
  LibraryEmpty: () => t("The library has no pictures yet."),
  LibraryUnwritable: () => t("The library folder cannot be written."),
  QueryPictureUnreadable: () => t("This picture cannot be read. Try another one."),
  PictureUnknown: () => t("This picture is not in the library."),
  PictureFileGone: fileAway,
  QueryInvalid: () => t("A filter in this search is not understood."),
  IndexingUnderWay: () => t("Reading is under way already."),
  LibraryTooSmall: () => t("There are too few pictures to measure."),
  ModelChanged: () => t("The model of this library is not on this computer."),
  ModelNotFound: () => t("The model of this library is not on this computer."),
};

const NOTICES = [
  [/^Nothing here is likely/, () => null], // what is shown instead of results says it
  [/read all vectors/, () => t("Every picture was compared, which takes longer.")],
  [/keep away from/, () => t("Say what to look for as well as what to leave out.")],
  [/nothing was deleted/, () => t("Pictures of a disk that is away are kept. They come back with the disk.")],
  [/could not be read \(/, () => t("A folder could not be read. What is known of it stays as it was.")],
  [/longer than|was cut|cut to/i, () => t("The query was longer than the model reads; its end was left out.")],
  [/weak|less well|not reliabl/i, () => t("The model knows the language of this query less well.")],
  [/bundled/i, () => t("The small model that comes with the program is in use.")],
  [/former model/, () => t("The former model answers until the new one is ready.")],
];

/** A sentence of the server in the reader's language, its own words where none is known; null for one that the page says already. */
export function explain(problem) {
  if (typeof problem === "string") {
    const found = NOTICES.find(([pattern]) => pattern.test(problem));
    return found ? found[1]() : problem;
  }
  return KINDS[problem?.kind]?.() ?? problem?.message ?? t("Something unexpected happened. Please try again.");
}
