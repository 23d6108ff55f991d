//! `/session`: sign in with a token, from the form.

use axum::body::Body;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::sign_in::LASTS;
use crate::domain::taxonomy::Code;
use crate::http::caller::weigh;
use crate::http::context::Context;
use crate::http::form::Fields;
use crate::http::html::{self, Page};
use crate::http::link;
use crate::http::route::Route;
use crate::http::viewer::{COOKIE_NAME, Sender, refused};

pub(super) const ROUTE: Route = Route::form(&["/session"], "Sign in with a token", |method| {
    on(method, begin)
});

async fn begin(sender: Sender, headers: HeaderMap, body: Body) -> Response {
    let Sender { context, app, .. } = &sender;
    let fields = match Fields::read(context, &headers, body).await {
        Ok(fields) => fields,
        Err(problem) => return refused(problem, true),
    };
    let access = &app.settings.access;
    let back = fields.get("back").and_then(link::page);
    let cookie = match fields.get("token").map(str::trim) {
        None => Err(Fault::new(Code::AuthMissing, "No token was sent.")),
        Some(token) => app.sign_ins.begin(access, token, Timestamp::now()),
    };
    match weigh(cookie, context, app).await {
        Ok(cookie) => {
            tracing::info!(
                request_id = &*context.request_id,
                client = context.client.map(tracing::field::display),
                "somebody signed in on the page"
            );
            let page = back.unwrap_or("/status");
            see(page, &cookie_of(&cookie, LASTS.as_secs(), context))
        }
        Err(problem) => {
            let said = problem.told();
            Page::new("Sign in", html::sign_in(Some(&said.detail), back))
                .status(said.status)
                .into_response()
        }
    }
}

/// The cookie, for so many seconds. It is for this host only, and no script can read it.
pub(super) fn cookie_of(value: &str, seconds: i64, context: &Context) -> String {
    let secure = if context.is_https { "; Secure" } else { "" };
    let path = match &*context.prefix {
        "" => "/",
        prefix => prefix,
    };
    format!(
        "{COOKIE_NAME}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    )
}

/// Leads to a page of ours, with this cookie.
pub(super) fn see(page: &str, cookie: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Ok(path) = HeaderValue::from_str(&link::to(page)) {
        headers.insert(LOCATION, path);
    }
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}
