//! The page and its API. Nothing here can hold up the pipeline: it reads what the pipeline shows, and
//! the store beside the connection that writes.

mod answer;
mod cells;
mod fields;
mod guard;
mod health;
mod live;
mod page;
mod server;
mod slides;
mod views;

pub use server::{listen, serve};

use crate::config::Config;
use crate::observe::Health;
use crate::pipeline::{LiveView, Pipeline};
use crate::screen::ScreenSettings;
use crate::session::Command;
use crate::store::StoreReader;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use blastscope_inference::ModelName;
use crossbeam_channel::Sender;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest body of a request, bytes.
const MAX_BODY: usize = 16 << 10;
/// Longest time until an answer begins.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What the page knows.
#[derive(Debug, Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    live: watch::Receiver<Arc<LiveView>>,
    health: Arc<Health>,
    commands: Sender<Command>,
    reader: Mutex<StoreReader>,
    model: ModelName,
    labels: Vec<String>,
    screen: ScreenSettings,
    address: SocketAddr,
}

impl AppState {
    /// The state of the page of a pipeline, served at `address`.
    pub fn new(
        pipeline: &Pipeline,
        reader: StoreReader,
        model: &ModelName,
        labels: &[String],
        config: &Config,
        address: SocketAddr,
    ) -> Self {
        let inner = Inner {
            live: pipeline.live(),
            health: pipeline.health(),
            commands: pipeline.commands(),
            reader: Mutex::new(reader),
            model: model.clone(),
            labels: labels.to_vec(),
            screen: config.screen.clone(),
            address,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// True when others than this machine can reach the page.
    fn is_open(&self) -> bool {
        !self.inner.address.ip().is_loopback()
    }
}

/// Everything that is served, without a socket.
pub fn app(state: AppState) -> Router {
    let api = Router::new()
        .route("/status", get(health::status))
        .route("/events", get(live::events))
        .route("/live/field.jpg", get(live::picture))
        .route("/slides", get(slides::list).post(slides::begin))
        .route("/slides/{id}", get(slides::one))
        .route("/slides/{id}/cells", get(cells::of_slide))
        .route("/cells/{id}/crop.png", get(cells::crop))
        .route("/fields/{id}", get(fields::one))
        .route("/fields/{id}/picture.jpg", get(fields::picture_of))
        .fallback(answer::no_such_page);
    page::routes()
        .route("/healthz", get(health::healthz))
        .nest("/api", api)
        .fallback(answer::no_such_page)
        .method_not_allowed_fallback(answer::method_not_allowed)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_WITHIN,
        ))
        .layer(CsrfLayer::new().with_rejection_response(guard::from_elsewhere))
        .layer(from_fn_with_state(state.clone(), guard::known_host))
        .layer(from_fn(guard::security_headers))
        .with_state(state)
}

#[cfg(test)]
mod tests;
