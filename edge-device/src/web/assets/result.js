// @ts-check
// What is said of a slide.

import { classes, line, styleClass } from "./classes.js";
import { $, html, say, svg } from "./dom.js";
import { besideSentence, explanationSentence, findingSentence, word } from "./sentences.js";

/** @typedef {import("./types").LiveSlide} LiveSlide */
/** @typedef {import("./types").Slide} Slide */
/** @typedef {import("./types").SlideScale} SlideScale */
/** @typedef {import("./types").Stain} Stain */
/** @typedef {import("./types").Summary} Summary */

const whole = new Intl.NumberFormat();
/** @param {number} n */
const one = (n) => n.toFixed(1);
/** @param {[number, number]} interval */
const range = ([low, high]) => `${one(low)} to ${one(high)}`;

/**
 * Shows a slide with its summary.
 * @param {LiveSlide | Slide} slide with its progress, if it is on the stage
 * @param {Summary} summary
 * @param {number} limit share of blasts above which they are likely, percent
 */
export function showResult(slide, summary, limit) {
  $("slide-name").textContent = slide.name;
  $("status").textContent = summary.status;
  const valid = summary.finding.code !== "not_valid";
  $("share").textContent = summary.blast_percent === null ? "–" : one(summary.blast_percent);
  $("interval").textContent = valid ? `95 % interval ${range(summary.interval)} %` : "Not valid for this slide: no share is given.";
  $("corrected").textContent = valid ? correctedText(summary) : "";
  $("scale").toggleAttribute("hidden", !valid);
  drawScale(summary, limit);
  say("finding", findingSentence(summary.finding));
  $("explanation").textContent = explanationSentence(summary.explanation);
  showDifferential(summary);
  $("counts").replaceChildren(...shown(summary).map((name) => row(name, summary.counts[name] ?? 0, summary.cells)));
  $("cells").textContent = whole.format(summary.cells);
  const unusable = summary.fields_unusable ? ` (${whole.format(summary.fields_unusable)} unusable)` : "";
  $("fields").textContent = whole.format(summary.fields) + unusable;
  $("duplicates").textContent = whole.format(summary.duplicates);
  $("rejected").textContent = whole.format(summary.rejected);
  $("scale-nm").textContent = scaleText(summary.scale);
  $("progress-box").hidden = !("cells_wanted" in slide);
  if ("cells_wanted" in slide) showProgress(slide, summary);
}

/**
 * The white cells by label, and what is reported beside them. Slides of early versions have no differential: their classes
 * stand in the table of counts alone.
 * @param {Summary} summary
 */
function showDifferential(summary) {
  const { differential, beside } = summary;
  $("differential-box").hidden = differential.length === 0;
  const white = differential.reduce((sum, share) => sum + share.cells, 0);
  $("white-cells").textContent = `Differential of ${whole.format(white)} white cells`;
  $("differential").replaceChildren(
    ...differential.map((share) => {
      const raw = figure(share.percent, share.percent === null ? null : share.interval);
      return differentialRow(share.label, share.cells, raw, figure(share.corrected_percent, share.corrected_interval));
    }),
  );
  $("beside").hidden = beside.length === 0;
  $("beside").textContent = beside.map(besideSentence).join("; ");
}

/**
 * One label of the differential.
 * @param {string} name
 * @param {number} cells
 * @param {Node} raw
 * @param {Node} corrected
 */
function differentialRow(name, cells, raw, corrected) {
  const head = html("th", { scope: "row" }, word(name));
  return html("tr", {}, head, html("td", {}, whole.format(cells)), html("td", {}, raw), html("td", {}, corrected));
}

/**
 * A figure over its 95 % interval.
 * @param {number | null} percent
 * @param {[number, number] | null} interval
 */
function figure(percent, interval) {
  const said = percent === null ? "–" : one(percent);
  return html("span", {}, said, html("span", { className: "span" }, interval ? range(interval) : ""));
}

/**
 * How far the slide on the stage is.
 * @param {LiveSlide} slide
 * @param {Summary} summary
 */
function showProgress(slide, summary) {
  const wanted = slide.cells_wanted;
  const progress = /** @type {HTMLProgressElement} */ ($("progress"));
  progress.max = wanted;
  progress.value = Math.min(summary.cells, wanted);
  const enough = slide.settled && summary.cells < wanted ? "Enough cells: finding will not change. " : "";
  const counted = slide.full
    ? `Slide full: ${whole.format(summary.cells)} cells on ${whole.format(summary.fields)} fields. Further ones are shown, not counted.`
    : `${whole.format(summary.cells)} of ${whole.format(wanted)} cells`;
  $("progress-text").textContent = enough + counted;
}

/**
 * How colours are changed for the network: the gains of the glass, and in the title everything.
 * @param {Stain | null | undefined} stain
 */
export function showColours(stain) {
  /** @param {number[]} values */
  const numbers = (values) => values.map((v) => v.toFixed(3)).join(", ");
  $("colours").textContent = stain ? `balanced ${stain.gain.map((g) => g.toFixed(2)).join(" · ")}` : "as taken";
  $("colours").title = stain
    ? `For the network only. Gain of red, green, blue ${numbers(stain.gain)}; along l, alpha, beta times ${numbers(stain.scale)}, plus ${numbers(stain.shift)}`
    : "The network sees the colours of the camera";
}

/**
 * The share of blasts behind the calls of a classifier that errs.
 * @param {Summary} summary
 */
function correctedText(summary) {
  if (summary.corrected_interval === null) return "The error of the classifier is unknown: cells called blasts, not blasts.";
  const share = summary.corrected_percent === null ? "–" : `${one(summary.corrected_percent)} %`;
  return `Corrected for the error of the classifier: ${share}, 95 % interval ${range(summary.corrected_interval)} %`;
}

/**
 * The classes of this model, then those that an earlier one had.
 * @param {Summary} summary
 */
function shown(summary) {
  return [...new Set([...classes(), ...Object.keys(summary.counts)])];
}

/** @param {SlideScale} scale */
function scaleText(scale) {
  if (scale.nanometres_per_pixel === null) return "unknown";
  const from = scale.origin === "given" ? "" : " (red cells)";
  return `${scale.nanometres_per_pixel} nm/px${from}`;
}

/**
 * @param {string} name
 * @param {number} n
 * @param {number} all
 */
function row(name, n, all) {
  const bar = html("span", { className: `bar-fill ${styleClass(name)}` });
  bar.style.width = `${all ? (100 * n) / all : 0}%`;
  return html(
    "tr",
    {},
    html("td", {}, html("span", { className: "name" }, line(name), word(name))),
    html("td", { className: "wide" }, html("span", { className: "bar-ground" }, bar)),
    html("td", {}, whole.format(n)),
  );
}

/**
 * The interval on a scale from 0 to 100 %, with the limit above which blasts are likely.
 * @param {Summary} summary
 * @param {number} limit
 */
function drawScale(summary, limit) {
  /** @param {number} percent */
  const x = (percent) => 4 + percent * 3.92;
  const [low, high] = summary.interval;
  /** @type {SVGElement[]} */
  const parts = [svg("rect", { x: 4, y: 14, width: 392, height: 14, rx: 7, class: "ground" })];
  if (summary.blast_percent !== null) {
    const width = Math.max(x(high) - x(low), 3);
    parts.push(svg("rect", { x: x(low), y: 14, width, height: 14, rx: 5, class: "span" }));
    parts.push(svg("rect", { x: x(summary.blast_percent) - 2, y: 9, width: 4, height: 24, rx: 2, class: "point" }));
  }
  parts.push(svg("path", { d: `M${x(limit)} 4V34`, class: "limit" }));
  for (const percent of [0, 25, 50, 75, 100]) {
    const anchor = percent === 0 ? "start" : percent === 100 ? "end" : "middle";
    parts.push(svg("text", { x: x(percent), y: 48, "text-anchor": anchor }, `${percent}`));
  }
  parts.push(svg("text", { x: x(limit) + 5, y: 9 }, `limit ${limit} %`));
  $("scale").replaceChildren(...parts);
}
