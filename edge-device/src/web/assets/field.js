// @ts-check
// The picture of a field with the outlines of its cells.

import { classes, line, styleClass } from "./classes.js";
import { $, html, say, svg } from "./dom.js";
import { meaning, qualitySentence, short, word } from "./sentences.js";

/** @typedef {import("./types").Field | import("./types").LiveField} AnyField */
/** @typedef {import("./types").OutlinedCell | import("./types").LiveCell} AnyCell */
/** @typedef {{ field: AnyField, picture: string, chosen: number | null }} Job */

/** @type {Job | null} */
let wanted = null;
/** @type {Job | null} */
let drawn = null;
let loading = false;

/** Draws how each class is outlined. */
export function showLegend() {
  const keys = classes().map((name) => html("li", {}, line(name), word(name)));
  $("legend").replaceChildren(...keys, html("li", { className: "quiet" }, `p: ${meaning()}`));
}

/**
 * Shows a field once its picture is there, so that outlines and picture belong together. When fields come
 * faster than pictures, those between are left out.
 * @param {AnyField} field
 * @param {string} picture
 * @param {number | null} chosen the cell to point out
 */
export function showField(field, picture, chosen = null) {
  wanted = { field, picture, chosen };
  if (!loading) load();
}

/** Shows that there is no field. */
export function showNoField() {
  wanted = null;
  drawn = null;
  $("picture").replaceWith(html("img", { id: "picture", alt: "" }));
  $("overlay").replaceChildren();
  $("empty").hidden = false;
  $("field-facts").textContent = "Waiting for the first field …";
  $("quality").hidden = true;
}

/**
 * Whether the field is fit, in words and by a shape: what to do stands in the reasons.
 * @param {AnyField["quality"]} quality
 */
function showQuality(quality) {
  $("quality").hidden = !quality;
  if (!quality) return;
  const [mark, sentence] = qualitySentence(quality.verdict, quality.reasons);
  $("quality").dataset.verdict = quality.verdict;
  $("quality-mark").textContent = mark;
  say("quality-text", sentence);
}

function load() {
  const job = wanted;
  wanted = null;
  if (!job) return;
  loading = true;
  const image = new Image();
  const next = () => {
    loading = false;
    load();
  };
  image.onload = () => {
    place(job, image);
    next();
  };
  // The next field was faster: its picture is on the way.
  image.onerror = next;
  image.src = job.picture;
}

/**
 * Puts the loaded picture itself on the page: asked for again, it might be another one.
 * @param {Job} job
 * @param {HTMLImageElement} image
 */
function place(job, image) {
  const { field } = job;
  image.id = "picture";
  image.alt = `${field.name}: ${field.cells.length} classified cells`;
  $("picture").replaceWith(image);
  $("empty").hidden = true;
  $("stage").style.aspectRatio = `${field.width} / ${field.height}`;
  const rejected = "rejected" in field && field.rejected ? `, ${field.rejected} rejected` : "";
  const cells = field.cells.length === 1 ? "1 cell" : `${field.cells.length} cells`;
  const time = new Date(field.taken).toLocaleTimeString();
  $("field-facts").textContent = `${field.name} · ${cells}${rejected} · ${time}`;
  showQuality(field.quality);
  drawn = job;
  draw(job);
}

/** @param {Job} job */
function draw({ field, chosen }) {
  const overlay = $("overlay");
  overlay.setAttribute("viewBox", `0 0 ${field.width} ${field.height}`);
  // Field pixels in one pixel of the screen, so that words keep their size.
  const unit = field.width / (overlay.clientWidth || field.width);
  const rejected = "rejected_outlines" in field ? field.rejected_outlines : [];
  /** @type {AnyCell[]} */
  const cells = field.cells;
  const counted = cells.filter((cell) => cell.duplicate_of === null);
  const duplicates = cells.filter((cell) => cell.duplicate_of !== null);
  overlay.replaceChildren(
    ...rejected.map((points) => outline(points, "rejected", "Rejected: not classified, not counted")),
    ...duplicates.map((cell) => outline(cell.outline, "duplicate", `${word(cell.class)}: counted on an earlier field`)),
    ...counted.map((cell) => haloed(cell, chosen)),
    ...counted.map((cell) => tag(cell, unit, field)),
    ...ruler(field, unit),
  );
}

/**
 * @param {string} points
 * @param {string} style
 * @param {string} [title]
 */
function outline(points, style, title) {
  return svg("polygon", { points, class: `cell ${style}` }, ...(title ? [svg("title", {}, title)] : []));
}

/**
 * @param {AnyCell} cell
 * @param {number | null} chosen
 */
function haloed(cell, chosen) {
  const isChosen = chosen !== null && cell.id === chosen;
  return svg(
    "g",
    isChosen ? { class: "chosen" } : {},
    svg("title", {}, `${word(cell.class)}, ${meaning(cell.probability)}`),
    outline(cell.outline, "halo"),
    outline(cell.outline, styleClass(cell.class)),
  );
}

/**
 * Class and probability beside the cell, in words: inside the field, above the cell where there is room.
 * @param {AnyCell} cell
 * @param {number} unit
 * @param {AnyField} field
 */
function tag(cell, unit, field) {
  const [x, y, width] = "box" in cell ? cell.box : [cell.x, cell.y, cell.width];
  const narrow = field.width / unit < 500;
  const text = narrow ? word(cell.class) : `${word(cell.class)} ${short(cell.probability)}`;
  const size = (narrow ? 10.5 : 13) * unit;
  const [w, h] = [text.length * 0.61 * size + size, 1.55 * size];
  const left = Math.min(Math.max(x + width / 2 - w / 2, 2), field.width - w - 2);
  const above = y - h - 5 * unit;
  const top = above < 0 ? y + 4 * unit : above;
  return svg(
    "g",
    {},
    svg("rect", { x: left, y: top, width: w, height: h, rx: 4 * unit, class: "tag-ground" }),
    svg("text", { x: left + w / 2, y: top + 1.12 * size, class: "tag", "font-size": size }, text),
  );
}

/**
 * A bar of 10 µm, where the scale of the field is known.
 * @param {AnyField} field
 * @param {number} unit
 */
function ruler(field, unit) {
  if (!field.scale_nm) return [];
  const long = 10_000 / field.scale_nm;
  const [right, bottom] = [field.width - 22 * unit, field.height - 20 * unit];
  const left = right - long;
  return [
    svg("rect", { x: left - 10 * unit, y: bottom - 26 * unit, width: long + 20 * unit, height: 36 * unit, rx: 5 * unit, class: "ruler-ground" }),
    svg("path", { d: `M${left} ${bottom}H${right}`, class: "ruler" }),
    svg("text", { x: (left + right) / 2, y: bottom - 8 * unit, class: "ruler-text", "font-size": 14 * unit }, "10 µm"),
  ];
}

addEventListener("resize", () => drawn && draw(drawn));
