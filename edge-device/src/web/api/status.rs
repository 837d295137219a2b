//! Signs of life for programs, and what the page is told first.

use super::slides::Model;
use super::snapshot::Snapshot;
use crate::observe;
use crate::screen;
use crate::web::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use blastscope_shared::DISCLAIMER;
use blastscope_shared::class;
use serde::Serialize;
use utoipa::ToSchema;

/// Signs of life.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Health {
    /// `ok` with status 200, `failing` with 503.
    status: Condition,
    /// Whether fields are worked on.
    pipeline: PipelineState,
    /// State of the source of frames.
    camera: CameraState,
    /// Frames taken.
    frames: u64,
    /// Time since the last frame, seconds.
    frame_age_seconds: f64,
    /// The model in use.
    model: Model,
    /// Version of the device.
    version: &'static str,
}

/// How the device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum Condition {
    /// The pipeline runs and frames come.
    Ok,
    /// It does not, or they do not.
    Failing,
}

/// Whether fields are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum PipelineState {
    /// Fields are worked on.
    Running,
    /// The device is stopping.
    Stopped,
}

/// State of the source of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum CameraState {
    /// Frames come.
    Running,
    /// All pictures of this slide were shown.
    Finished,
    /// No frame came for ten times its interval, or 10 s if that is longer.
    Stalled,
}

/// Everything that does not change from field to field, and the latest state.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Status {
    /// What this is not.
    notice: &'static str,
    /// Version of the device.
    version: &'static str,
    /// The model in use.
    model: Model,
    /// Its labels in the order of its outputs.
    labels: Vec<String>,
    /// The role of each label, in the same order.
    roles: Vec<Role>,
    /// When a slide may be spoken of.
    screen: ScreenSettings,
    /// Others than this machine can reach the page.
    open_to_network: bool,
    /// The source of frames.
    camera: Camera,
    /// What happens now.
    live: Snapshot,
}

/// What a label stands for on a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum Role {
    /// The leukaemic blast, counted among the white cells.
    Blast,
    /// A white cell that is counted.
    WhiteCell,
    /// A nucleated cell that is reported beside the white cells, per 100 of them.
    Beside,
    /// No cell.
    NoCell,
}

/// The source of frames.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Camera {
    /// What the page calls it.
    name: String,
    /// Its state.
    state: CameraState,
    /// Frames taken.
    frames: u64,
    /// Frames that nobody had time for.
    dropped: u64,
}

/// Everything about findings that a laboratory may set.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct ScreenSettings {
    /// Identified cells below which nothing is said of a slide.
    minimum_cells: u64,
    /// Blasts are likely when the lower bound of their share is above this, percent.
    blasts_likely_above_percent: f64,
    /// A slide is poor when more of its fields than this are unusable, percent.
    poor_fields_above_percent: f64,
    /// A slide is poor when more of its cells than this are rejected or unidentified, percent.
    poor_cells_above_percent: f64,
    /// A slide is not valid when more of its classified cells than this are unlike all that trained the classifier,
    /// percent.
    unlike_cells_above_percent: f64,
    /// A slide is not valid when the median distance of its cells from those that trained the classifier is above this, in
    /// the limits of the package.
    unlike_median_above: f64,
    /// Cells of measured distance below which a slide is not called so.
    unlike_minimum_cells: u64,
    /// A slide on the stage is full as soon as more cells cannot change its finding.
    stop_early: bool,
    /// Latest fields that a new one is laid over to know cells again.
    fields_compared: usize,
}

/// 200 while the pipeline runs and frames come, 503 otherwise.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    tag = "device",
    responses(
        (status = 200, description = "The pipeline runs and frames come", body = Health),
        (status = 503, description = "It does not, or they do not", body = Health)
    )
)]
pub(in crate::web) async fn healthz(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let health = &state.inner.health;
    // The last stage holds the other end; it goes when the pipeline does.
    let running = state.inner.live.has_changed().is_ok();
    let camera = health.camera_state().into();
    let well = running && camera != CameraState::Stalled;
    let (code, status) = if well {
        (StatusCode::OK, Condition::Ok)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Condition::Failing)
    };
    let body = Health {
        status,
        pipeline: if running {
            PipelineState::Running
        } else {
            PipelineState::Stopped
        },
        camera,
        frames: health.frames(),
        frame_age_seconds: (health.frame_age().as_secs_f64() * 10.0).round() / 10.0,
        model: state.inner.model.clone().into(),
        version: env!("CARGO_PKG_VERSION"),
    };
    (code, Json(body))
}

/// Everything that does not change from field to field, and the latest state.
#[utoipa::path(
    get,
    path = "/api/status",
    operation_id = "get_status",
    tag = "device",
    responses((status = 200, description = "What the device is and does", body = Status))
)]
pub(in crate::web) async fn status(State(state): State<AppState>) -> Json<Status> {
    let inner = &state.inner;
    let view = inner.live.borrow().clone();
    Json(Status {
        notice: DISCLAIMER,
        version: env!("CARGO_PKG_VERSION"),
        model: inner.model.clone().into(),
        labels: inner.labels.names().to_vec(),
        roles: inner.roles.all().iter().map(|role| (*role).into()).collect(),
        screen: (&inner.screen).into(),
        open_to_network: state.is_open(),
        camera: Camera {
            name: inner.health.camera().to_owned(),
            state: inner.health.camera_state().into(),
            frames: inner.health.frames(),
            dropped: inner.health.dropped(),
        },
        live: Snapshot::from(&view.snapshot),
    })
}

impl From<class::Role> for Role {
    fn from(role: class::Role) -> Self {
        match role {
            class::Role::Blast => Self::Blast,
            class::Role::WhiteCell => Self::WhiteCell,
            class::Role::Beside => Self::Beside,
            class::Role::NoCell => Self::NoCell,
        }
    }
}

impl From<observe::CameraState> for CameraState {
    fn from(state: observe::CameraState) -> Self {
        match state {
            observe::CameraState::Running => Self::Running,
            observe::CameraState::Finished => Self::Finished,
            observe::CameraState::Stalled => Self::Stalled,
        }
    }
}

impl From<&screen::ScreenSettings> for ScreenSettings {
    fn from(settings: &screen::ScreenSettings) -> Self {
        Self {
            minimum_cells: settings.minimum_cells,
            blasts_likely_above_percent: settings.blasts_likely_above_percent,
            poor_fields_above_percent: settings.poor_fields_above_percent,
            poor_cells_above_percent: settings.poor_cells_above_percent,
            unlike_cells_above_percent: settings.unlike_cells_above_percent,
            unlike_median_above: settings.unlike_median_above,
            unlike_minimum_cells: settings.unlike_minimum_cells,
            stop_early: settings.stop_early,
            fields_compared: settings.fields_compared,
        }
    }
}
