//! A stored picture with its entity tag: a browser that has it is not sent it again.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Bytes of the digest that make a tag.
const TAG: usize = 16;

/// The picture, or 304 where `If-None-Match` names it. It is asked for again each time: the numbers of rows begin
/// anew in a new database, so that the same address may show another picture.
pub(super) fn stored_picture(asked: &HeaderMap, content_type: &'static str, bytes: Vec<u8>) -> Response {
    let tag = entity_tag(&bytes);
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .any(|list| names(list, &tag));
    // Hexadecimal digits between quotes are a value of a header.
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    let headers = [
        (header::ETAG, tag),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
    (headers, content_type, bytes).into_response()
}

/// A strong tag: the beginning of the SHA-256 of the bytes, in quotes.
fn entity_tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let digits: String = digest.iter().take(TAG).map(|b| format!("{b:02x}")).collect();
    format!("\"{digits}\"")
}

/// Whether a list of `If-None-Match` has the tag; weak and strong ones compare alike there (RFC 9110, 13.1.2).
fn names(list: &str, tag: &str) -> bool {
    let mut named = list.split(',').map(str::trim);
    named.any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(tags: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, tags.parse().unwrap());
        stored_picture(&headers, "image/png", b"picture".to_vec())
    }

    #[test]
    fn a_known_picture_is_not_sent_again() {
        let tag = entity_tag(b"picture");
        assert_ne!(tag, entity_tag(b"another"));
        assert_eq!(tag.len(), 34);
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".into(),
        ] {
            let response = ask(&known);
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(response.headers()[header::ETAG], tag);
        }
        for other in ["\"x\"", "", &tag[1..], "W/\"x\""] {
            let response = ask(other);
            assert_eq!(response.status(), StatusCode::OK, "{other}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache");
        }
    }
}
