//! The files of the page, in the program itself: nothing is fetched from anywhere, and a path is looked up in a table.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// In one piece: nothing is painted before all of it is there.
const STYLES: &str = concat!(
    include_str!("assets/base.css"),
    include_str!("assets/services.css"),
    include_str!("assets/logs.css"),
    include_str!("assets/databases.css"),
);

/// By name: the kind and the content.
const ASSETS: &[(&str, &str, &str)] = &[
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("page.css", STYLE, STYLES),
    ("start.js", SCRIPT, include_str!("assets/start.js")),
    ("page.js", SCRIPT, include_str!("assets/page.js")),
    ("elements.js", SCRIPT, include_str!("assets/elements.js")),
    ("stream.js", SCRIPT, include_str!("assets/stream.js")),
    ("services.js", SCRIPT, include_str!("assets/services.js")),
    ("problems.js", SCRIPT, include_str!("assets/problems.js")),
    ("logs.js", SCRIPT, include_str!("assets/logs.js")),
    ("colours.js", SCRIPT, include_str!("assets/colours.js")),
    ("databases.js", SCRIPT, include_str!("assets/databases.js")),
    ("new-database.js", SCRIPT, include_str!("assets/new-database.js")),
    ("toasts.js", SCRIPT, include_str!("assets/toasts.js")),
];

/// The page itself.
pub fn page() -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, "text/html; charset=utf-8")], include_str!("assets/page.html")).into_response()
}

/// A file of the page; what the browser has already is not sent again.
pub fn asset(name: &str, headers: &HeaderMap) -> Response {
    let Some((_, kind, text)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mark = format!("\"{}\"", crate::words::hex(&Sha256::digest(text)[..8]));
    // Another version of this program may answer here the next time.
    let about = [(CACHE_CONTROL, "private, no-cache".to_owned()), (ETAG, mark.clone())];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == mark.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (StatusCode::OK, about, [(CONTENT_TYPE, *kind)], *text).into_response()
}
