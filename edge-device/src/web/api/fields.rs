//! Fields that are kept.

use super::ApiResult;
use super::cells::Cell;
use super::outline::outline_text;
use super::stored_picture::stored_picture;
use super::summary::ReviewState;
use crate::domain::{self, FieldId};
use crate::pipeline::outline;
use crate::web::AppState;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use blastscope_shared::DISCLAIMER;
use blastscope_vision::quality;
use blastscope_vision::raster::PixelSize;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A field with its cells.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Field {
    /// What this is not.
    notice: &'static str,
    /// How far a person has gone with its slide.
    status: ReviewState,
    /// Its number.
    id: i64,
    /// Its slide.
    slide: i64,
    /// What the source calls it.
    name: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    taken: String,
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
    /// Nanometres a pixel, if known.
    #[schema(required)]
    scale_nm: Option<u32>,
    /// What was said of its quality; `null` where it was kept by a version that did not look.
    #[schema(required)]
    quality: Option<KeptQuality>,
    /// All its cells, duplicates among them.
    cells: Vec<OutlinedCell>,
}

/// What was said of a field, in the codes and numbers of the version that said it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct KeptQuality {
    /// Whether its cells count.
    verdict: FieldVerdict,
    /// Codes that say why, where the verdict is not good; sentences where a version before codes said something else.
    reasons: Vec<String>,
    /// The numbers that it rests on.
    #[schema(value_type = Object)]
    measures: Value,
}

/// Whether the cells of a field may be counted.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum FieldVerdict {
    /// Nothing to remark.
    Good,
    /// Its cells count; the reasons say what would be better.
    Usable,
    /// Its cells do not count; the reasons say why.
    Unusable,
}

/// A cell with its outline.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct OutlinedCell {
    #[serde(flatten)]
    cell: Cell,
    /// Points of its outline on the field: `x,y x,y ...`, pixels.
    outline: String,
}

/// A field and the outlines of its cells.
#[utoipa::path(
    get,
    path = "/api/fields/{id}",
    operation_id = "get_field",
    tag = "fields",
    params(("id" = i64, Path, description = "Number of the field")),
    responses((status = 200, description = "The field with its cells", body = Field))
)]
pub(in crate::web) async fn one(
    State(state): State<AppState>,
    id: Result<Path<FieldId>, PathRejection>,
) -> ApiResult<Json<Field>> {
    let Path(id) = id?;
    let read = state.read(move |reader| {
        let field = reader.field(id)?;
        let outlined = |cell: domain::KeptCell| {
            let outline = outline_text(&outline(&reader.mask(&cell)?, cell.cell.bounds));
            Ok(OutlinedCell {
                cell: cell.into(),
                outline,
            })
        };
        let cells = reader.cells_of_field(id)?.into_iter().map(outlined);
        let cells = cells.collect::<crate::Result<Vec<_>>>()?;
        Ok(Field::new(field, cells))
    });
    read.await.map(Json)
}

/// The picture of a field.
#[utoipa::path(
    get,
    path = "/api/fields/{id}/picture.jpg",
    operation_id = "get_field_picture",
    tag = "fields",
    params(
        ("id" = i64, Path, description = "Number of the field"),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags of pictures that are known")
    ),
    responses(
        (
            status = 200,
            description = "The field, at most 1280 pixels a side",
            body = Vec<u8>,
            content_type = "image/jpeg",
            headers(("ETag" = String, description = "Strong entity tag of the picture"))
        ),
        (status = 304, description = "The picture is one of those known")
    )
)]
pub(in crate::web) async fn picture(
    State(state): State<AppState>,
    id: Result<Path<FieldId>, PathRejection>,
    asked: HeaderMap,
) -> ApiResult<Response> {
    let Path(id) = id?;
    let picture = state.read(move |r| r.field_picture(id)).await?;
    Ok(stored_picture(&asked, "image/jpeg", picture))
}

impl Field {
    fn new(field: domain::Field, cells: Vec<OutlinedCell>) -> Self {
        Self {
            notice: DISCLAIMER,
            status: domain::ReviewState::default().into(),
            id: field.id.0,
            slide: field.slide.0,
            name: field.name,
            taken: field.taken.to_string(),
            width: field.width,
            height: field.height,
            scale_nm: field.pixel_size.map(PixelSize::nanometres),
            quality: field.quality.map(KeptQuality::from),
            cells,
        }
    }
}

impl From<domain::QualityRecord> for KeptQuality {
    fn from(record: domain::QualityRecord) -> Self {
        Self {
            verdict: record.verdict.into(),
            reasons: record.reasons,
            measures: record.measures,
        }
    }
}

impl From<quality::FieldVerdict> for FieldVerdict {
    fn from(verdict: quality::FieldVerdict) -> Self {
        match verdict {
            quality::FieldVerdict::Good => Self::Good,
            quality::FieldVerdict::Usable => Self::Usable,
            quality::FieldVerdict::Unusable => Self::Unusable,
        }
    }
}
