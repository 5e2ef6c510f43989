// The HTTP API, and what happens when the server is gone: callers get an error at once, the page
// shows a banner, and everything is asked again when the server is back.

const BASE = new URL("../../api/v1/", import.meta.url);
const RETRY = [500, 1000, 2000, 4000];

export class ApiError extends Error {
  constructor(status, sentence, kind = null, facts = {}) {
    super(sentence);
    this.status = status;
    this.kind = kind;
    this.facts = facts;
  }
}

/** No answer at all: the server has stopped or the network is gone. */
export class Unreachable extends Error {}

export const thumbnail = (id) => new URL(`images/${id}/thumbnail`, BASE).href;
export const original = (id) => new URL(`images/${id}/file`, BASE).href;

export const resource = (path) => new URL(path, BASE).href;

const listeners = { away: new Set(), back: new Set() };
let away = false;

export function onServer(event, listener) {
  listeners[event].add(listener);
  return () => listeners[event].delete(listener);
}

function goneAway() {
  if (away) return;
  away = true;
  for (const listener of listeners.away) listener();
  knock(0);
}

function knock(attempt) {
  setTimeout(async () => {
    try {
      const answer = await fetch(new URL("../../healthz", BASE), { cache: "no-store" });
      if (answer.status >= 502) throw new Unreachable();
      away = false;
      for (const listener of listeners.back) listener();
    } catch {
      knock(attempt + 1);
    }
  }, RETRY[Math.min(attempt, RETRY.length - 1)]);
}

/** Asks; `path` is relative to /api/v1/. Raises ApiError, Unreachable or AbortError. */
export async function ask(path, { method = "GET", body, query, signal } = {}) {
  const address = new URL(path, BASE);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    for (const item of [value].flat()) address.searchParams.append(key, item);
  }
  const request = { method, signal, headers: {}, credentials: "same-origin" };
  if (body instanceof FormData) request.body = body;
  else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(address, request);
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    goneAway();
    throw new Unreachable();
  }
  if (answer.status === 401) {
    location.assign(new URL("../login", import.meta.url));
    throw new Unreachable();
  }
  if (!answer.ok) throw await readProblem(answer);
  if (answer.status === 204) return null;
  return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : answer.blob();
}

async function readProblem(answer) {
  try {
    const { detail, type, ...facts } = await answer.json();
    return new ApiError(answer.status, typeof detail === "string" ? detail : "", type ?? null, facts);
  } catch {
    // A proxy's own page is no problem document; the status alone has to do.
    return new ApiError(answer.status, "");
  }
}
