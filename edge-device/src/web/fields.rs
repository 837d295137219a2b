//! Fields that are kept.

use super::AppState;
use super::answer::{Answer, picture};
use super::slides::{PathError, refused};
use super::views;
use crate::domain::{FieldId, KeptCell};
use crate::pipeline::outline;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

/// A field and the outlines of its cells.
pub(super) async fn one(
    State(state): State<AppState>,
    id: Result<Path<FieldId>, PathError>,
) -> Answer<Json<Value>> {
    let Path(id) = id.map_err(refused)?;
    let read = state.read(move |reader| {
        let mut field = views::field(&reader.field(id)?);
        let outlined = |kept: KeptCell| {
            let outline = outline(&reader.mask(&kept)?, kept.cell.bounds);
            let mut cell = views::kept_cell(&kept);
            cell["outline"] = views::points(&outline).into();
            Ok(cell)
        };
        let cells = reader.cells_of_field(id)?.into_iter().map(outlined);
        field["cells"] = cells.collect::<crate::Result<Vec<_>>>()?.into();
        Ok(field)
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
