//! `/api/hooks/slack`: what Slack says when somebody presses the button of a message.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::on;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::app::App;
use crate::app::incidents::Acknowledged;
use crate::domain::fault::Fault;
use crate::domain::incident::{Known, Name};
use crate::domain::taxonomy::Code;
use crate::http::caller::weigh;
use crate::http::context::Context;
use crate::http::endpoints::orders::not_draining;
use crate::http::form::body_of;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};
use crate::reading::chat::click::{Click, is_ssl_check, read};
use crate::reading::chat::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};

/// What it can fail with.
const CODES: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::AuthMissing,
    Code::AuthInvalid,
    Code::ValInput,
    Code::ResourceExhausted,
    Code::Cancelled,
];

/// How long it is waited until an acknowledgement is kept: Slack waits for 3 s.
const KEPT_WITHIN: Duration = Duration::from_millis(2_000);

pub(super) const ROUTE: Route = Route::signed(
    &["/api/hooks/slack"],
    "Where Slack says that the button of a message was pressed; signed by Slack",
    AnswerSchema::Text,
    &[CODES],
    |method| on(method, slack),
);

async fn slack(
    State(app): State<Arc<App>>,
    context: Context,
    headers: HeaderMap,
    body: Body,
) -> Result<(), Problem> {
    let fail = |fault: Fault| Problem::of_fault(&fault, &context);
    // The bytes as they came are what is signed.
    let body = body_of(&context, body).await?;
    if is_ssl_check(&body) {
        return Ok(());
    }
    let secret = signing_secret(&app).map_err(fail)?;
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (at, signature) = (header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER));
    let verified = verify(&secret, at, signature, &body, Timestamp::now());
    weigh(verified, &context, &app).await?;
    not_draining(&app).map_err(fail)?;
    match read(&body).map_err(fail)? {
        Some(click) => acknowledge(&app, click).await.map_err(fail),
        None => Ok(()),
    }
}

fn signing_secret(app: &App) -> Result<SecretString, Fault> {
    let slack = app.settings.telling.slack.clone()?;
    let secret = slack.and_then(|slack| slack.signing_secret);
    secret.ok_or_else(|| Fault::new(Code::ConfigMissing, "SLACK_SIGNING_SECRET is not set."))
}

/// What cannot be done is said to whoever has pressed the button: to Slack, all went well.
async fn acknowledge(app: &Arc<App>, click: Click) -> Result<(), Fault> {
    let Click {
        incident,
        generation,
        user_id,
        user_name,
        response_url,
    } = click;
    let by = (format!("{user_name} (Slack {user_id})"), Known::Slack);
    let done = match incident.parse::<Name>() {
        Ok(name) => match app.refuse_former(&name, generation).await {
            Ok(()) => app.acknowledge(&name, by, "slack", KEPT_WITHIN).await,
            Err(fault) => Err(fault),
        },
        Err(_) => Err(crate::domain::order::refuse(
            "There is no incident of that name.",
        )),
    };
    let text = match done {
        Ok(Acknowledged::Now) => return Ok(()),
        Ok(Acknowledged::Before(who)) => format!("{who} has {incident} already."),
        Err(fault) if matches!(fault.code, Code::ValData | Code::ValInput) => {
            format!("{incident} was not acknowledged. {}", fault.detail)
        }
        Err(fault) => return Err(fault),
    };
    app.reply_in_slack(response_url, text);
    Ok(())
}
