//! `/sign-in`: the form to sign in with.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::on;

use crate::app::App;
use crate::domain::access::PageAccess;
use crate::http::context::Context;
use crate::http::edge::not_found;
use crate::http::html::{self, Page};
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/sign-in"],
    "The form to sign in with",
    AnswerSchema::Media("text/html"),
    |method| on(method, sign_in),
)
.undescribed();

async fn sign_in(State(app): State<Arc<App>>, context: Context) -> Response {
    if app.settings.status_page == PageAccess::Off {
        return not_found(context).await.into_response();
    }
    Page::new("Sign in", html::sign_in(None)).into_response()
}
