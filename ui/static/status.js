// The library's state, asked now and then; more often while something is going on.

import { ask, onServer } from "./api.js";

const QUIET = 20000;
const BUSY = 1000;
const listeners = new Set();
let known = null;
let timer = 0;

export const serverStatus = () => known;

/** listener(status, before) is called on every change. */
export function onStatus(listener) {
  listeners.add(listener);
}

export async function refreshStatus() {
  clearTimeout(timer);
  try {
    const [status, progress] = await Promise.all([ask("status"), ask("index").catch(() => null)]);
    const before = known;
    known = { ...status, progress, indexing: Boolean(progress?.running && !progress.resting) };
    if (JSON.stringify(before) !== JSON.stringify(known)) for (const listener of listeners) listener(known, before);
  } catch {
    // Away or refused; the banner and the page's own requests say so.
  }
  timer = setTimeout(refreshStatus, known?.indexing ? BUSY : QUIET);
}

onServer("back", refreshStatus);
document.addEventListener("visibilitychange", () => document.hidden || refreshStatus());
