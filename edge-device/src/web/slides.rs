//! Slides: listed, read, begun.

use super::AppState;
use super::answer::Answer;
use super::views;
use crate::domain::{ReviewState, SlideId};
use crate::session::Command;
use crate::{Error, ErrorKind};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use blastscope_shared::DISCLAIMER;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Slides in one answer.
const PAGE: u32 = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    before: Option<SlideId>,
    limit: Option<u32>,
}

/// The newest slides.
pub(super) async fn list(
    State(state): State<AppState>,
    page: Result<Query<Page>, QueryError>,
) -> Answer<Json<Value>> {
    let Query(page) = page.map_err(refused)?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, 200);
    let slides = state.read(move |r| r.slides(page.before, limit)).await?;
    Ok(Json(
        json!({ "notice": DISCLAIMER, "status": ReviewState::default(), "slides": slides.iter().map(views::slide).collect::<Vec<_>>() }),
    ))
}

/// One slide and everything that is said of it.
pub(super) async fn one(
    State(state): State<AppState>,
    id: Result<Path<SlideId>, PathError>,
) -> Answer<Json<Value>> {
    let Path(id) = id.map_err(refused)?;
    let (slide, summary) = state.read(move |r| r.slide(id)).await?;
    let summary = views::summary(&summary, slide.review_state);
    Ok(Json(json!({ "slide": views::slide(&slide), "summary": summary })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSlide {
    name: Option<String>,
}

/// Begins a slide: `{"name": "..."}`, or nothing for a slide that is named by its time.
pub(super) async fn begin(State(state): State<AppState>, body: Bytes) -> Answer<(StatusCode, Json<Value>)> {
    let asked: NewSlide = match body.trim_ascii() {
        [] => NewSlide::default(),
        text => serde_json::from_slice(text).map_err(|e| {
            Error::new(
                ErrorKind::Request,
                format!("give {{\"name\": \"...\"}} as JSON: {e}"),
            )
        })?,
    };
    let name = asked.name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    let unfit = |n: &String| n.chars().count() > 120 || n.chars().any(char::is_control);
    if name.as_ref().is_some_and(unfit) {
        let message = "the name of a slide has at most 120 characters, none of them a control character";
        return Err(Error::new(ErrorKind::Request, message).into());
    }
    let (reply, begun) = oneshot::channel();
    let stopping = || Error::new(ErrorKind::Internal, "the device is stopping or busy: try again");
    let command = Command::NewSlide { name, reply };
    state.inner.commands.try_send(command).map_err(|_| stopping())?;
    let id = begun.await.map_err(|_| stopping())?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))))
}

pub(super) type QueryError = axum::extract::rejection::QueryRejection;
pub(super) type PathError = axum::extract::rejection::PathRejection;

/// A number or option in the address that is none.
pub(super) fn refused(e: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Request, e.to_string())
}
