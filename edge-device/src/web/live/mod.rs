//! What happens now.

mod snapshot_json;

pub(super) use snapshot_json::SnapshotJson;

use super::AppState;
use super::api::{ApiError, ApiResult, ProblemCode};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

/// Snapshots as they come, one event `snapshot` a field with a `Snapshot` as its data. A browser that is slower than the
/// pipeline gets the latest one when it is ready and never sees those between.
#[utoipa::path(
    get,
    path = "/api/events",
    operation_id = "follow_snapshots",
    tag = "live",
    responses((
        status = 200,
        description = "Server-sent events named `snapshot`; the data of each is a `Snapshot` as JSON",
        body = String,
        content_type = "text/event-stream"
    ))
)]
pub(super) async fn events(State(state): State<AppState>) -> Sse<impl Stream<Item = crate::Result<Event>>> {
    // The whole state is not held: its reader must be gone when the store is closed.
    let shared = Arc::clone(&state.inner.snapshot_json);
    let snapshots = WatchStream::new(state.inner.live.clone()).map(move |view| {
        let json = shared.of(&view)?;
        Ok(Event::default().event("snapshot").data(&*json))
    });
    Sse::new(snapshots).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Which field.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Shown {
    /// `shown` of the field that the outlines belong to; the latest field without.
    shown: Option<u64>,
}

/// The picture of the latest field. With `shown` only that of this field, so that outlines and picture belong together.
#[utoipa::path(
    get,
    path = "/api/live/field.jpg",
    operation_id = "get_live_picture",
    tag = "live",
    params(Shown),
    responses((
        status = 200,
        description = "The latest field, at most 1280 pixels a side",
        body = Vec<u8>,
        content_type = "image/jpeg"
    ))
)]
pub(super) async fn picture(
    State(state): State<AppState>,
    query: Result<Query<Shown>, QueryRejection>,
) -> ApiResult<Response> {
    let Query(query) = query?;
    let view = state.inner.live.borrow().clone();
    let shown = view.snapshot.field.as_ref().map(|f| f.shown);
    if shown.is_none() || query.shown.is_some_and(|wanted| Some(wanted) != shown) {
        let detail = "this field is not the latest any more";
        return Err(ApiError::new(ProblemCode::NotFound, detail));
    }
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], view.picture.clone()).into_response())
}
