//! What programs are answered: every answer is a struct here, made from what the device knows and described in the
//! OpenAPI document. `docs/reference/api.md` is for people.

mod cells;
mod cursor;
mod error;
mod fields;
mod finding;
mod openapi;
mod outline;
mod problem;
mod slides;
mod snapshot;
mod status;
mod stored_picture;
mod summary;

pub(super) use error::{ApiError, ApiResult};
pub(super) use problem::{Problem, ProblemCode, in_words, method_not_allowed, no_such_page};
pub(super) use snapshot::Snapshot;
#[cfg(test)]
pub(super) use {cursor::List, openapi::document};

use super::{AppState, live};
use axum::routing::{MethodRouter, get};

/// Every route and its methods; the OpenAPI document has the same.
pub(super) fn routes() -> [(&'static str, MethodRouter<AppState>); 11] {
    [
        ("/healthz", get(status::healthz)),
        ("/api/openapi.json", get(openapi::openapi)),
        ("/api/status", get(status::status)),
        ("/api/events", get(live::events)),
        ("/api/live/field.jpg", get(live::picture)),
        ("/api/slides", get(slides::list).post(slides::begin)),
        ("/api/slides/{id}", get(slides::one)),
        ("/api/slides/{id}/cells", get(cells::of_slide)),
        ("/api/cells/{id}/crop.png", get(cells::crop)),
        ("/api/fields/{id}", get(fields::one)),
        ("/api/fields/{id}/picture.jpg", get(fields::picture)),
    ]
}
