//! `/incidents/{incident}/acknowledge`: where the link of a message leads. Chats look at links by
//! themselves, so to look at it changes nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::app::incidents::Acknowledged;
use crate::domain::access::Role;
use crate::domain::acknowledge_link::{generation_of, verify};
use crate::domain::fault::Fault;
use crate::domain::incident::{Known, Name, ShownIncident};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::http::caller::weigh;
use crate::http::context::Context;
use crate::http::endpoints::incident;
use crate::http::endpoints::orders::not_draining;
use crate::http::form::Fields;
use crate::http::html::{self, Page, acknowledge as form, acknowledged};
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};
use crate::http::viewer::refused;

/// What it can fail with.
const CODES: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValInput,
    Code::ValData,
    Code::ResourceExhausted,
    Code::Cancelled,
];

/// How long it is waited until an acknowledgement is kept.
const KEPT_WITHIN: Duration = Duration::from_secs(5);

pub(super) const ROUTE: Route = Route::link(
    &["/incidents/{incident}/acknowledge"],
    "Where the link of a message leads: a form, and with POST the incident is acknowledged",
    AnswerSchema::Media("text/html"),
    &[CODES],
    |method| on(method, acknowledge),
)
.takes(parameters);

fn parameters() -> Value {
    json!([
        incident::parameter(),
        {
            "name": "token", "in": "query", "required": true,
            "description": "What the link has: it acknowledges this incident for 24 h, and can do nothing else",
            "schema": { "type": "string", "maxLength": 100 },
        },
    ])
}

#[derive(Deserialize)]
struct LinkQuery {
    #[serde(default)]
    token: String,
}

async fn acknowledge(
    State(app): State<Arc<App>>,
    context: Context,
    method: Method,
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<LinkQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let token = query.map_or_else(|_| String::new(), |Query(query)| query.token);
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let answer = async {
        let allowed = allowed(&app, &name, &token).await;
        let name = weigh(allowed, &context, &app).await?;
        if method != Method::POST {
            let shown = shown(&app, &name).map_err(|fault| Problem::of_fault(&fault, &context))?;
            let title = format!("Acknowledge {name}");
            return Ok(Page::new(title, form(&shown, Timestamp::now())));
        }
        let by = match headers.contains_key(CONTENT_TYPE) {
            true => Fields::read(&context, &headers, body).await?,
            false => Fields::default(),
        };
        let by = by.get("by").unwrap_or("whoever has the link");
        let by = (context.actor(Some(by)), Known::Link);
        let done = async {
            not_draining(&app)?;
            let done = app.acknowledge(&name, by, &token, KEPT_WITHIN).await?;
            Ok((shown(&app, &name)?, done))
        };
        let done: Result<_, Fault> = done.await;
        let (shown, done) = done.map_err(|fault| Problem::of_fault(&fault, &context))?;
        let before = match done {
            Acknowledged::Now => None,
            Acknowledged::Before(who) => Some(who),
        };
        let title = format!("{name} is acknowledged");
        Ok(Page::new(title, acknowledged(&shown, before.as_deref())))
    };
    match answer.await {
        Ok(page) => page
            .environment(&app.settings.deployment.environment)
            .into_response(),
        Err(problem) => refused(problem, html::is_wanted(&headers)),
    }
}

/// The incident that the token is for. Whether there is one is said to nobody else.
async fn allowed(app: &App, name: &str, token: &str) -> Result<Name, Fault> {
    let known = name.parse::<Name>().ok();
    let mut has_heard = true;
    if let (Some(name), Some(generation)) =
        (&known, generation_of(&app.settings.access, name, token))
    {
        // Another replica may have told of it.
        has_heard = app.hear_of(name, generation).await;
    }
    let generation = known.as_ref().and_then(|name| app.generation(name));
    let access = &app.settings.access;
    verify(
        access,
        name,
        generation.unwrap_or_default(),
        token,
        Timestamp::now(),
    )?;
    if let Some(name) = &known {
        app.refuse_unread(name, has_heard)?;
    }
    known
        .filter(|_| generation.is_some())
        .ok_or_else(|| refuse("There is no incident of that name."))
}

/// As whoever was told of it may see it.
fn shown(app: &App, name: &Name) -> Result<ShownIncident, Fault> {
    let name = app.incidents.known().book().survivor(name).clone();
    let shown = app.shown_incident(&name, Role::Reader, Timestamp::now());
    shown.ok_or_else(|| refuse("There is no incident of that name."))
}
