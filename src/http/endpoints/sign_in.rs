//! `/sign-in`: the form to sign in with.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::REFERER;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use url::Url;

use crate::app::App;
use crate::domain::access::PageAccess;
use crate::http::context::Context;
use crate::http::edge::not_found;
use crate::http::html::{self, Page};
use crate::http::link;
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/sign-in"],
    "The form to sign in with",
    AnswerSchema::Media("text/html"),
    |method| on(method, sign_in),
)
.undescribed();

async fn sign_in(State(app): State<Arc<App>>, context: Context, headers: HeaderMap) -> Response {
    if app.settings.status_page == PageAccess::Off {
        return not_found(context).await.into_response();
    }
    let from = came_from(&headers, &context.prefix);
    let back = from.as_deref().and_then(link::page);
    Page::new("Sign in", html::sign_in(None, back)).into_response()
}

/// The path, below the prefix, of the page with the link that was followed. Whose page that is does not matter: all
/// that comes of it is a path of ours.
fn came_from(headers: &HeaderMap, prefix: &str) -> Option<String> {
    let from = Url::parse(headers.get(REFERER)?.to_str().ok()?).ok()?;
    let path = from.path().strip_prefix(prefix)?;
    Some(path.to_owned())
}
