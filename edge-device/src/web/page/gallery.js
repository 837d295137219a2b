// The cells of a slide by class, newest first.

import { classes, html, mark, meaning, short, word } from "/classes.js";

const $ = (id) => document.getElementById(id);
const PAGE = matchMedia("(max-width: 900px)").matches ? 24 : 60;

let slide = null;
let chosen = "";
let oldest = null;
let asked = 0;
// Cells on the page; grows when older ones are asked for.
let room = PAGE;
// New cells wait while somebody looks at or steps through those shown: nothing moves under a pointer.
let waiting = [];

/** Draws the tabs: every class, and all of them together. */
export function showTabs() {
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

/** Shows the cells of a slide from the newest. */
export async function showCells(id) {
  slide = id;
  oldest = null;
  waiting = [];
  room = PAGE;
  $("crops").replaceChildren();
  await more();
}

/** Puts new cells in front, if they are of the slide and class shown. */
export function addCells(id, field, cells) {
  if (id !== slide) return;
  if ($("crops").matches(":hover, :focus-within")) {
    waiting.push([id, field, cells]);
    return;
  }
  const fitting = cells.filter((c) => c.id !== null && (!chosen || c.class === chosen));
  const known = (c) => $("crops").querySelector(`[data-cell="${c.id}"]`);
  const items = fitting.filter((c) => !known(c)).map((c) => item({ ...c, field }, true));
  $("crops").prepend(...items.reverse());
  while ($("crops").childElementCount > room) {
    $("crops").lastElementChild.remove();
    $("older").hidden = false;
    oldest = Number($("crops").lastElementChild.dataset.cell);
  }
  note();
}

function choose(name) {
  chosen = name;
  select();
  if (slide !== null) showCells(slide);
}

function select() {
  for (const button of $("tabs").children) {
    const on = button.dataset.name === chosen;
    button.setAttribute("aria-selected", on);
    button.tabIndex = on ? 0 : -1;
  }
}

function step(event) {
  const tabs = [...$("tabs").children];
  const at = tabs.findIndex((t) => t.dataset.name === chosen);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  choose(tab.dataset.name);
  tab.focus();
}

async function more() {
  const turn = ++asked;
  const query = new URLSearchParams({ limit: PAGE });
  if (chosen) query.set("class", chosen);
  if (oldest !== null) query.set("before", oldest);
  const answer = await fetch(`/api/slides/${slide}/cells?${query}`);
  if (!answer.ok || turn !== asked) return note();
  const { cells } = await answer.json();
  if (turn !== asked) return;
  const known = (c) => $("crops").querySelector(`[data-cell="${c.id}"]`);
  $("crops").append(...cells.filter((c) => !known(c)).map((c) => item(c, false)));
  if (cells.length) oldest = cells.at(-1).id;
  $("older").hidden = cells.length < PAGE;
  note();
}

function note() {
  $("no-crops").hidden = $("crops").childElementCount > 0;
  $("no-crops").textContent = chosen ? `No cells of the class ${word(chosen).toLowerCase()} yet.` : "No cells yet.";
}

function item(cell, fresh) {
  const picture = html("img", { src: `/api/cells/${cell.id}/crop.png`, loading: "lazy", alt: "" });
  const what = html("span", { className: "what" }, mark(cell.class, 13), html("span", {}, word(cell.class)));
  const link = html(
    "a",
    { href: `#field-${cell.field}-${cell.id}`, title: "Show this cell on its field" },
    picture,
    html("span", { className: "line" }, what, html("span", { className: "quiet" }, short(cell.probability))),
  );
  link.setAttribute("aria-label", `${word(cell.class)}, ${meaning(cell.probability)}, cell ${cell.id}: show on its field`);
  const entry = html("li", { className: fresh ? "new" : "" }, link);
  entry.dataset.cell = cell.id;
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
