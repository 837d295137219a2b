// @ts-check
// The cells of a slide by class, newest first.

import { crop, listCells } from "./api.js";
import { classes, mark } from "./classes.js";
import { $, html } from "./dom.js";
import { meaning, short, word } from "./sentences.js";

/** @typedef {{ id: number, field: number, class: string, probability: number }} GalleryCell */
/** @typedef {import("./types").LiveCell} LiveCell */

const PAGE = matchMedia("(max-width: 900px)").matches ? 24 : 60;

/** @type {number | null} */
let slide = null;
let chosen = "";
/** @type {string | null} */
let cursor = null;
let asked = 0;
// Cells on the page; grows when older ones are asked for.
let room = PAGE;
/**
 * New cells wait while somebody looks at or steps through those shown: nothing moves under a pointer.
 * @type {[id: number, field: number, cells: LiveCell[]][]}
 */
let waiting = [];

/** Draws the tabs: every class, and all of them together. */
export function showTabs() {
  /**
   * @param {string} name
   * @param {string} text
   */
  const tab = (name, text) => {
    const button = html("button", { type: "button" }, ...(name ? [mark(name)] : []), text);
    button.setAttribute("role", "tab");
    button.dataset.name = name;
    button.onclick = () => choose(name);
    return button;
  };
  $("tabs").replaceChildren(tab("", "All cells"), ...classes().map((name) => tab(name, word(name))));
  $("tabs").onkeydown = step;
  select();
}

/**
 * Shows the cells of a slide from the newest.
 * @param {number} id
 */
export async function showCells(id) {
  slide = id;
  cursor = null;
  waiting = [];
  room = PAGE;
  $("crops").replaceChildren();
  await more();
}

/**
 * Puts new cells in front, if they are of the slide and class shown.
 * @param {number} id
 * @param {number} field
 * @param {LiveCell[]} cells
 */
export function addCells(id, field, cells) {
  if (id !== slide) return;
  if ($("crops").matches(":hover, :focus-within")) {
    waiting.push([id, field, cells]);
    return;
  }
  const items = [];
  for (const cell of cells) {
    if (cell.id === null || (chosen && cell.class !== chosen) || isShown(cell.id)) continue;
    items.push(item({ ...cell, id: cell.id, field }, true));
  }
  $("crops").prepend(...items.reverse());
  while ($("crops").childElementCount > room) {
    $("crops").lastElementChild?.remove();
    $("older").hidden = false;
    // Those removed come again with the first page of older ones, which is looked for from the newest on.
    cursor = null;
  }
  note();
}

/** @param {string} name */
function choose(name) {
  chosen = name;
  select();
  if (slide !== null) showCells(slide);
}

/** @returns {HTMLElement[]} */
const tabs = () => /** @type {HTMLElement[]} */ ([...$("tabs").children]);

function select() {
  for (const tab of tabs()) {
    const on = tab.dataset.name === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
}

/** @param {KeyboardEvent} event */
function step(event) {
  const all = tabs();
  const at = all.findIndex((t) => t.dataset.name === chosen);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = all[(to + all.length) % all.length];
  choose(tab.dataset.name ?? "");
  tab.focus();
}

/** Shows one page of cells that are older than those shown. */
async function more() {
  const turn = ++asked;
  if (slide === null) return;
  /** @type {GalleryCell[]} */
  let older = [];
  let next = cursor;
  do {
    const page = await listCells(slide, { name: chosen, cursor: next, limit: PAGE }).catch(() => null);
    if (!page || turn !== asked) return note();
    const last = oldest();
    older = page.cells.filter((cell) => cell.id < last);
    next = page.next_cursor;
  } while (older.length === 0 && next !== null);
  $("crops").append(...older.map((cell) => item(cell, false)));
  cursor = next;
  $("older").hidden = next === null;
  note();
}

/** The number of the oldest cell shown. Numbers grow with time. */
function oldest() {
  const last = /** @type {HTMLElement | null} */ ($("crops").lastElementChild);
  return last ? Number(last.dataset.cell) : Infinity;
}

/** @param {number} cell */
function isShown(cell) {
  return $("crops").querySelector(`[data-cell="${cell}"]`) !== null;
}

function note() {
  $("no-crops").hidden = $("crops").childElementCount > 0;
  $("no-crops").textContent = chosen ? `No cells of the class ${word(chosen).toLowerCase()} yet.` : "No cells yet.";
}

/**
 * @param {GalleryCell} cell
 * @param {boolean} fresh
 */
function item(cell, fresh) {
  const picture = html("img", { src: crop(cell.id), loading: "lazy", alt: "" });
  const what = html("span", { className: "what" }, mark(cell.class, 13), html("span", {}, word(cell.class)));
  const link = html(
    "a",
    { href: `#field-${cell.field}-${cell.id}`, title: "Show this cell on its field" },
    picture,
    html("span", { className: "line" }, what, html("span", { className: "quiet" }, short(cell.probability))),
  );
  link.setAttribute("aria-label", `${word(cell.class)}, ${meaning(cell.probability)}, cell ${cell.id}: show on its field`);
  const entry = html("li", { className: fresh ? "new" : "" }, link);
  entry.dataset.cell = String(cell.id);
  return entry;
}

function letIn() {
  if ($("crops").matches(":hover, :focus-within")) return;
  const held = waiting;
  waiting = [];
  for (const [id, field, cells] of held) addCells(id, field, cells);
}

$("crops").onpointerleave = letIn;
$("crops").addEventListener("focusout", () => setTimeout(letIn));
$("older").onclick = () => {
  room += PAGE;
  more();
};
