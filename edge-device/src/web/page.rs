//! The page: plain files inside the program, nothing from elsewhere.

use super::AppState;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

const FILES: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    (
        "/page.css",
        "text/css; charset=utf-8",
        include_str!("page/page.css"),
    ),
    ("/page.js", JAVASCRIPT, include_str!("page/page.js")),
    ("/classes.js", JAVASCRIPT, include_str!("page/classes.js")),
    ("/field.js", JAVASCRIPT, include_str!("page/field.js")),
    ("/result.js", JAVASCRIPT, include_str!("page/result.js")),
    ("/gallery.js", JAVASCRIPT, include_str!("page/gallery.js")),
    ("/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

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
