//! What every request and every answer goes through.

use super::AppState;
use super::api::{Problem, ProblemCode};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use tower_http::csrf::ProtectionError;

/// A page on this machine answers only to the names of this machine: a foreign page whose name was
/// made to point here (DNS rebinding) is refused.
pub(super) async fn known_host(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok());
    if state.is_open() || host.is_none_or(is_this_machine) {
        return next.run(request).await;
    }
    Problem::usual(ProblemCode::Misdirected).into_response()
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What another site's page is answered when it wants to change something here.
pub(super) fn from_elsewhere(_: ProtectionError) -> Response {
    Problem::usual(ProblemCode::CrossSite).into_response()
}

/// The page takes nothing from elsewhere and is shown nowhere else.
pub(super) async fn security_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(header::HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let fresh = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(fresh);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_this_machine_are_its_own() {
        for own in [
            "localhost",
            "LOCALHOST:8642",
            "127.0.0.1:80",
            "127.8.8.8",
            "[::1]",
            "[::1]:8642",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for foreign in [
            "",
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1:8642",
            "[2001:db8::1]:80",
        ] {
            assert!(!is_this_machine(foreign), "{foreign}");
        }
    }
}
