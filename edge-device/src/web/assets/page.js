// @ts-check
// Wires the page to the device: one stream of snapshots, one place that decides what is shown.

import { beginSlide, fieldPicture, follow, listSlides, livePicture, readField, readSlide, readStatus } from "./api.js";
import { setLabels } from "./classes.js";
import { $, html } from "./dom.js";
import { showField, showLegend, showNoField } from "./field.js";
import { addCells, showCells, showTabs } from "./gallery.js";
import { showColours, showResult } from "./result.js";
import { cameraSentence } from "./sentences.js";

/** @typedef {import("./types").Snapshot} Snapshot */

let limit = 5;
/** @type {Snapshot | null} */
let latest = null;
/** @type {number | null} */
let shownSlide = null;
/**
 * What the address asks for: live, a field with a cell on it, or an earlier slide.
 * @type {"live" | "field" | "slide"}
 */
let view = "live";

const dialog = /** @type {HTMLDialogElement} */ ($("dialog"));
const nameBox = /** @type {HTMLInputElement} */ ($("name"));

async function start() {
  const status = await readStatus();
  setLabels(status.labels, status.roles);
  limit = status.screen.blasts_likely_above_percent;
  $("notice").textContent = status.notice;
  $("version").textContent = status.version;
  $("model").textContent = `${status.model.name} ${status.model.version} · ${status.model.precision}`;
  $("open").hidden = !status.open_to_network;
  showLegend();
  showTabs();
  showCamera(status.camera);
  receive(status.live);
  const lost = () => {
    $("lost").hidden = false;
  };
  follow((snapshot) => {
    $("lost").hidden = true;
    receive(snapshot);
  }, lost);
  setInterval(() => readStatus().then((told) => showCamera(told.camera), lost), 5000);
}

/** @param {import("./types").Camera} camera */
function showCamera(camera) {
  $("camera").textContent = cameraSentence(camera);
  $("camera-state").dataset.state = camera.state;
}

/** @param {Snapshot} snapshot */
function receive(snapshot) {
  const changed = latest?.slide.id !== snapshot.slide.id;
  latest = snapshot;
  if (changed) showSlides();
  if (view === "live") showLive(snapshot);
  else if (view === "field") showLiveResult(snapshot);
}

/** @param {Snapshot} snapshot */
function showLive(snapshot) {
  showLiveResult(snapshot);
  const { field } = snapshot;
  if (field) showField(field, livePicture(field.shown));
  else showNoField();
}

/** @param {Snapshot} snapshot */
function showLiveResult({ slide, summary, field }) {
  showResult(slide, summary, limit);
  showColours(field?.stain);
  if (shownSlide !== slide.id) {
    shownSlide = slide.id;
    showCells(slide.id);
  } else if (field?.id) {
    addCells(slide.id, field.id, field.cells);
  }
}

/**
 * @param {string} title
 * @param {string} text
 */
function mode(title, text) {
  $("field-title").textContent = title;
  $("mode").hidden = !text;
  $("mode-text").textContent = text;
}

/** `#field-7-31` is cell 31 on field 7, `#slide-3` an earlier slide, anything else is live. */
async function go() {
  const [, kind, id, cell] = location.hash.match(/^#(field|slide)-(\d+)(?:-(\d+))?$/) ?? [];
  try {
    if (kind === "field") await goField(Number(id), cell ? Number(cell) : null);
    else if (kind === "slide") await goSlide(Number(id));
    else goLive();
  } catch (error) {
    goLive();
    mode("Live field", error instanceof Error ? error.message : String(error));
  }
}

function goLive() {
  view = "live";
  mode("Live field", "");
  if (latest) showLive(latest);
}

/**
 * @param {number} id
 * @param {number | null} cell
 */
async function goField(id, cell) {
  const field = await readField(id);
  view = "field";
  mode("Stored field", `You are looking at a stored field of slide ${field.slide}: ${field.name}.`);
  showField(field, fieldPicture(id), cell);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  $("stage").scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

/** @param {number} id */
async function goSlide(id) {
  const { slide, summary } = await readSlide(id);
  view = "slide";
  mode("Live field", `The result and the cells below are of an earlier slide: ${slide.name}.`);
  showResult(slide, summary, slide.blasts_likely_above_percent);
  showColours(slide.stain);
  shownSlide = id;
  await showCells(id);
  $("result").focus();
}

async function showSlides() {
  const { slides } = await listSlides();
  const earlier = slides.filter((s) => s.id !== latest?.slide.id);
  const rows = earlier.map((s) => {
    const facts = [new Date(s.started).toLocaleString(), s.fields, s.cells, `${s.model.name} ${s.model.version}`, s.source];
    const name = html("td", {}, html("a", { href: `#slide-${s.id}` }, s.name));
    return html("tr", {}, name, ...facts.map((fact) => html("td", {}, String(fact))));
  });
  $("slides").replaceChildren(...rows);
  $("no-slides").hidden = earlier.length > 0;
  $("slides-scroll").hidden = earlier.length === 0;
}

$("new-slide").onclick = () => {
  $("dialog-error").hidden = true;
  nameBox.value = "";
  dialog.showModal();
};
$("dialog-cancel").onclick = () => dialog.close();
$("dialog-form").onsubmit = async (event) => {
  event.preventDefault();
  try {
    await beginSlide(nameBox.value);
    dialog.close();
    location.hash = "#live";
  } catch (error) {
    $("dialog-error").textContent = error instanceof Error ? error.message : String(error);
    $("dialog-error").hidden = false;
  }
};

addEventListener("hashchange", go);
start()
  .then(() => (location.hash ? go() : undefined))
  .catch(() => ($("lost").hidden = false));
