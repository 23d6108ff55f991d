//! A server that answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::Notify;

/// What it answers: a status, a header, a body; nothing: it takes the request, and hangs.
pub(crate) type Reply = Option<(u16, Option<(&'static str, &'static str)>, &'static str)>;

/// A request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) agent: String,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

#[derive(Debug)]
struct Inner {
    reply: Mutex<Reply>,
    /// What is said of changes, where that is something else.
    reply_to_changes: Mutex<Option<Reply>>,
    asked: Mutex<Vec<Asked>>,
    /// What was to be changed of what it had taken.
    changed: Mutex<Vec<Asked>>,
    has_more: Notify,
}

/// A running stand-in.
pub(crate) struct StandIn {
    pub(crate) base: String,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl StandIn {
    pub(crate) async fn start(reply: Reply) -> Self {
        let inner = Arc::new(Inner {
            reply: Mutex::new(reply),
            reply_to_changes: Mutex::default(),
            asked: Mutex::default(),
            changed: Mutex::default(),
            has_more: Notify::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { base, inner, task }
    }

    pub(crate) fn reply(&self, reply: Reply) {
        *self.inner.reply.lock().expect("not poisoned") = reply;
    }

    pub(crate) fn reply_to_changes(&self, reply: Reply) {
        *self.inner.reply_to_changes.lock().expect("not poisoned") = Some(reply);
    }

    /// What it was asked next, in the order in which it came.
    pub(crate) async fn next(&self) -> Asked {
        self.next_of(&self.inner.asked).await
    }

    /// Which change it was asked for next.
    pub(crate) async fn next_change(&self) -> Asked {
        self.next_of(&self.inner.changed).await
    }

    async fn next_of(&self, asked: &Mutex<Vec<Asked>>) -> Asked {
        let next = async {
            loop {
                let next = {
                    let mut asked = asked.lock().expect("not poisoned");
                    (!asked.is_empty()).then(|| asked.remove(0))
                };
                match next {
                    Some(next) => return next,
                    None => self.inner.has_more.notified().await,
                }
            }
        };
        let next = tokio::time::timeout(Duration::from_secs(120), next);
        next.await.expect("it is asked")
    }

    /// What it was asked since it was last looked at.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner.asked.lock().expect("not poisoned"))
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let agent = headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok());
    let asked = Asked {
        method,
        uri: uri.to_string(),
        agent: agent.unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        at: Instant::now(),
    };
    let usual = *inner.reply.lock().expect("not poisoned");
    let (list, reply) = match asked.method {
        Method::PATCH => {
            let of_changes = *inner.reply_to_changes.lock().expect("not poisoned");
            (&inner.changed, of_changes.unwrap_or(usual))
        }
        _ => (&inner.asked, usual),
    };
    list.lock().expect("not poisoned").push(asked);
    inner.has_more.notify_one();
    let Some((status, header, body)) = reply else {
        return std::future::pending().await;
    };
    let status = StatusCode::from_u16(status).expect("a status");
    match header {
        Some(header) => (status, [header], body).into_response(),
        None => (status, body).into_response(),
    }
}
