// What is said of a slide.

import { classes, html, line, look, svg, word } from "/classes.js";

const $ = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat();
const one = (n) => n.toFixed(1);

/** Shows a slide with its summary; `wanted` is the number of cells that fill it, if it is on the stage. */
export function showResult(slide, summary, limit, wanted = null) {
  $("slide-name").textContent = slide.name;
  $("status").textContent = summary.status;
  $("share").textContent = summary.blast_percent === null ? "–" : one(summary.blast_percent);
  const [low, high] = summary.interval;
  $("interval").textContent = `95 % interval ${one(low)} to ${one(high)} %`;
  $("corrected").textContent = correctedText(summary);
  drawScale(summary, limit);
  if ($("finding").textContent !== summary.finding) $("finding").textContent = summary.finding;
  $("explanation").textContent = summary.explanation;
  $("counts").replaceChildren(...shown(summary).map((name) => row(name, summary.counts[name] ?? 0, summary.cells)));
  $("cells").textContent = whole.format(summary.cells);
  const unusable = summary.fields_unusable ? ` (${whole.format(summary.fields_unusable)} unusable)` : "";
  $("fields").textContent = whole.format(summary.fields) + unusable;
  $("duplicates").textContent = whole.format(summary.duplicates);
  $("rejected").textContent = whole.format(summary.rejected);
  $("scale-nm").textContent = scaleText(summary.scale);
  $("progress-box").hidden = wanted === null;
  if (wanted !== null) {
    $("progress").max = wanted;
    $("progress").value = Math.min(summary.cells, wanted);
    const enough = slide.settled && summary.cells < wanted ? "Enough cells: finding will not change. " : "";
    $("progress-text").textContent = enough + (slide.full
      ? `Slide full: ${whole.format(summary.cells)} cells on ${whole.format(summary.fields)} fields. Further ones are shown, not counted.`
      : `${whole.format(summary.cells)} of ${whole.format(wanted)} cells`);
  }
}

/** How colours are changed for the network: the gains of the glass, and in the title everything. */
export function showColours(stain) {
  const gains = stain?.gain.map((g) => g.toFixed(2)).join(" · ");
  $("colours").textContent = stain ? `balanced ${gains}` : "as taken";
  const numbers = (values) => values.map((v) => v.toFixed(3)).join(", ");
  $("colours").title = stain
    ? `For the network only. Gain of red, green, blue ${numbers(stain.gain)}; along l, alpha, beta times ${numbers(stain.scale)}, plus ${numbers(stain.shift)}`
    : "The network sees the colours of the camera";
}

/** The share of blasts behind the calls of a classifier that errs. */
function correctedText(summary) {
  if (summary.corrected_interval === null) return "The error of the classifier is unknown: cells called blasts, not blasts.";
  const [low, high] = summary.corrected_interval;
  const share = summary.corrected_percent === null ? "–" : `${one(summary.corrected_percent)} %`;
  return `Corrected for the error of the classifier: ${share}, 95 % interval ${one(low)} to ${one(high)} %`;
}

/** The classes of this model, then those that an earlier one had. */
function shown(summary) {
  return [...new Set([...classes(), ...Object.keys(summary.counts)])];
}

function scaleText(scale) {
  if (scale.nanometres_per_pixel === null) return "unknown";
  const from = scale.origin === "given" ? "" : " (red cells)";
  return `${scale.nanometres_per_pixel} nm/px${from}`;
}

function row(name, n, all) {
  const bar = html("span", { className: `bar-fill ${look(name)}` });
  bar.style.width = `${all ? (100 * n) / all : 0}%`;
  return html(
    "tr",
    {},
    html("td", {}, html("span", { className: "name" }, line(name), word(name))),
    html("td", { className: "wide" }, html("span", { className: "bar-ground" }, bar)),
    html("td", {}, whole.format(n)),
  );
}

/** The interval on a scale from 0 to 100 %, with the limit above which blasts are likely. */
function drawScale(summary, limit) {
  const x = (percent) => 4 + percent * 3.92;
  const [low, high] = summary.interval;
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
