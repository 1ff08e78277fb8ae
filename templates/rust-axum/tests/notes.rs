//! The service, asked without a network, with a real database behind it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use service::{connect, migrate, notes};
use tower::ServiceExt;

async fn ask(method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let pool = connect().unwrap();
    migrate::migrate(&pool).await.unwrap();
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(body);
    let response = notes::router(pool).oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn the_service_is_healthy() {
    assert_eq!(ask("GET", "/healthz", None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_note_is_kept() {
    let (status, added) = ask("POST", "/notes", Some(json!({ "text": "buy milk" }))).await;
    assert_eq!((status, &added["text"]), (StatusCode::CREATED, &json!("buy milk")));
    let (_, notes) = ask("GET", "/notes", None).await;
    assert!(notes.as_array().unwrap().contains(&added), "{notes}");
    let client = connect().unwrap().get().await.unwrap();
    client
        .execute("DELETE FROM notes WHERE id = $1", &[&added["id"].as_i64()])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_note_without_text_is_refused() {
    assert_eq!(
        ask("POST", "/notes", Some(json!({ "text": "" }))).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
