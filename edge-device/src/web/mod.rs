//! The page and its API. Nothing here can hold up the pipeline: it reads what the pipeline shows, and
//! the store beside the connection that writes.

mod api;
mod assets;
mod guard;
mod live;
mod openapi;
mod server;

pub use server::{listen, serve};

use crate::config::Config;
use crate::domain::SlideId;
use crate::observe::Health;
use crate::pipeline::{LiveView, Pipeline};
use crate::screen::ScreenSettings;
use crate::session::Command;
use crate::store::StoreReader;
use crate::{Error, ErrorKind};
use api::{ApiResult, cells, fields, slides, status};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{MethodRouter, get};
use blastscope_inference::{Classifier, ModelName};
use blastscope_shared::class::{LabelSet, Roles};
use crossbeam_channel::Sender;
use live::SnapshotJson;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
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
    snapshot_json: Arc<SnapshotJson>,
    health: Arc<Health>,
    commands: Sender<Command>,
    reader: Mutex<StoreReader>,
    model: ModelName,
    labels: LabelSet,
    roles: Roles,
    screen: ScreenSettings,
    address: SocketAddr,
}

impl AppState {
    /// The state of the page of a pipeline, served at `address`.
    pub fn new(
        pipeline: &Pipeline,
        reader: StoreReader,
        classifier: &Classifier,
        config: &Config,
        address: SocketAddr,
    ) -> crate::Result<Self> {
        let inner = Inner {
            live: pipeline.live(),
            snapshot_json: Arc::default(),
            health: pipeline.health(),
            commands: pipeline.commands(),
            reader: Mutex::new(reader),
            model: classifier.model().clone(),
            labels: classifier.labels().clone(),
            roles: classifier.must_judge_cells("the page")?.clone(),
            screen: config.screen.clone(),
            address,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// True when others than this machine can reach the page.
    fn is_open(&self) -> bool {
        !self.inner.address.ip().is_loopback()
    }

    /// Reads from the store on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&StoreReader) -> crate::Result<T> + Send + 'static,
    ) -> ApiResult<T> {
        let inner = Arc::clone(&self.inner);
        let work = move || read(&inner.reader.lock().unwrap_or_else(PoisonError::into_inner));
        let result = tokio::task::spawn_blocking(work).await;
        Ok(result.map_err(|e| Error::new(ErrorKind::Internal, "reading was cut off").with_source(e))??)
    }

    /// Begins a slide; `None` where the device is stopping or busy.
    async fn begin_slide(&self, name: Option<String>) -> Option<SlideId> {
        let (reply, begun) = oneshot::channel();
        let command = Command::NewSlide { name, reply };
        self.inner.commands.try_send(command).ok()?;
        begun.await.ok()
    }
}

/// Everything that is served, without a socket.
pub fn app(state: AppState) -> Router {
    routes()
        .into_iter()
        .fold(assets::routes(), |router, (path, methods)| {
            router.route(path, methods)
        })
        .fallback(api::no_such_page)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_WITHIN,
        ))
        .layer(map_response(api::in_words))
        .layer(CsrfLayer::new().with_rejection_response(guard::from_elsewhere))
        .layer(from_fn_with_state(state.clone(), guard::known_host))
        .layer(from_fn(guard::security_headers))
        .with_state(state)
}

/// Every route of the API and its methods; the OpenAPI document has the same.
fn routes() -> [(&'static str, MethodRouter<AppState>); 11] {
    [
        ("/healthz", get(status::healthz)),
        ("/api/openapi.json", get(openapi::openapi)),
        ("/api/status", get(status::status)),
        ("/api/events", get(live::events)),
        ("/api/live/field.jpg", get(live::picture)),
        ("/api/slides", get(slides::list).post(slides::begin)),
        ("/api/slides/{id}", get(slides::one)),
        ("/api/slides/{id}/cells", get(cells::of_slide)),
        ("/api/cells/{id}/crop.png", get(cells::crop)),
        ("/api/fields/{id}", get(fields::one)),
        ("/api/fields/{id}/picture.jpg", get(fields::picture)),
    ]
}

#[cfg(test)]
mod tests;
