//! From results to answers.

use super::AppState;
use crate::store::StoreReader;
use crate::{Error, ErrorKind};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::error::Error as _;
use std::sync::PoisonError;

/// An error on its way to a browser: the outer message goes there, the inner ones to the log.
#[derive(Debug)]
pub(super) struct Refusal(Error);

impl From<Error> for Refusal {
    fn from(e: Error) -> Self {
        Self(e)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.0.kind() {
            ErrorKind::Absent => StatusCode::NOT_FOUND,
            ErrorKind::Request => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            let inner = self.0.source().map(ToString::to_string).unwrap_or_default();
            tracing::error!("{}: {inner}", self.0);
        }
        refuse(status, &self.0.to_string())
    }
}

/// What every handler gives.
pub(super) type Answer<T> = Result<T, Refusal>;

/// `{"error": message}`.
pub(super) fn refuse(status: StatusCode, message: &str) -> Response {
    (status, Json(serde_json::json!({ "error": message }))).into_response()
}

pub(super) async fn no_such_page() -> Response {
    refuse(StatusCode::NOT_FOUND, "there is no such page: start at /")
}

pub(super) async fn method_not_allowed() -> Response {
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "this page is not asked in this way: see the API reference",
    )
}

/// A stored picture: it never changes, so a browser may keep it.
pub(super) fn picture(content_type: &'static str, bytes: Vec<u8>) -> Response {
    let kept = HeaderValue::from_static("private, max-age=31536000, immutable");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, kept),
    ];
    (headers, bytes).into_response()
}

impl AppState {
    /// Reads from the store on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&StoreReader) -> crate::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let inner = self.inner.clone();
        let work = move || read(&inner.reader.lock().unwrap_or_else(PoisonError::into_inner));
        let result = tokio::task::spawn_blocking(work).await;
        Ok(result.map_err(|e| Error::new(ErrorKind::Internal, "reading was cut off").with_source(e))??)
    }
}
