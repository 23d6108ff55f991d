//! A local stand-in for Supabase's REST API: it checks the key and reads the same database.
//!
//! It knows one kind of request, `GET /rest/v1/{table}`, answers it with ids, and says in every
//! answer what it is.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, SERVER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::sync::watch;

use crate::domain::jwt;

/// What it calls itself, wherever it shows.
pub const NAME: &str = "supabase-stand-in (dragonfly-ops dev)";

/// The stand-in.
#[derive(Debug, Clone)]
struct StandIn {
    pool: PgPool,
    key: watch::Receiver<String>,
}

/// A router that serves the tables of `pool` to whoever sends the `key` of that moment.
pub fn router(pool: PgPool, key: watch::Receiver<String>) -> Router {
    Router::new()
        .route("/rest/v1/{table}", get(read))
        .route("/status/supabase.json", get(supabase_page))
        .route("/status/railway.json", get(railway_page))
        .with_state(StandIn { pool, key })
}

/// Supabase's status page, in the shape of Atlassian's Statuspage.
async fn supabase_page() -> Json<Value> {
    Json(json!({
        "page": { "id": "stand-in", "name": NAME, "url": "http://localhost" },
        "status": { "indicator": "none", "description": "All Systems Operational" },
        "components": [
            { "id": "database", "name": "Database", "status": "operational" },
            { "id": "api", "name": "API Gateway", "status": "operational" },
        ],
        "incidents": [],
        "scheduled_maintenances": [],
    }))
}

/// Railway's status page, in the shape of its documented feed.
async fn railway_page() -> Json<Value> {
    Json(json!({
        "components": [
            { "id": "region", "name": "EU West (stand-in)", "status": "OPERATIONAL", "type": "group", "components": [
                { "id": "compute", "name": "Compute", "status": "OPERATIONAL", "position": 1 },
            ] },
        ],
        "incidents": [],
        "maintenances": [],
    }))
}

async fn read(
    State(stand_in): State<StandIn>,
    Path(table): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (status, body) = match headers.get("apikey").and_then(|key| key.to_str().ok()) {
        None => (
            StatusCode::UNAUTHORIZED,
            json!({ "message": "No API key found in request" }),
        ),
        Some(key) if key != *stand_in.key.borrow() => (
            StatusCode::UNAUTHORIZED,
            json!({ "message": "Invalid API key" }),
        ),
        Some(key) if has_expired(key) => (
            StatusCode::UNAUTHORIZED,
            json!({ "code": "PGRST303", "message": "JWT expired" }),
        ),
        Some(_) => select(&stand_in.pool, &table).await,
    };
    let mut response = (status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(SERVER, HeaderValue::from_static(NAME));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

/// Whether it is a legacy key of which the time has run out.
fn has_expired(key: &str) -> bool {
    let expires = jwt::claims(key).and_then(|claims| claims.exp);
    expires.is_some_and(|at| at < Timestamp::now().as_second())
}

async fn select(pool: &PgPool, table: &str) -> (StatusCode, Value) {
    if !table
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    {
        return (
            StatusCode::NOT_FOUND,
            json!({ "code": "PGRST125", "message": "Invalid path" }),
        );
    }
    let sql = format!("SELECT id::text AS id FROM public.\"{table}\" LIMIT 1");
    match sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(pool).await {
        Ok(rows) => {
            let rows = rows
                .iter()
                .map(|row| json!({ "id": row.try_get::<String, _>("id").unwrap_or_default() }));
            (StatusCode::OK, rows.collect())
        }
        Err(sqlx::Error::Database(error)) => match error.code().as_deref() {
            Some("42P01") => (
                StatusCode::NOT_FOUND,
                json!({ "code": "PGRST205", "message": "No such table" }),
            ),
            Some("42501") => (
                StatusCode::FORBIDDEN,
                json!({ "code": "42501", "message": "Permission denied" }),
            ),
            Some(code) => (
                StatusCode::BAD_REQUEST,
                json!({ "code": code, "message": "The statement failed" }),
            ),
            None => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({ "message": "The statement failed" }),
            ),
        },
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "code": "PGRST000", "message": "No database" }),
        ),
    }
}
