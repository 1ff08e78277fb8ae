//! What can be asked for, and where.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::House;
use super::assets;
use super::guard::{self, MOST_BYTES};
use super::key::ENTRANCE;
use super::stream;
use super::wishes::{Asked, Reply};
use crate::events::ProblemReport;

/// Everything that is answered, behind everything that has to be passed.
pub fn routes(house: Arc<House>) -> Router {
    Router::new()
        .route(ENTRANCE, get(enter))
        .route("/", get(|| async { assets::page() }))
        .route(
            "/assets/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { assets::asset(&name, &headers) }),
        )
        .route("/events", get(stream::events))
        .route("/wishes", post(wish))
        .route("/databases", post(databases))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn_with_state(house.clone(), guard::check))
        .with_state(house)
}

/// The key was right, or the request would not have come this far.
async fn enter(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    house.entered.notify_one();
    let cookie = [(SET_COOKIE, house.key.cookie())];
    // Where another place led here, a browser keeps the cookie back until this page itself leads on.
    match guard::is_led_here(&headers) {
        true => (cookie, Html(include_str!("assets/enter.html"))).into_response(),
        false => (cookie, Redirect::to("/")).into_response(),
    }
}

async fn wish(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(wish) = understood(&headers, &body) else { return misunderstood() };
    answer(&house, &headers, |reply| Asked::Wish(wish, reply)).await
}

async fn databases(State(house): State<Arc<House>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(ask) = understood(&headers, &body) else { return misunderstood() };
    answer(&house, &headers, |reply| Asked::Databases(ask, reply)).await
}

/// A form of another site can't say that it is JSON.
fn understood<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Option<T> {
    let kind = headers.get(CONTENT_TYPE)?.as_bytes();
    (kind == b"application/json").then(|| serde_json::from_slice(body).ok())?
}

fn misunderstood() -> Response {
    (StatusCode::BAD_REQUEST, "that is nothing this page could do").into_response()
}

#[derive(Serialize)]
struct Failed {
    problem: ProblemReport,
}

/// Leaves it at the desk and waits for the answer; once, if it is asked for again.
async fn answer<T>(house: &Arc<House>, headers: &HeaderMap, asked: impl FnOnce(Reply<T>) -> Asked) -> Response
where
    T: Serialize + Send + 'static,
{
    let (reply, answered) = oneshot::channel();
    let (asked, desk) = (asked(reply), house.desk.clone());
    let mark = headers.get("idempotency-key").and_then(|mark| mark.to_str().ok());
    let work = async move {
        let gone = || (StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
        if desk.send(asked).await.is_err() {
            return gone();
        }
        match answered.await {
            Ok(Ok(done)) => (StatusCode::OK, json(&done)),
            Ok(Err(problem)) => (StatusCode::CONFLICT, json(&Failed { problem })),
            Err(_) => gone(),
        }
    };
    let (status, body) = house.errands.once(mark, work).await;
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn json(document: &impl Serialize) -> Bytes {
    serde_json::to_vec(document).unwrap_or_default().into()
}
