// The answers of the device, from docs/reference/openapi.json. Made by a test: see tests/openapi.rs.

/** A slide that is begun. */
export type BegunSlide = {
  id: number;
};

/** The source of frames. */
export type Camera = {
  dropped: number;
  frames: number;
  name: string;
  state: CameraState;
};

/** State of the source of frames. */
export type CameraState = "running" | "finished" | "stalled";

/** A cell: where it lies and what it was taken for. */
export type Cell = {
  class: string;
  decision: string;
  distance: number | null;
  duplicate_of: number | null;
  field: number;
  height: number;
  id: number;
  probability: number;
  score: number;
  width: number;
  x: number;
  y: number;
};

/** Counted cells of a slide from the newest on. */
export type CellList = {
  cells: Array<Cell>;
  next_cursor: string | null;
  notice: string;
  status: ReviewState;
};

/** How the device is. */
export type Condition = "ok" | "failing";

/** The share of one label among the white cells. */
export type DifferentialShare = {
  cells: number;
  corrected_interval: [number, number] | null;
  corrected_percent: number | null;
  interval: [number, number];
  label: string;
  percent: number | null;
};

/** Why it is that finding. */
export type Explanation = {
  code: "too_few_usable_fields";
  counted_cells: null | Finding;
} | {
  code: "too_few_classified_cells";
  counted_cells: null | Finding;
} | {
  code: "unlike_training";
  far: number;
  of: number;
  unlike: number;
} | {
  code: "more_fields_needed";
} | {
  code: "error_unknown";
} | {
  code: "not_better_than_chance";
} | {
  code: "above_limit";
  limit_percent: number;
} | {
  code: "below_known_error";
  false_alarm_percent: number;
} | {
  code: "upper_bound";
} | {
  code: "explained_by_error";
  false_alarm_percent: number;
} | {
  code: "not_surely_above_limit";
  limit_percent: number;
};

/** A field with its cells. */
export type Field = {
  cells: Array<OutlinedCell>;
  height: number;
  id: number;
  name: string;
  notice: string;
  quality: null | KeptQuality;
  scale_nm: number | null;
  slide: number;
  status: ReviewState;
  taken: string;
  width: number;
};

/** Whether the cells of a field may be counted. */
export type FieldVerdict = "good" | "usable" | "unusable";

/** What is said of a slide. Never more than a reason to look: a person signs. */
export type Finding = {
  code: "poor_fields";
  of: number;
  unusable: number;
} | {
  code: "poor_cells";
  lost: number;
  of: number;
} | {
  code: "not_enough_cells";
  identified: number;
  needed: number;
} | {
  code: "blasts_likely";
  lower_percent: number;
} | {
  code: "no_blasts_seen";
  identified: number;
  upper_percent: number;
} | {
  code: "within_error";
  upper_percent: number;
} | {
  code: "not_valid";
  reason: NotValidReason;
} | {
  code: "undecided";
};

/** Signs of life. */
export type Health = {
  camera: CameraState;
  frame_age_seconds: number;
  frames: number;
  model: Model;
  pipeline: PipelineState;
  status: Condition;
  version: string;
};

/** What was said of a field, in the codes and numbers of the version that said it. */
export type KeptQuality = {
  measures: Record<string, unknown>;
  reasons: Array<string>;
  verdict: FieldVerdict;
};

/** A cell of the latest field. */
export type LiveCell = {
  box: [number, number, number, number];
  class: string;
  duplicate_of: number | null;
  id: number | null;
  outline: string;
  probability: number;
};

/** The latest field. */
export type LiveField = {
  cells: Array<LiveCell>;
  height: number;
  id: number | null;
  name: string;
  quality: LiveQuality;
  rejected: number;
  rejected_outlines: Array<string>;
  scale_nm: number | null;
  shown: number;
  stain: null | Stain;
  taken: string;
  width: number;
};

/** What is said of the latest field. */
export type LiveQuality = {
  measures: Record<string, unknown>;
  reasons: Array<string>;
  usual_edge_width: number | null;
  verdict: FieldVerdict;
};

/** The slide on the stage. */
export type LiveSlide = {
  cells_wanted: number;
  full: boolean;
  id: number;
  name: string;
  settled: boolean;
  started: string;
};

/** A share of right answers with its uncertainty, measured on the cells of several subjects. */
export type MeasuredShare = {
  cells: number;
  share: number;
  standard_error: number;
  subjects: number;
};

/** Which network of which package. */
export type Model = {
  name: string;
  precision: string;
  version: string;
};

/** A slide to begin. */
export type NewSlide = {
  name?: string | null;
};

/** Why a classifier has no say on a slide. */
export type NotValidReason = "unlike_training";

/** A cell with its outline. */
export type OutlinedCell = Cell & {
  outline: string;
};

/** Cells of one label that is reported beside the white cells. */
export type PerHundredWhiteCells = {
  cells: number;
  interval: [number, number] | null;
  label: string;
  per_hundred: number | null;
};

/** Sensitivity and specificity for the first label, among identified cells of subjects that the network was not trained on. */
export type Performance = {
  sensitivity: MeasuredShare;
  specificity: MeasuredShare;
};

/** Whether fields are worked on. */
export type PipelineState = "running" | "stopped";

/** An error as a browser is told it. */
export type Problem = {
  code: ProblemCode;
  detail: string;
  status: number;
  title: string;
  type: string;
};

/** What went wrong, for programs. A code never changes its meaning; new ones may come. */
export type ProblemCode = "bad_request" | "bad_cursor" | "cross_site" | "not_found" | "method_not_allowed" | "too_large" | "misdirected" | "internal" | "busy";

/** How far a person has gone with a slide. What is unsigned is never called final. */
export type ReviewState = "unsigned";

/** What a label stands for on a slide. */
export type Role = "blast" | "white_cell" | "beside" | "no_cell";

/** Where a scale came from. */
export type ScaleOrigin = "given" | "red-cells" | "earlier-fields";

/** Everything about findings that a laboratory may set. */
export type ScreenSettings = {
  blasts_likely_above_percent: number;
  fields_compared: number;
  minimum_cells: number;
  poor_cells_above_percent: number;
  poor_fields_above_percent: number;
  stop_early: boolean;
  unlike_cells_above_percent: number;
  unlike_median_above: number;
  unlike_minimum_cells: number;
};

/** A slide as it is listed. */
export type Slide = {
  blasts_likely_above_percent: number;
  cells: number;
  ended: string | null;
  fields: number;
  id: number;
  model: Model;
  name: string;
  source: string;
  stain: null | Stain;
  started: string;
};

/** One slide and everything that is said of it. */
export type SlideAnswer = {
  slide: Slide;
  summary: Summary;
};

/** Slides from the newest on. */
export type SlideList = {
  next_cursor: string | null;
  notice: string;
  slides: Array<Slide>;
  status: ReviewState;
};

/** The scales of one slide's fields. */
export type SlideScale = {
  fields_without: number;
  nanometres_per_pixel: number | null;
  origin: null | ScaleOrigin;
};

/** The slide on the stage, what is said of it so far, and the latest field. */
export type Snapshot = {
  field: null | LiveField;
  slide: LiveSlide;
  summary: Summary;
};

/** From the colours of a field to those of the package: gains to neutral glass, then along every axis (l, alpha, beta) a stretch and a shift. */
export type Stain = {
  gain: [number, number, number];
  scale: [number, number, number];
  shift: [number, number, number];
};

/** Everything that does not change from field to field, and the latest state. */
export type Status = {
  camera: Camera;
  labels: Array<string>;
  live: Snapshot;
  model: Model;
  notice: string;
  open_to_network: boolean;
  roles: Array<Role>;
  screen: ScreenSettings;
  version: string;
};

/** Everything that is said of a slide. */
export type Summary = {
  beside: Array<PerHundredWhiteCells>;
  blast_percent: number | null;
  cells: number;
  corrected_interval: [number, number] | null;
  corrected_percent: number | null;
  counts: Record<string, number>;
  differential: Array<DifferentialShare>;
  duplicates: number;
  explanation: Explanation;
  fields: number;
  fields_unusable: number;
  finding: Finding;
  interval: [number, number];
  notice: string;
  performance: null | Performance;
  rejected: number;
  scale: SlideScale;
  status: ReviewState;
};
