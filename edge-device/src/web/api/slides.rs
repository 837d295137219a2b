//! Slides: listed, read, begun.

use super::cursor::List;
use super::summary::{ReviewState, Summary};
use super::{ApiError, ApiResult, ProblemCode};
use crate::domain::{self, SlideId};
use crate::web::AppState;
use crate::{Error, ErrorKind};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use blastscope_shared::{DISCLAIMER, stain};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Slides in one answer, and the most of them.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;

/// A slide as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Slide {
    /// Its number.
    id: i64,
    /// Name given by the operator.
    name: String,
    /// When it was put on the stage.
    #[schema(format = DateTime)]
    started: String,
    /// When it was taken off; `null` while it is screened.
    #[schema(required, format = DateTime)]
    ended: Option<String>,
    /// The camera.
    source: String,
    /// The model that classified its cells.
    model: Model,
    /// Share of blasts above which they are likely, percent: as set when it was counted.
    blasts_likely_above_percent: f64,
    /// Fields kept.
    fields: u64,
    /// Cells counted.
    cells: u64,
    /// How the colours of its latest cells were changed for the network; `null`: not at all.
    #[schema(required)]
    stain: Option<Stain>,
}

/// Which network of which package.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::web) struct Model {
    /// Name of the package.
    name: String,
    /// Its version.
    version: String,
    /// The precision in use.
    precision: String,
}

/// From the colours of a field to those of the package: gains to neutral glass, then along every axis (l, alpha, beta) a
/// stretch and a shift.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::web) struct Stain {
    /// Gains of red, green and blue.
    #[schema(min_items = 3, max_items = 3)]
    gain: [f32; 3],
    /// Stretches along l, alpha and beta.
    #[schema(min_items = 3, max_items = 3)]
    scale: [f32; 3],
    /// Shifts after them.
    #[schema(min_items = 3, max_items = 3)]
    shift: [f32; 3],
}

/// Slides from the newest on.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct SlideList {
    /// What this is not.
    notice: &'static str,
    /// Nothing here is signed.
    status: ReviewState,
    /// One page of slides.
    slides: Vec<Slide>,
    /// Where the list goes on; `null` at its end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One slide and everything that is said of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct SlideAnswer {
    /// The slide.
    slide: Slide,
    /// What is said of it.
    summary: Summary,
}

/// A slide to begin.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewSlide {
    /// At most 120 characters, none of them a control character; the slide is named by its time without.
    #[schema(max_length = 120)]
    name: Option<String>,
}

/// A slide that is begun.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct BegunSlide {
    /// Its number.
    id: i64,
}

/// Which page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct SlidePage {
    /// `next_cursor` of the page before; the newest slides without.
    cursor: Option<String>,
    /// Slides in one answer, 50 if absent; larger numbers mean 200.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// The newest slides.
#[utoipa::path(
    get,
    path = "/api/slides",
    operation_id = "list_slides",
    tag = "slides",
    params(SlidePage),
    responses((status = 200, description = "Slides from the newest on", body = SlideList))
)]
pub(in crate::web) async fn list(
    State(state): State<AppState>,
    page: Result<Query<SlidePage>, QueryRejection>,
) -> ApiResult<Json<SlideList>> {
    let Query(page) = page?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let list = List::new("slides");
    let before = page.cursor.map(|c| list.read(&c)).transpose()?.map(SlideId);
    let slides = state.read(move |r| r.slides(before, limit + 1)).await?;
    let (slides, next_cursor) = list.page(slides, limit, |s| s.id.0);
    Ok(Json(SlideList {
        notice: DISCLAIMER,
        status: domain::ReviewState::default().into(),
        slides: slides.into_iter().map(Slide::from).collect(),
        next_cursor,
    }))
}

/// One slide and everything that is said of it.
#[utoipa::path(
    get,
    path = "/api/slides/{id}",
    operation_id = "get_slide",
    tag = "slides",
    params(("id" = i64, Path, description = "Number of the slide")),
    responses((status = 200, description = "The slide with its summary", body = SlideAnswer))
)]
pub(in crate::web) async fn one(
    State(state): State<AppState>,
    id: Result<Path<SlideId>, PathRejection>,
) -> ApiResult<Json<SlideAnswer>> {
    let Path(id) = id?;
    let (slide, summary) = state.read(move |r| r.slide(id)).await?;
    let summary = Summary::new(summary, slide.review_state);
    Ok(Json(SlideAnswer {
        slide: slide.into(),
        summary,
    }))
}

/// Begins a slide: the one on the stage is ended as it is, counting starts from nothing. Nothing in the body means a
/// slide that is named by its time.
#[utoipa::path(
    post,
    path = "/api/slides",
    operation_id = "begin_slide",
    tag = "slides",
    request_body(content = Option<NewSlide>, description = "A name, or nothing", content_type = "application/json"),
    responses((status = 201, description = "The slide is begun", body = BegunSlide))
)]
pub(in crate::web) async fn begin(
    State(state): State<AppState>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<(StatusCode, Json<BegunSlide>)> {
    let body = body?;
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
    let busy = || ApiError::new(ProblemCode::Busy, "the device is stopping or busy: try again");
    let id = state.begin_slide(name).await.ok_or_else(busy)?;
    Ok((StatusCode::CREATED, Json(BegunSlide { id: id.0 })))
}

impl From<domain::Slide> for Slide {
    fn from(slide: domain::Slide) -> Self {
        Self {
            id: slide.id.0,
            name: slide.name,
            started: slide.started.to_string(),
            ended: slide.ended.map(|t| t.to_string()),
            source: slide.source,
            model: slide.model.into(),
            blasts_likely_above_percent: slide.blasts_likely_above_percent,
            fields: slide.fields,
            cells: slide.cells,
            stain: slide.stain.map(Stain::from),
        }
    }
}

impl From<blastscope_inference::ModelName> for Model {
    fn from(model: blastscope_inference::ModelName) -> Self {
        Self {
            name: model.name,
            version: model.version,
            precision: model.precision,
        }
    }
}

impl From<stain::StainTransform> for Stain {
    fn from(transform: stain::StainTransform) -> Self {
        Self {
            gain: transform.gain,
            scale: transform.scale,
            shift: transform.shift,
        }
    }
}
