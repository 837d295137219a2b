//! What programs are answered: every answer is a struct here, made from what the device knows and described in the
//! OpenAPI document. `docs/reference/api.md` is for people.

pub(super) mod cells;
mod cursor;
mod error;
pub(super) mod fields;
mod finding;
mod outline;
mod problem;
pub(super) mod slides;
mod snapshot;
pub(super) mod status;
mod stored_picture;
mod summary;

#[cfg(test)]
pub(super) use cursor::List;
pub(super) use error::{ApiError, ApiResult};
pub(super) use problem::{PROBLEM_JSON, Problem, ProblemCode, in_words, method_not_allowed, no_such_page};
pub(super) use snapshot::Snapshot;
