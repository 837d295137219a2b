//! Fields that are kept.

use super::AppState;
use super::answer::{Answer, picture};
use super::slides::{PathError, refused};
use crate::pipeline::outline_of_row;
use crate::store::{CellRow, FieldId, FieldRow};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use blastscope_shared::DISCLAIMER;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct OutlinedCell {
    #[serde(flatten)]
    cell: CellRow,
    /// Points of its outline on the field: `x,y x,y ...`, pixels.
    outline: String,
}

#[derive(Debug, Serialize)]
pub(super) struct OutlinedField {
    notice: &'static str,
    status: &'static str,
    #[serde(flatten)]
    field: FieldRow,
    cells: Vec<OutlinedCell>,
}

/// A field and the outlines of its cells.
pub(super) async fn one(
    State(state): State<AppState>,
    id: Result<Path<FieldId>, PathError>,
) -> Answer<Json<OutlinedField>> {
    let Path(id) = id.map_err(refused)?;
    let read = state.read(move |reader| {
        let field = reader.field(id)?;
        let outlined = |cell: CellRow| {
            let outline = outline_of_row(&cell.cell, &reader.mask(cell.id)?);
            Ok(OutlinedCell { cell, outline })
        };
        let cells = reader.cells_of_field(id)?.into_iter().map(outlined);
        let cells = cells.collect::<crate::Result<Vec<_>>>()?;
        Ok(OutlinedField {
            notice: DISCLAIMER,
            status: "unsigned",
            field,
            cells,
        })
    });
    read.await.map(Json)
}

/// Its picture.
pub(super) async fn picture_of(
    State(state): State<AppState>,
    id: Result<Path<FieldId>, PathError>,
) -> Answer<Response> {
    let Path(id) = id.map_err(refused)?;
    Ok(picture(
        "image/jpeg",
        state.read(move |r| r.field_picture(id)).await?,
    ))
}
