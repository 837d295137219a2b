// How classes look: a word, a line and a mark each; colour only goes along.

export const UNIDENTIFIED = "unidentified";
const WORDS = { all: "Blast", hem: "Normal", unidentified: "Unidentified" };
const SVG = "http://www.w3.org/2000/svg";

let labels = [];

/** Takes the labels of the model: the first is the blast. */
export function setLabels(names) {
  labels = names;
}

/** All classes in the order in which they are shown. */
export const classes = () => [...labels, UNIDENTIFIED];

/** The word for a class; the label itself where there is none. */
export const word = (name) => WORDS[name] ?? name;

/** The look of a class, as a name in the style sheet. */
export function look(name) {
  if (name === UNIDENTIFIED) return "unsure";
  const at = labels.indexOf(name);
  return at === 0 ? "blast" : at === 1 ? "normal" : "other";
}

/** An SVG element with attributes. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An HTML element with properties. */
export function html(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** The mark of a class: a filled diamond, a ring, a dot in a dotted ring, a square. */
export function mark(name, size = 14) {
  const kind = look(name);
  const shape = {
    blast: () => svg("path", { d: "M8 1.5 14.5 8 8 14.500 1.500 8Z" }),
    normal: () => svg("circle", { cx: 8, cy: 8, r: 5.5 }),
    unsure: () => svg("path", { d: "M5 6.200a3 3 0 1 1 3 3v1.300M8 13.300v.4", "stroke-linecap": "round" }),
    other: () => svg("rect", { x: 3, y: 3, width: 10, height: 10 }),
  }[kind]();
  shape.setAttribute("class", `mark ${kind}`);
  return svg("svg", { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" }, shape);
}

/** The line of a class, as outlines are drawn with it. */
export function line(name) {
  const stroke = svg("path", { d: "M2 8H38", class: `line ${look(name)}` });
  return svg("svg", { viewBox: "0 0 40 16", class: "key", "aria-hidden": "true" }, stroke);
}

/** The probability of the first label, short: `p 0.98`. */
export const short = (p) => `p ${p.toFixed(2)}`;

/** What that is, in words, with its value if there is one. */
export function meaning(p) {
  const first = WORDS[labels[0]]?.toLowerCase() ?? labels[0];
  return `probability of a ${first}${p === undefined ? "" : ` ${p.toFixed(3)}`}`;
}
