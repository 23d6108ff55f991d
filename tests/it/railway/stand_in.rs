//! The stand-in itself: what it answers, and how it fails.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::harness::execute;

pub(crate) const TOKEN: &str = "railway-token-0123456789abcdef";

/// What it is asked, and how it behaves.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    /// Instead of any answer: a status and a body.
    pub(crate) fails: Option<(u16, &'static str)>,
    /// The only operation that fails; nothing: all do.
    pub(crate) failing: Option<&'static str>,
    /// The status of the deployment.
    pub(crate) status: Option<&'static str>,
    /// The status of each of its instances; nothing: one that runs.
    pub(crate) instances: Option<Vec<&'static str>>,
    /// The lines of the log.
    pub(crate) log: Vec<Value>,
    /// Whether a restart makes the workers in this database start anew, saying so or not.
    pub(crate) workers: Option<(String, bool)>,
    /// Its latest deployment; nothing: `d-1`.
    pub(crate) deployment: Option<&'static str>,
    /// Whether it takes what it is asked, and never answers.
    pub(crate) hangs: bool,
    /// The operations that it was asked for, and when each was.
    pub(crate) asked: Vec<&'static str>,
    pub(crate) asked_at: Vec<Instant>,
}

/// A running stand-in for Railway's API.
pub(crate) struct Railway {
    pub(crate) url: String,
    pub(crate) behaviour: Arc<Mutex<Behaviour>>,
    task: tokio::task::JoinHandle<()>,
}

impl Railway {
    pub(crate) async fn start() -> Self {
        let behaviour = Arc::new(Mutex::new(Behaviour::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!(
            "http://{}/graphql/v2",
            listener.local_addr().expect("an address")
        );
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&behaviour));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self {
            url,
            behaviour,
            task,
        }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().expect("not poisoned"));
    }

    /// The operations that it was asked for so far, and when each was.
    pub(crate) fn asked(&self) -> Vec<(&'static str, Instant)> {
        let behaviour = self.behaviour.lock().expect("not poisoned");
        let asked = behaviour.asked.iter().copied();
        asked.zip(behaviour.asked_at.iter().copied()).collect()
    }

    pub(crate) fn restarts(&self) -> usize {
        let behaviour = self.behaviour.lock().expect("not poisoned");
        behaviour
            .asked
            .iter()
            .filter(|asked| **asked == "deploymentRestart")
            .count()
    }
}

impl Drop for Railway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(behaviour): State<Arc<Mutex<Behaviour>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request: Value = serde_json::from_slice(&body).expect("GraphQL is JSON");
    let query = request["query"].as_str().expect("a query");
    let operation = [
        "projectToken",
        "deploymentRestart",
        "deploymentLogs",
        "buildLogs",
        "deployment(",
        "project(",
    ]
    .into_iter()
    .find(|operation| query.contains(operation))
    .expect("an operation that is known");
    let hangs;
    let (fails, workers, data) = {
        let mut behaviour = behaviour.lock().expect("not poisoned");
        behaviour.asked.push(operation);
        behaviour.asked_at.push(Instant::now());
        let status = behaviour.status.unwrap_or("SUCCESS");
        let instances = behaviour.instances.clone();
        let instances = instances.unwrap_or_else(|| vec!["RUNNING"]);
        let id = behaviour.deployment.unwrap_or("d-1");
        let data = data(operation, (id, status), &instances, &behaviour.log);
        hangs = behaviour.hangs;
        let is_meant = behaviour.failing.is_none_or(|failing| failing == operation);
        (
            behaviour.fails.filter(|_| is_meant),
            behaviour.workers.clone(),
            data,
        )
    };
    let token = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let is_known = token("project-access-token").as_deref() == Some(TOKEN)
        || token("authorization") == Some(format!("Bearer {TOKEN}"));
    if !is_known {
        let refused = json!({ "errors": [{ "message": "Not Authorized" }], "data": null });
        return (StatusCode::OK, refused.to_string()).into_response();
    }
    if hangs {
        return std::future::pending().await;
    }
    if let Some((status, body)) = fails {
        let status = StatusCode::from_u16(status).expect("a status");
        return (status, [("retry-after", "7")], body).into_response();
    }
    if let (Some((database, says)), "deploymentRestart") = (workers, operation) {
        tokio::spawn(start_anew(database, says));
    }
    (StatusCode::OK, json!({ "data": data }).to_string()).into_response()
}

fn data(operation: &str, (id, status): (&str, &str), instances: &[&str], log: &[Value]) -> Value {
    let instances: Vec<_> = instances
        .iter()
        .map(|one| json!({ "status": one }))
        .collect();
    let deployment = json!({
        "id": id, "status": status, "statusUpdatedAt": "2026-11-01T12:00:00.000Z", "instances": instances,
    });
    let service = |id: &str, name: &str, deployment: Value| json!({ "node": { "serviceId": id, "serviceName": name, "latestDeployment": deployment } });
    match operation {
        "projectToken" => json!({ "projectToken": {
            "project": { "id": "p-1" }, "environment": { "id": "e-1", "name": "production" },
        } }),
        "project(" => json!({ "project": { "environments": { "edges": [
            { "node": { "id": "e-0", "name": "staging", "serviceInstances": { "edges": [] } } },
            { "node": { "id": "e-1", "name": "production", "serviceInstances": { "edges": [
                service("s-1", "intake", deployment),
                service("s-2", "dragonfly-ops", json!({
                    "id": "d-2", "status": "SUCCESS", "instances": [{ "status": "RUNNING" }],
                })),
                service("s-3", "empty", Value::Null),
            ] } } },
        ] } } }),
        "deployment(" => json!({ "deployment": {
            "id": "d-1", "status": status, "instances": instances,
        } }),
        "deploymentRestart" => json!({ "deploymentRestart": true }),
        // Of what was built, nobody knows how.
        "buildLogs" => json!({ "buildLogs": [] }),
        _ => json!({ "deploymentLogs": log }),
    }
}

/// What the workers of the service do once they are restarted.
async fn start_anew(database: String, says: bool) {
    let mut connection = PgConnection::connect(&database)
        .await
        .expect("it lets us in");
    let sql = if says {
        "UPDATE ops.worker_heartbeats SET last_heartbeat = clock_timestamp(), started_at = clock_timestamp()"
    } else {
        "UPDATE ops.worker_heartbeats SET last_heartbeat = clock_timestamp()"
    };
    execute(&mut connection, sql).await;
}
