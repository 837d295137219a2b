//! Problem details for HTTP APIs (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem details.
pub(in crate::web) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for programs. A code never changes its meaning; new ones may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::web) enum ProblemCode {
    /// The address or the body makes no sense.
    BadRequest,
    /// The cursor is none that this list gave.
    BadCursor,
    /// The request came from a page of another site.
    CrossSite,
    /// There is no such page, slide, field or cell.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// The body is larger than the device takes.
    TooLarge,
    /// The request named a host that this device is not.
    Misdirected,
    /// The device failed: its log says why.
    Internal,
    /// The device is stopping, or had no time: ask again.
    Busy,
}

impl ProblemCode {
    pub(in crate::web) const ALL: [Self; 9] = [
        Self::BadRequest,
        Self::BadCursor,
        Self::CrossSite,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::Misdirected,
        Self::Internal,
        Self::Busy,
    ];

    pub(in crate::web) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::BadCursor => StatusCode::BAD_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The code of an answer that something below the handlers gave, which knows only a status.
    pub(in crate::web) fn of_status(status: StatusCode) -> Self {
        let known = Self::ALL.into_iter().find(|c| c.status() == status);
        known.unwrap_or(if status.is_client_error() {
            Self::BadRequest
        } else {
            Self::Internal
        })
    }

    /// The detail where nobody has a better one.
    pub(in crate::web) fn usual_detail(self) -> &'static str {
        match self {
            Self::BadRequest => "the request makes no sense: see the API reference",
            Self::BadCursor => "the cursor is none that this list gave: read the list from its start",
            Self::CrossSite => "asked by a page of another site: use the page of this device",
            Self::NotFound => "there is no such page: start at /",
            Self::MethodNotAllowed => "this page is not asked in this way: see the API reference",
            Self::TooLarge => "the body of the request is too large: the device takes 16 KiB",
            Self::Misdirected => {
                "this device answers only as localhost: open the address that it printed at its start"
            }
            Self::Internal => "the device failed: see its log",
            Self::Busy => "the device had no time to answer: ask again",
        }
    }
}

/// An error as a browser is told it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Problem {
    /// `about:blank`: the code says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The phrase of the HTTP status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong, where, and what to do, for people.
    detail: String,
    /// What is wrong, for programs.
    code: ProblemCode,
}

impl Problem {
    pub(in crate::web) fn new(code: ProblemCode, detail: &str) -> Self {
        let status = code.status();
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            code,
        }
    }

    /// The problem of a code in its usual words.
    pub(in crate::web) fn usual(code: ProblemCode) -> Self {
        Self::new(code, code.usual_detail())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), Json(self)).into_response();
        let content_type = HeaderValue::from_static(PROBLEM_JSON);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    }
}

/// Where nothing is served.
pub(in crate::web) async fn no_such_page() -> Problem {
    Problem::usual(ProblemCode::NotFound)
}

/// Where something is served, by another method.
pub(in crate::web) async fn method_not_allowed() -> Problem {
    Problem::usual(ProblemCode::MethodNotAllowed)
}

/// An error that a layer below the handlers gave without words (a body that is too large, no answer in time) as a
/// problem. Answers that say something themselves stay.
pub(in crate::web) async fn in_words(response: Response) -> Response {
    let status = response.status();
    let says_something = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| {
        let media_type = t.as_bytes();
        media_type == PROBLEM_JSON.as_bytes() || media_type == b"application/json"
    });
    if says_something || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let mut problem = Problem::usual(ProblemCode::of_status(status)).into_response();
    *problem.status_mut() = status;
    if let Some(allowed) = allowed {
        problem.headers_mut().insert(header::ALLOW, allowed);
    }
    problem
}
