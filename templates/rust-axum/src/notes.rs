//! The routes, and what is stored.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use deadpool_postgres::Pool;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

const LONGEST: usize = 1000;

/// Times are written as JSON writes them, by the database.
const COLUMNS: &str = "id, text, to_json(created_at) #>> '{}'";

pub fn router(pool: Pool) -> Router {
    Router::new()
        .route("/", get(|| async { concat!(env!("CARGO_PKG_NAME"), "\n") }))
        .route("/healthz", get(health))
        .route("/notes", get(list).post(add))
        .with_state(pool)
}

#[derive(Serialize)]
struct Note {
    id: i64,
    text: String,
    created_at: String,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

impl From<&Row> for Note {
    fn from(row: &Row) -> Self {
        Self {
            id: row.get(0),
            text: row.get(1),
            created_at: row.get(2),
        }
    }
}

/// Ready when the database answers and has its tables.
async fn health(State(pool): State<Pool>) -> Result<&'static str, Failure> {
    pool.get().await?.query("SELECT 1 FROM notes LIMIT 1", &[]).await?;
    Ok("ok\n")
}

async fn list(State(pool): State<Pool>) -> Result<Json<Vec<Note>>, Failure> {
    let select = format!("SELECT {COLUMNS} FROM notes ORDER BY id DESC LIMIT 100");
    let rows = pool.get().await?.query(&select, &[]).await?;
    Ok(Json(rows.iter().map(Note::from).collect()))
}

async fn add(State(pool): State<Pool>, Json(new): Json<NewNote>) -> Result<Response, Failure> {
    if new.text.is_empty() || new.text.chars().count() > LONGEST {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            "`text` has to be 1 to 1000 characters\n",
        )
            .into_response());
    }
    let insert = format!("INSERT INTO notes (text) VALUES ($1) RETURNING {COLUMNS}");
    let row = pool.get().await?.query_one(&insert, &[&new.text]).await?;
    Ok((StatusCode::CREATED, Json(Note::from(&row))).into_response())
}

/// What the log is told, while the caller learns only that it is not their fault.
struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("error: {:#}", self.0);
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer as it should\n",
        )
            .into_response()
    }
}
