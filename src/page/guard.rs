//! What every request has to pass, and what every answer carries.
//!
//! | what | why | answer |
//! |---|---|---|
//! | the host is this computer by name and port | another name that leads here is an attack on the browser | 403 |
//! | the origin, where there is one, is this page; to change something there is one | another site in the same browser asks | 403 |
//! | the body is small | nobody has anything large to say | 413 |
//! | the cookie, but at the entrance | it is not the one who was given the key | 401 |

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};

use super::House;
use super::key::ENTRANCE;

/// Of a body, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;

/// Whether somebody with the key speaks on a connection. Where connections become scarce, the others have to go.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<AtomicBool>);

impl Known {
    pub fn is_known(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Nothing comes from anywhere else, nothing is written into the page as code, and nobody shows it in a frame.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), usb=()"),
];

/// Lets a request through, or answers why not.
pub async fn check(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&house, &request) {
        Some(refused) => refused,
        None => {
            if let Some(known) = request.extensions().get::<Known>() {
                known.0.store(true, Ordering::Relaxed);
            }
            next.run(request).await
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(house: &House, request: &Request) -> Option<Response> {
    let headers = request.headers();
    let Some(host) = only(headers, &header::HOST).filter(|host| house.key.is_host(host)) else {
        return Some(refuse(StatusCode::FORBIDDEN, "this page has another name"));
    };
    if !is_same_origin(headers, host, request.method()) || !is_same_site(headers, request.uri().path()) {
        return Some(refuse(StatusCode::FORBIDDEN, "another site may not ask this page for anything"));
    }
    if length(headers).is_none_or(|length| length > MOST_BYTES) {
        return Some(refuse(StatusCode::PAYLOAD_TOO_LARGE, "that is more than this page wants to be told"));
    }
    let has_key = match request.uri().path() {
        ENTRANCE => house.key.is_printed_in(request.uri().query().unwrap_or_default()),
        _ => house.key.is_held_by(headers),
    };
    (!has_key).then(|| no_key(headers))
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

fn is_same_origin(headers: &HeaderMap, host: &str, method: &Method) -> bool {
    let changes_nothing = matches!(*method, Method::GET | Method::HEAD);
    match headers.contains_key(header::ORIGIN) {
        true => only(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://")) == Some(host),
        false => changes_nothing,
    }
}

/// A link from elsewhere may lead to the entrance, where the key is asked for; the page itself is opened by the person alone.
fn is_same_site(headers: &HeaderMap, path: &str) -> bool {
    !is_led_here(headers) || path == ENTRANCE || path == "/" && is_page_view(headers)
}

/// Whether it was another site or a file that led a browser here, and not the person's own hand.
pub fn is_led_here(headers: &HeaderMap) -> bool {
    !matches!(only(headers, &HeaderName::from_static("sec-fetch-site")), None | Some("same-origin" | "none"))
}

fn is_page_view(headers: &HeaderMap) -> bool {
    only(headers, &HeaderName::from_static("sec-fetch-mode")) == Some("navigate")
}

/// Of the body in bytes, as it is announced; `None` = that makes no sense. One in pieces is counted when it is read.
fn length(headers: &HeaderMap) -> Option<usize> {
    if !headers.contains_key(header::CONTENT_LENGTH) {
        return Some(0);
    }
    only(headers, &header::CONTENT_LENGTH)?.parse().ok()
}

/// What is not read is not waited for either.
fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CONNECTION, "close")], why).into_response()
}

fn no_key(headers: &HeaderMap) -> Response {
    if !is_page_view(headers) {
        return refuse(StatusCode::UNAUTHORIZED, "open the page with the address that `devenv ui` prints");
    }
    (StatusCode::UNAUTHORIZED, Html(include_str!("assets/no-key.html"))).into_response()
}
