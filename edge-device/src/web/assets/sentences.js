// @ts-check
// Codes in words, in one place for the page. A code that is not known here is shown as it is: an earlier or later version
// of the device made it.

import { blastLabel } from "./classes.js";

/** @typedef {import("./types").Finding} Finding */
/** @typedef {import("./types").Explanation} Explanation */

// Numbers are rounded as the command line rounds them: of two values that are as near, the even one.
/** @param {number} value */
const whole = (value) => (value % 2 === 0.5 ? value - 0.5 : value).toFixed(0);
/** @param {number} value */
const tenths = (value) => (value % 1 === 0.25 ? value - 0.05 : value).toFixed(1);

/** @type {Record<string, string>} */
const CLASSES = {
  all: "Blast",
  hem: "Normal",
  blast: "Blast",
  lymphocyte: "Lymphocyte",
  monocyte: "Monocyte",
  neutrophil: "Neutrophil",
  eosinophil: "Eosinophil",
  basophil: "Basophil",
  immature_granulocyte: "Immature granulocyte",
  erythroblast: "Erythroblast",
  not_a_cell: "Not a cell",
  unidentified: "Unidentified",
};

/**
 * The word for a class of cells; the label itself where there is none.
 * @param {string} name
 */
export const word = (name) => CLASSES[name] ?? name;

/**
 * The probability of the blast, short: `p 0.98`.
 * @param {number} p
 */
export const short = (p) => `p ${p.toFixed(2)}`;

/**
 * What that is, in words, with its value if there is one.
 * @param {number} [p]
 */
export function meaning(p) {
  const blast = CLASSES[blastLabel()]?.toLowerCase() ?? blastLabel();
  return `probability of a ${blast}${p === undefined ? "" : ` ${p.toFixed(3)}`}`;
}

/** @type {Record<string, string>} */
const NOT_VALID = { unlike_training: "its cells are unlike those that trained the classifier" };

/**
 * What is said of a slide.
 * @param {Finding} finding
 * @returns {string}
 */
export function findingSentence(finding) {
  switch (finding.code) {
    case "poor_fields":
      return `poor slide (${finding.unusable} of ${finding.of} fields cannot be used)`;
    case "poor_cells":
      return `poor slide (${finding.lost} of ${finding.of} cells could not be classified)`;
    case "not_enough_cells":
      return `not enough cells (${finding.identified} of ${finding.needed})`;
    case "blasts_likely":
      return "review: blasts likely";
    case "no_blasts_seen":
      return `no blasts seen in ${finding.identified} cells, upper bound ${tenths(finding.upper_percent)} %`;
    case "within_error":
      return `review: share of blasts not above the classifier's own error, upper bound ${tenths(finding.upper_percent)} %`;
    case "not_valid":
      return `not valid for this slide (${NOT_VALID[finding.reason] ?? finding.reason})`;
    case "undecided":
      return "review: undecided";
    default:
      return code(finding);
  }
}

/**
 * Cells that are reported beside the white cells.
 * @param {import("./types").PerHundredWhiteCells} beside
 */
export function besideSentence(beside) {
  const cells = `${word(beside.label)}: ${beside.cells}`;
  if (beside.per_hundred === null) return cells;
  const [low, high] = beside.interval ?? [0, Infinity];
  return `${cells}, ${tenths(beside.per_hundred)} per 100 white cells (95 % interval ${tenths(low)} to ${tenths(high)})`;
}

/**
 * Why that is said.
 * @param {Explanation} explanation
 * @returns {string}
 */
export function explanationSentence(explanation) {
  switch (explanation.code) {
    case "too_few_usable_fields":
      return `too few fields can be used: see the reasons at the fields, or make another smear${allTheSame(explanation.counted_cells)}`;
    case "too_few_classified_cells":
      return `too few of the cells found could be classified: look at smear, stain and focus, or make another smear${allTheSame(explanation.counted_cells)}`;
    case "unlike_training":
      return `${explanation.unlike} of ${explanation.of} cells are unlike all that trained the classifier, ${explanation.far} are so or nearly: look at stain, white balance and scale, or give a package that was trained on slides like this one; a person has to count`;
    case "more_fields_needed":
      return "more fields are needed";
    case "error_unknown":
      return "how often the classifier errs is unknown (its package does not say): a person has to look at the cells";
    case "not_better_than_chance":
      return "the classifier is not surely better than chance: its counts say nothing of this slide";
    case "above_limit":
      return `more cells are called blasts than its errors and a share of ${explanation.limit_percent} % explain`;
    case "below_known_error":
      return `fewer cells are called blasts than the classifier calls wrongly on other slides (${whole(explanation.false_alarm_percent)} % of normal cells): its known error does not hold here, look at stain and focus`;
    case "upper_bound":
      return "more blasts than the upper bound are unlikely (2.5 %); fewer cannot be ruled out";
    case "explained_by_error":
      return `the classifier calls ${tenths(explanation.false_alarm_percent)} % of normal cells blasts, which explains all that it called here; up to the upper bound it would not notice blasts`;
    case "not_surely_above_limit":
      return `blasts are present if the classifier errs as known, but not surely more than ${explanation.limit_percent} %`;
    default:
      return code(explanation);
  }
}

/**
 * Leukaemia is not to be missed for a poor slide.
 * @param {Finding | null} counted
 */
function allTheSame(counted) {
  return counted ? `; the counted cells alone say "${findingSentence(counted)}"` : "";
}

/**
 * @param {never} unknown
 * @returns {string}
 */
function code(unknown) {
  return /** @type {{ code: string }} */ (unknown).code;
}

/** @type {Record<string, string>} */
const REASONS = {
  not_a_blood_field: "not a blood field: put a stained smear on the stage",
  too_dark: "too dark: raise the lamp or the exposure",
  too_bright: "too bright: lower the lamp or the exposure",
  blank: "blank: move to the body of the smear",
  too_crowded: "too crowded: move to a thinner part",
  strange_colours: "strange colours: check white balance and the order of the colour channels",
  low_contrast: "low contrast: close the condenser diaphragm a little, or stain longer",
  moving: "moving: wait until the stage stands still",
  out_of_focus: "out of focus: turn the fine focus",
};

/** @type {Record<string, [mark: string, sentence: string]>} */
const VERDICTS = {
  good: ["✓", "Good field."],
  usable: ["!", "Usable field, but "],
  unusable: ["✕", "Unusable field, its cells are not counted: "],
};

/**
 * What is said of a field: a mark, and a sentence with the reasons, which say what to do. Early versions kept sentences
 * where codes are now.
 * @param {string} verdict
 * @param {string[]} reasons
 * @returns {[mark: string, sentence: string]}
 */
export function qualitySentence(verdict, reasons) {
  const [mark, said] = VERDICTS[verdict] ?? ["?", `${verdict}: `];
  const why = reasons.map((reason) => REASONS[reason] ?? reason);
  return [mark, why.length ? `${said}${why.join("; ")}.` : said];
}

/** @type {Record<string, string>} */
const CAMERA_STATES = { running: "", finished: ", all fields shown", stalled: ", no frames" };

/**
 * The camera and what it does.
 * @param {import("./types").Camera} camera
 */
export const cameraSentence = (camera) => camera.name + (CAMERA_STATES[camera.state] ?? `, ${camera.state}`);
