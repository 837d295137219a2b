//! Domain values as JSON.

use crate::domain::{Cell, Field, KeptCell, ReviewState, Slide, Summary};
use crate::observe::CameraState;
use crate::pipeline::{LiveCell, LiveField, Snapshot};
use blastscope_shared::DISCLAIMER;
use blastscope_vision::raster::Point;
use serde_json::{Value, json};
use std::fmt::Write;

/// Points as SVG writes them: `x,y x,y ...`.
pub(super) fn points(points: &[Point]) -> String {
    let mut text = String::new();
    for Point { x, y } in points {
        // Writing to a string cannot fail.
        write!(text, "{x:.1},{y:.1} ").ok();
    }
    text.truncate(text.trim_end().len());
    text
}

fn merged(mut value: Value, more: Value) -> Value {
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

pub(super) fn slide(s: &Slide) -> Value {
    json!({ "id": s.id, "name": s.name, "started": s.started.to_string(), "ended": s.ended.map(|t| t.to_string()),
        "source": s.source, "model": s.model, "review_state": s.review_state, "fields": s.fields, "cells": s.cells,
        "stain": s.stain })
}

pub(super) fn summary(s: &Summary, state: ReviewState) -> Value {
    merged(json!(s), json!({ "status": state, "notice": DISCLAIMER }))
}

fn cell(c: &Cell) -> Value {
    json!({ "x": c.bounds.left, "y": c.bounds.top, "width": c.bounds.width, "height": c.bounds.height, "score": c.score, "class": c.class,
        "decision": c.decision, "probability": c.probability })
}

pub(super) fn kept_cell(c: &KeptCell) -> Value {
    merged(
        cell(&c.cell),
        json!({ "id": c.id, "field": c.field, "duplicate_of": c.duplicate_of }),
    )
}

pub(super) fn field(f: &Field) -> Value {
    let quality = f.quality.as_ref();
    json!({ "notice": DISCLAIMER, "status": ReviewState::default(), "id": f.id, "slide": f.slide, "name": f.name,
        "taken": f.taken.to_string(), "width": f.width, "height": f.height, "scale_nm": f.pixel_size,
        "quality": quality.map(|q| json!({ "verdict": q.verdict, "reasons": q.reasons, "measures": q.measures })) })
}

fn live_cell(c: &LiveCell) -> Value {
    let b = c.cell.bounds;
    json!({ "id": c.id, "class": c.cell.class, "probability": c.cell.probability,
        "box": [b.left, b.top, b.width, b.height], "outline": points(&c.outline),
        "duplicate_of": c.duplicate_of })
}

fn live_field(f: &LiveField) -> Value {
    json!({ "id": f.id, "shown": f.shown, "name": f.name, "taken": f.taken.to_string(), "width": f.width,
        "height": f.height, "scale_nm": f.pixel_size, "quality": f.quality, "stain": f.stain,
        "rejected": f.rejected.len(), "cells": f.cells.iter().map(live_cell).collect::<Vec<_>>(),
        "rejected_outlines": f.rejected.iter().map(|o| points(o)).collect::<Vec<_>>() })
}

pub(super) fn snapshot(s: &Snapshot) -> Value {
    let slide = &s.slide;
    json!({ "slide": { "id": slide.id, "name": slide.name, "started": slide.started.to_string(),
            "cells_wanted": slide.cells_wanted, "settled": slide.progress.settled, "full": slide.progress.full },
        "summary": summary(&s.summary, ReviewState::default()), "field": s.field.as_ref().map(live_field) })
}

pub(super) fn camera_state(state: CameraState) -> &'static str {
    match state {
        CameraState::Running => "running",
        CameraState::Finished => "finished",
        CameraState::Stalled => "stalled",
    }
}
