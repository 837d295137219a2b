//! What happens now.

use super::AppState;
use super::answer::{Answer, refuse};
use super::views;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

/// Snapshots as they come. A browser that is slower than the pipeline gets the latest one when it is
/// ready and never sees those between.
pub(super) async fn events(
    State(state): State<AppState>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let snapshots = WatchStream::new(state.inner.live.clone()).map(|view| {
        Ok(Event::default()
            .event("snapshot")
            .data(views::snapshot(&view.snapshot).to_string()))
    });
    Sse::new(snapshots).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    /// The field that the outlines belong to.
    shown: Option<u64>,
}

/// The picture of the latest field. With `?shown=N` only that of field N, so that outlines and picture
/// belong together.
pub(super) async fn picture(State(state): State<AppState>, Query(query): Query<Shown>) -> Answer<Response> {
    let view = state.inner.live.borrow().clone();
    let shown = view.snapshot.field.as_ref().map(|f| f.shown);
    if shown.is_none() || query.shown.is_some_and(|wanted| Some(wanted) != shown) {
        return Ok(refuse(
            StatusCode::NOT_FOUND,
            "this field is not the latest any more",
        ));
    }
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], view.picture.clone()).into_response())
}
