//! The cells of a slide: the gallery.

use super::ApiResult;
use super::cursor::List;
use super::stored_picture::stored_picture;
use super::summary::ReviewState;
use crate::domain::{self, CellId, SlideId};
use crate::web::AppState;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use blastscope_shared::DISCLAIMER;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Cells in one answer, and the most of them.
const PAGE: u32 = 60;
const LARGEST_PAGE: u32 = 500;

/// A cell: where it lies and what it was taken for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Cell {
    /// Its number; grows with time.
    id: i64,
    /// The field it lies on.
    field: i64,
    /// Left edge of its box on the field, pixels.
    x: u32,
    /// Top edge.
    y: u32,
    /// Width of the box.
    width: u32,
    /// Height of the box.
    height: u32,
    /// Confidence of the finder, 0 to 1.
    score: f32,
    /// Label, or `unidentified`.
    class: String,
    /// Label before abstention.
    decision: String,
    /// Calibrated probability of the blast.
    probability: f32,
    /// Squared distance from the cells that trained the classifier, in limits; above 1 the cell is unidentified. `null`
    /// where that is not measured.
    #[schema(required)]
    distance: Option<f32>,
    /// The counted cell that this one is again; `null` for a counted one.
    #[schema(required)]
    duplicate_of: Option<i64>,
}

/// Counted cells of a slide from the newest on.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct CellList {
    /// What this is not.
    notice: &'static str,
    /// Nothing here is signed.
    status: ReviewState,
    /// One page of cells.
    cells: Vec<Cell>,
    /// Where the list goes on; `null` at its end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Which cells.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct CellPage {
    /// A label of the model, or `unidentified`; all without.
    class: Option<String>,
    /// `next_cursor` of the page before, of the same slide and class; the newest cells without.
    cursor: Option<String>,
    /// Cells in one answer, 60 if absent; larger numbers mean 500.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// The newest counted cells of a slide.
#[utoipa::path(
    get,
    path = "/api/slides/{id}/cells",
    operation_id = "list_cells",
    tag = "cells",
    params(("id" = i64, Path, description = "Number of the slide"), CellPage),
    responses((status = 200, description = "Counted cells from the newest on; none for an unknown slide", body = CellList))
)]
pub(in crate::web) async fn of_slide(
    State(state): State<AppState>,
    id: Result<Path<SlideId>, PathRejection>,
    wanted: Result<Query<CellPage>, QueryRejection>,
) -> ApiResult<Json<CellList>> {
    let Path(id) = id?;
    let Query(wanted) = wanted?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let list = List::new(match &wanted.class {
        Some(class) => format!("cells {class:?} of slide {id}"),
        None => format!("cells of slide {id}"),
    });
    let before = wanted.cursor.map(|c| list.read(&c)).transpose()?.map(CellId);
    let cells = state
        .read(move |r| r.cells(id, wanted.class.as_deref(), before, limit + 1))
        .await?;
    let (cells, next_cursor) = list.page(cells, limit, |c| c.id.0);
    Ok(Json(CellList {
        notice: DISCLAIMER,
        status: domain::ReviewState::default().into(),
        cells: cells.into_iter().map(Cell::from).collect(),
        next_cursor,
    }))
}

/// The picture of one cell.
#[utoipa::path(
    get,
    path = "/api/cells/{id}/crop.png",
    operation_id = "get_crop",
    tag = "cells",
    params(
        ("id" = i64, Path, description = "Number of the cell"),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags of pictures that are known")
    ),
    responses(
        (
            status = 200,
            description = "The cell with its surroundings, at the scale of its field",
            body = Vec<u8>,
            content_type = "image/png",
            headers(("ETag" = String, description = "Strong entity tag of the picture"))
        ),
        (status = 304, description = "The picture is one of those known")
    )
)]
pub(in crate::web) async fn crop(
    State(state): State<AppState>,
    id: Result<Path<CellId>, PathRejection>,
    asked: HeaderMap,
) -> ApiResult<Response> {
    let Path(id) = id?;
    let crop = state.read(move |r| r.crop(id)).await?;
    Ok(stored_picture(&asked, "image/png", crop))
}

impl From<domain::KeptCell> for Cell {
    fn from(kept: domain::KeptCell) -> Self {
        let cell = kept.cell;
        Self {
            id: kept.id.0,
            field: kept.field.0,
            x: cell.bounds.left,
            y: cell.bounds.top,
            width: cell.bounds.width,
            height: cell.bounds.height,
            score: cell.score,
            class: cell.class.into(),
            decision: cell.decision.into(),
            probability: cell.probability,
            distance: cell.distance,
            duplicate_of: kept.duplicate_of.map(|id| id.0),
        }
    }
}
