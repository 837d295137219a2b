//! The gallery.

use super::AppState;
use super::answer::{Answer, picture};
use super::slides::{PathError, QueryError, refused};
use super::views;
use crate::domain::{CellId, ReviewState, SlideId};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use blastscope_shared::DISCLAIMER;
use serde::Deserialize;
use serde_json::{Value, json};

/// Cells in one answer.
const PAGE: u32 = 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    class: Option<String>,
    before: Option<CellId>,
    limit: Option<u32>,
}

/// The newest cells of a slide.
pub(super) async fn of_slide(
    State(state): State<AppState>,
    id: Result<Path<SlideId>, PathError>,
    wanted: Result<Query<Wanted>, QueryError>,
) -> Answer<Json<Value>> {
    let Path(id) = id.map_err(refused)?;
    let Query(wanted) = wanted.map_err(refused)?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, 500);
    let cells = state
        .read(move |r| r.cells(id, wanted.class.as_deref(), wanted.before, limit))
        .await?;
    Ok(Json(
        json!({ "notice": DISCLAIMER, "status": ReviewState::default(), "cells": cells.iter().map(views::kept_cell).collect::<Vec<_>>() }),
    ))
}

/// The picture of one cell.
pub(super) async fn crop(
    State(state): State<AppState>,
    id: Result<Path<CellId>, PathError>,
) -> Answer<Response> {
    let Path(id) = id.map_err(refused)?;
    Ok(picture("image/png", state.read(move |r| r.crop(id)).await?))
}
