//! `/actions`: what the operator does from the page: first what would change, then, confirmed, the deed.
//!
//! # Design notes
//!
//! A form leads to a preview, which is the dry run of the same order, and the preview's form to the
//! order itself. Its key is made of the form that it began with, each of which has a name, and of what
//! was filled in: who reloads the page, or goes back and sends the same once more, through the preview
//! or not, is told how the order ended, and who fills in something else gives another one. A session is
//! named with the start of its backend from the preview on.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;

use crate::domain::access::Role;
use crate::domain::action::{Action, BackendId};
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::http::endpoints::orders::{Terms, not_draining, perform};
use crate::http::form::Fields;
use crate::http::html::{Confirmation, Page, form_name, outcome, preview};
use crate::http::route::Route;
use crate::http::viewer::Sender;

pub(super) const ROUTE: Route = Route::form(
    &["/actions"],
    "Act from the page: a preview, then, confirmed, the deed",
    |method| on(method, actions),
);

async fn actions(sender: Sender, headers: HeaderMap, body: Body) -> Response {
    sender.act((&headers, body), act).await
}

/// As the operator, who alone may.
async fn act(sender: &Sender, fields: &Fields) -> Result<Response, Fault> {
    let Sender { app, context, .. } = sender;
    not_draining(app)?;
    let is_confirmed = fields.is_confirmed()?;
    let action = action(fields)?;
    if let Action::CancelSession(session) | Action::TerminateSession(session) = &action
        && is_confirmed
        && session.backend_start.is_none()
    {
        return Err(refuse(
            "The start of the backend is missing: begin with the preview.",
        ));
    }
    let terms = Terms {
        reason: fields.get("reason").unwrap_or_default().to_owned(),
        environment: None,
        by: fields.get("by").map(ToOwned::to_owned),
        dry_run: !is_confirmed,
    };
    if is_confirmed && fields.get("form").is_none() {
        return Err(refuse(
            "The name of the form is missing: begin with the preview.",
        ));
    }
    let key = is_confirmed.then(|| fields.key());
    let reason = terms.reason.clone();
    let done = perform(app, context, action.clone(), terms, key).await?;
    let deployment = &app.settings.deployment.environment;
    let (title, content, status) = if is_confirmed {
        let status = match done.complete {
            true => StatusCode::OK,
            false => StatusCode::ACCEPTED,
        };
        ("Done", outcome(&done), status)
    } else {
        let proven = app.settings.target.prove(None)?;
        let mut again: Vec<_> = fields
            .all()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        again.retain(|(name, _)| name != "backend_start");
        if fields.get("form").is_none() {
            again.push(("form".to_owned(), form_name()));
        }
        if let Action::CancelSession(session) | Action::TerminateSession(session) =
            action.of_start(&done.before)
            && let Some(start) = session.backend_start
        {
            again.push(("backend_start".to_owned(), start));
        }
        let confirmation = Confirmation {
            fields: &again,
            environment: &proven.environment,
            reason: &reason,
        };
        ("Preview", preview(&done, &confirmation), StatusCode::OK)
    };
    let page = Page::new(title, content)
        .environment(deployment)
        .role(Role::Operator)
        .status(status);
    Ok(page.into_response())
}

/// What is to be done.
fn action(fields: &Fields) -> Result<Action, Fault> {
    let session = || {
        let pid = fields.number("pid")?;
        Ok::<_, Fault>(BackendId {
            pid: pid.ok_or_else(|| refuse("The process id is missing."))?,
            backend_start: fields.get("backend_start").map(ToOwned::to_owned),
        })
    };
    Ok(match fields.get("action") {
        Some("queue.pause") => Action::PauseQueue {
            job_type: fields.get("job_type").map(|text| text.trim().to_owned()),
            lasts: fields
                .number::<u32>("minutes")?
                .map(|minutes| Duration::from_secs(u64::from(minutes) * 60)),
        },
        Some("queue.resume") => Action::ResumeQueue {
            pause: fields.number("pause")?,
        },
        Some("schema.reload") => Action::ReloadSchema,
        Some("workers.restart") => Action::RestartService {
            service: fields.get("service").unwrap_or_default().trim().to_owned(),
        },
        Some("pg.cancel") => Action::CancelSession(session()?),
        Some("pg.terminate") => Action::TerminateSession(session()?),
        Some(_) | None => return Err(refuse("There is no such action.")),
    })
}
