//! The page: plain files inside the program, nothing from elsewhere.

use super::AppState;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Address, content type and text of every file.
pub(super) const FILES: [(&str, &str, &str); 11] = [
    ("/", HTML, include_str!("index.html")),
    ("/page.css", CSS, include_str!("page.css")),
    ("/page.js", JAVASCRIPT, include_str!("page.js")),
    ("/api.js", JAVASCRIPT, include_str!("api.js")),
    ("/classes.js", JAVASCRIPT, include_str!("classes.js")),
    ("/dom.js", JAVASCRIPT, include_str!("dom.js")),
    ("/field.js", JAVASCRIPT, include_str!("field.js")),
    ("/gallery.js", JAVASCRIPT, include_str!("gallery.js")),
    ("/result.js", JAVASCRIPT, include_str!("result.js")),
    ("/sentences.js", JAVASCRIPT, include_str!("sentences.js")),
    ("/icon.svg", SVG, include_str!("icon.svg")),
];

pub(super) fn routes() -> Router<AppState> {
    FILES
        .iter()
        .fold(Router::new(), |router, &(path, content_type, text)| {
            router.route(
                path,
                get(move || async move { ([(CONTENT_TYPE, content_type)], text) }),
            )
        })
}
