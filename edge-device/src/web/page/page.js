// Wires the page to the device: one stream of snapshots, one place that decides what is shown.

import { html, setLabels } from "/classes.js";
import { showField, showLegend, showNoField } from "/field.js";
import { addCells, showCells, showTabs } from "/gallery.js";
import { showColours, showResult } from "/result.js";

const $ = (id) => document.getElementById(id);
let limit = 5;
let latest = null;
let shownSlide = null;
// What the address asks for: live, a field with a cell on it, or an earlier slide.
let view = { kind: "live" };

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? answer.statusText);
  return answer.json();
}

async function start() {
  const status = await read("/api/status");
  setLabels(status.labels);
  limit = status.screen.blasts_likely_above_percent;
  $("notice").textContent = status.notice;
  $("version").textContent = status.version;
  $("model").textContent = `${status.model.name} ${status.model.version} · ${status.model.precision}`;
  $("open").hidden = !status.open_to_network;
  showLegend();
  showTabs();
  showCamera(status.camera);
  receive(status.live);
  follow();
  listSlides();
  setInterval(watch, 5000);
}

function follow() {
  const events = new EventSource("/api/events");
  events.addEventListener("snapshot", (event) => {
    $("lost").hidden = true;
    receive(JSON.parse(event.data));
  });
  events.onerror = () => ($("lost").hidden = false);
  addEventListener("pagehide", () => events.close());
}

async function watch() {
  try {
    showCamera((await read("/api/status")).camera);
  } catch {
    $("lost").hidden = false;
  }
}

function showCamera(camera) {
  const said = { running: "", finished: ", all fields shown", stalled: ", no frames" };
  $("camera").textContent = camera.name + said[camera.state];
  $("camera-state").dataset.state = camera.state;
}

function receive(snapshot) {
  const changed = latest?.slide.id !== snapshot.slide.id;
  latest = snapshot;
  if (changed && latest) listSlides();
  if (view.kind === "live") showLive();
  else if (view.kind === "field") showLiveResult();
}

function showLive() {
  showLiveResult();
  const { field } = latest;
  if (field) showField(field, `/api/live/field.jpg?shown=${field.shown}`);
  else showNoField();
}

function showLiveResult() {
  const { slide, summary, field } = latest;
  showResult(slide, summary, limit, slide.cells_wanted);
  showColours(field?.stain);
  if (shownSlide !== slide.id) {
    shownSlide = slide.id;
    showCells(slide.id);
  } else if (field?.id) {
    addCells(slide.id, field.id, field.cells);
  }
}

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
    mode("Live field", error.message);
  }
}

function goLive() {
  view = { kind: "live" };
  mode("Live field", "");
  if (latest) showLive();
}

async function goField(id, cell) {
  const field = await read(`/api/fields/${id}`);
  view = { kind: "field", id };
  mode("Stored field", `You are looking at a stored field of slide ${field.slide}: ${field.name}.`);
  showField(field, `/api/fields/${id}/picture.jpg`, cell);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  $("stage").scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

async function goSlide(id) {
  const { slide, summary } = await read(`/api/slides/${id}`);
  view = { kind: "slide", id };
  mode("Live field", `The result and the cells below are of an earlier slide: ${slide.name}.`);
  showResult(slide, summary, limit);
  showColours(slide.stain);
  shownSlide = id;
  await showCells(id);
  $("result").focus();
}

async function listSlides() {
  const { slides } = await read("/api/slides");
  const earlier = slides.filter((s) => s.id !== latest?.slide.id);
  const row = (s) =>
    html(
      "tr",
      {},
      html("td", {}, html("a", { href: `#slide-${s.id}` }, s.name)),
      ...[new Date(s.started).toLocaleString(), s.fields, s.cells, `${s.model.name} ${s.model.version}`, s.source].map(
        (text) => html("td", {}, String(text)),
      ),
    );
  $("slides").replaceChildren(...earlier.map(row));
  $("no-slides").hidden = earlier.length > 0;
  $("slides").closest(".scroll").hidden = earlier.length === 0;
}

$("new-slide").onclick = () => {
  $("dialog-error").hidden = true;
  $("name").value = "";
  $("dialog").showModal();
};
$("dialog-cancel").onclick = () => $("dialog").close();
$("dialog-form").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await fetch("/api/slides", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: $("name").value }),
  }).catch(() => null);
  if (answer?.ok) {
    $("dialog").close();
    location.hash = "#live";
    return;
  }
  const told = await answer?.json().catch(() => null);
  $("dialog-error").textContent = told?.error ?? "The device does not answer: is it switched on?";
  $("dialog-error").hidden = false;
};

addEventListener("hashchange", go);
start()
  .then(() => location.hash && go())
  .catch(() => ($("lost").hidden = false));
