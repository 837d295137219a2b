// @ts-check
// The classes of the model, and how each is drawn: a line and a mark; colour only goes along.

import { svg } from "./dom.js";

export const UNIDENTIFIED = "unidentified";

/** @typedef {import("./types").Role} Role */

/** @type {string[]} */
let labels = [];
/** @type {Role[]} */
let roles = [];

/**
 * Takes the labels of the model and the role of each.
 * @param {string[]} names
 * @param {Role[]} theirs
 */
export function setLabels(names, theirs) {
  labels = names;
  roles = theirs;
}

/** The label of the blast. */
export const blastLabel = () => labels[roles.indexOf("blast")] ?? "";

/** All classes in the order in which they are shown. */
export const classes = () => [...labels, UNIDENTIFIED];

/**
 * The style class of a class of cells; page.css says how each is drawn.
 * @param {string} name
 */
export function styleClass(name) {
  if (name === UNIDENTIFIED) return "unsure";
  const role = roles[labels.indexOf(name)];
  if (role === "blast") return "blast";
  return role === "white_cell" ? "normal" : "other";
}

/** Filled diamond, ring, question mark, square. */
const shapes = {
  blast: () => svg("path", { d: "M8 1.5 14.5 8 8 14.500 1.500 8Z" }),
  normal: () => svg("circle", { cx: 8, cy: 8, r: 5.5 }),
  unsure: () => svg("path", { d: "M5 6.200a3 3 0 1 1 3 3v1.300M8 13.300v.4", "stroke-linecap": "round" }),
  other: () => svg("rect", { x: 3, y: 3, width: 10, height: 10 }),
};

/**
 * The mark of a class.
 * @param {string} name
 */
export function mark(name, size = 14) {
  const style = styleClass(name);
  const shape = shapes[/** @type {keyof shapes} */ (style)]();
  shape.setAttribute("class", `mark ${style}`);
  return svg("svg", { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" }, shape);
}

/**
 * The line of a class, as outlines are drawn with it.
 * @param {string} name
 */
export function line(name) {
  const stroke = svg("path", { d: "M2 8H38", class: `line ${styleClass(name)}` });
  return svg("svg", { viewBox: "0 0 40 16", class: "key", "aria-hidden": "true" }, stroke);
}
