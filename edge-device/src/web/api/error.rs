//! Errors on their way to a browser: problem details (RFC 9457) with a stable code.

use super::problem::{Problem, ProblemCode};
use crate::{Error, ErrorKind};
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use std::error::Error as _;

/// What every handler gives.
pub(in crate::web) type ApiResult<T> = Result<T, ApiError>;

/// An answer that is none: the outer message goes to the browser, the inner ones to the log.
#[derive(Debug)]
pub(in crate::web) struct ApiError {
    code: ProblemCode,
    error: Error,
}

impl ApiError {
    pub(in crate::web) fn new(code: ProblemCode, detail: &str) -> Self {
        let kind = if code.status().is_client_error() {
            ErrorKind::Request
        } else {
            ErrorKind::Internal
        };
        Self {
            code,
            error: Error::new(kind, detail),
        }
    }

    /// The code that the browser is told.
    #[cfg(test)]
    pub(in crate::web) fn code(&self) -> ProblemCode {
        self.code
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Absent => ProblemCode::NotFound,
            ErrorKind::Request => ProblemCode::BadRequest,
            _ => ProblemCode::Internal,
        };
        Self { code, error }
    }
}

/// A number in the address that is none.
impl From<PathRejection> for ApiError {
    fn from(e: PathRejection) -> Self {
        Self::new(ProblemCode::BadRequest, &e.to_string())
    }
}

/// An option in the address that is unknown, or has no possible value.
impl From<QueryRejection> for ApiError {
    fn from(e: QueryRejection) -> Self {
        Self::new(ProblemCode::BadRequest, &e.to_string())
    }
}

/// A body that is too large, or broke off.
impl From<BytesRejection> for ApiError {
    fn from(e: BytesRejection) -> Self {
        let code = ProblemCode::of_status(e.status());
        match code {
            ProblemCode::TooLarge => Self::new(code, code.usual_detail()),
            _ => Self::new(code, &e.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.code.status().is_server_error() {
            let inner = self.error.source().map(ToString::to_string).unwrap_or_default();
            tracing::error!("{}: {inner}", self.error);
        }
        Problem::new(self.code, &self.error.to_string()).into_response()
    }
}
