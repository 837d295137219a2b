//! Signs of life for programs, and what the page is told first.

use super::AppState;
use super::views;
use crate::observe::CameraState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use blastscope_shared::DISCLAIMER;
use serde_json::{Value, json};

/// 200 while the pipeline runs and frames come, 503 otherwise.
pub(super) async fn healthz(State(state): State<AppState>) -> (StatusCode, Json<Value>) {
    let health = &state.inner.health;
    // The last stage holds the other end; it goes when the pipeline does.
    let running = state.inner.live.has_changed().is_ok();
    let camera = health.camera_state();
    let well = running && camera != CameraState::Stalled;
    let status = if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": if well { "ok" } else { "failing" },
        "pipeline": if running { "running" } else { "stopped" },
        "camera": views::camera_state(camera),
        "frames": health.frames(),
        "frame_age_seconds": (health.frame_age().as_secs_f64() * 10.0).round() / 10.0,
        "model": state.inner.model,
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, Json(body))
}

/// Everything that does not change from field to field, and the latest state.
pub(super) async fn status(State(state): State<AppState>) -> Json<Value> {
    let inner = &state.inner;
    let snapshot = views::snapshot(&inner.live.borrow().snapshot);
    Json(json!({
        "notice": DISCLAIMER,
        "version": env!("CARGO_PKG_VERSION"),
        "model": inner.model,
        "labels": inner.labels,
        "screen": inner.screen,
        "open_to_network": state.is_open(),
        "camera": {
            "name": inner.health.camera(),
            "state": views::camera_state(inner.health.camera_state()),
            "frames": inner.health.frames(),
            "dropped": inner.health.dropped(),
        },
        "live": snapshot,
    }))
}
