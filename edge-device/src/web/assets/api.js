// @ts-check
// What the device is asked. Every address of its API stands here; docs/reference/openapi.json describes them.

/** @typedef {import("./types").BegunSlide} BegunSlide */
/** @typedef {import("./types").CellList} CellList */
/** @typedef {import("./types").Field} Field */
/** @typedef {import("./types").Problem} Problem */
/** @typedef {import("./types").SlideAnswer} SlideAnswer */
/** @typedef {import("./types").SlideList} SlideList */
/** @typedef {import("./types").Snapshot} Snapshot */
/** @typedef {import("./types").Status} Status */

/** An answer that is none; its message is for people. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} code stable, for programs; empty where the device said none
   */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  if (answer?.ok) return answer.json();
  /** @type {Problem | null} */
  const problem = (await answer?.json().catch(() => null)) ?? null;
  throw new ApiError(problem?.detail ?? "The device does not answer: is it switched on?", problem?.code ?? "");
}

/** @returns {Promise<Status>} */
export const readStatus = () => ask("/api/status");

/** @returns {Promise<SlideList>} */
export const listSlides = () => ask("/api/slides");

/**
 * @param {number} id
 * @returns {Promise<SlideAnswer>}
 */
export const readSlide = (id) => ask(`/api/slides/${id}`);

/**
 * @param {string} name empty: the slide is named by its time
 * @returns {Promise<BegunSlide>}
 */
export const beginSlide = (name) =>
  ask("/api/slides", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });

/**
 * One page of the cells of a slide.
 * @param {number} slide
 * @param {{ name: string, cursor: string | null, limit: number }} page name of a class, empty for all
 * @returns {Promise<CellList>}
 */
export function listCells(slide, { name, cursor, limit }) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (name) query.set("class", name);
  if (cursor) query.set("cursor", cursor);
  return ask(`/api/slides/${slide}/cells?${query}`);
}

/**
 * @param {number} id
 * @returns {Promise<Field>}
 */
export const readField = (id) => ask(`/api/fields/${id}`);

/** @param {number} id */
export const fieldPicture = (id) => `/api/fields/${id}/picture.jpg`;

/** @param {number} shown */
export const livePicture = (shown) => `/api/live/field.jpg?shown=${shown}`;

/** @param {number} cell */
export const crop = (cell) => `/api/cells/${cell}/crop.png`;

/**
 * Follows the device until the page is left.
 * @param {(snapshot: Snapshot) => void} receive
 * @param {() => void} lost called whenever the connection breaks; it is taken up again by itself
 */
export function follow(receive, lost) {
  const events = new EventSource("/api/events");
  events.addEventListener("snapshot", (event) => receive(JSON.parse(event.data)));
  events.onerror = lost;
  addEventListener("pagehide", () => events.close());
}
