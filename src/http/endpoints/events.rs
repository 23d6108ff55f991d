//! `/status/events`: tells the page of each look of the watch, as server-sent events.
//!
//! # Design notes
//!
//! An event says when the watch looked and what it came to, and nothing more: the page asks for itself
//! again, as whoever its cookie says. So there is one rendering, and nothing that only a token shows goes
//! to a stranger. Who listens costs a task that sleeps; there is room for so many, and whoever comes
//! then reads the page as it is. A comment now and then keeps the edge from cutting the connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use futures_util::stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::last_look::LastLook;
use crate::domain::taxonomy::Code;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/status/events"],
    "Tells of each look of the watch, as server-sent events",
    AnswerSchema::Media("text/event-stream"),
    |method| on(method, events),
)
.undescribed();

/// How long nothing is said.
const SILENCE: Duration = Duration::from_secs(20);
/// After how long a browser tries again, in milliseconds.
const RETRY: &str = "retry: 5000\n\n";

/// Somebody who listens.
#[derive(Debug)]
struct Listener {
    app: Arc<App>,
    looks: watch::Receiver<Option<Arc<LastLook>>>,
    is_greeted: bool,
    _place: OwnedSemaphorePermit,
}

async fn events(viewer: Viewer) -> Response {
    let places = Arc::clone(&viewer.app.listeners);
    let Ok(place) = places.try_acquire_owned() else {
        let fault = Fault::new(
            Code::ResourceExhausted,
            "As many listen as there is room for: ask for the page itself.",
        )
        .retry_after(Duration::from_secs(30));
        return Problem::refusal(&fault, &viewer.context).into_response();
    };
    let listener = Listener {
        looks: viewer.app.looks.subscribe(),
        app: viewer.app,
        is_greeted: false,
        _place: place,
    };
    let body = Body::from_stream(stream::unfold(listener, next));
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        // A proxy that collects what it passes on would keep the events.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, body).into_response()
}

/// What is said next; nothing where the process is on its way out.
async fn next(mut listener: Listener) -> Option<(Result<Bytes, Infallible>, Listener)> {
    let text = if listener.is_greeted {
        tokio::select! {
            () = listener.app.lifecycle.draining() => return None,
            changed = listener.looks.changed() => {
                changed.ok()?;
                event(&listener.app)
            }
            () = tokio::time::sleep(SILENCE) => ": nothing new\n\n".to_owned(),
        }
    } else {
        listener.is_greeted = true;
        RETRY.to_owned()
    };
    Some((Ok(text.into()), listener))
}

fn event(app: &App) -> String {
    let at = app.looks.borrow().as_ref().map(|look| look.at);
    let at = at.map(|at| format!("{at:.3}"));
    // Not the whole model: all who listen wake at once.
    let verdict = app.history.memory().worst();
    let data = json!({ "at": at, "verdict": verdict });
    format!("event: look\ndata: {data}\n\n")
}
