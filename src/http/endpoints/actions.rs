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
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::access::Role;
use crate::domain::action::{Action, BackendId};
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::http::endpoints::orders::{Terms, not_draining, perform};
use crate::http::form::Fields;
use crate::http::html::{Confirmation, Page, form_name, outcome, preview};
use crate::http::route::Route;
use crate::http::viewer::{Sender, refused};

pub(super) const ROUTE: Route = Route::form(
    &["/actions"],
    "Act from the page: a preview, then, confirmed, the deed",
    |method| on(method, actions),
);

async fn actions(sender: Sender, headers: HeaderMap, body: Body) -> Response {
    if let Err(problem) = sender.require_operator() {
        return refused(problem, true);
    }
    let fields = match Fields::read(&sender.context, &headers, body).await {
        Ok(fields) => fields,
        Err(problem) => return refused(problem, true),
    };
    match act(&sender, &fields).await {
        Ok(page) => page,
        Err(fault) => sender.refuse(&fault),
    }
}

/// As the operator, who alone may.
async fn act(sender: &Sender, fields: &Fields) -> Result<Response, Fault> {
    let Sender { app, context, .. } = sender;
    not_draining(app)?;
    let is_confirmed = match fields.get("step") {
        None => false,
        Some("confirm") => true,
        Some(_) => return Err(refuse("There is no such step.")),
    };
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
    let key = is_confirmed.then(|| key(fields));
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

/// Under which key an order is given: the same for the same form with the same in it.
fn key(fields: &Fields) -> String {
    let mut digest = Sha256::new();
    for (name, value) in fields.all().filter(|(name, _)| *name != "step") {
        for part in [name, value] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
    }
    format!("page-{}", URL_SAFE_NO_PAD.encode(digest.finalize()))
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::CONTENT_TYPE;

    use super::*;
    use crate::http::context::Context;

    async fn key_of(body: &'static str) -> String {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let fields = Fields::read(&Context::of(&parts), &headers, Body::from(body)).await;
        key(&fields.expect("a form"))
    }

    #[tokio::test]
    async fn the_same_form_with_the_same_in_it_is_one_order() {
        let one = key_of("form=a&action=pg.cancel&pid=1&reason=x&step=confirm").await;
        let again = key_of("reason=x&form=a&pid=1&action=pg.cancel&by=").await;
        assert_eq!(one, again);
        for other in [
            "form=b&action=pg.cancel&pid=1&reason=x",
            "form=a&action=pg.cancel&pid=1&reason=y",
            "form=a&action=pg.cancel&pid=1&reasonx=",
            "form=a&action=pg.terminate&pid=1&reason=x",
        ] {
            assert_ne!(one, key_of(other).await, "{other}");
        }
    }
}
