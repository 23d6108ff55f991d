//! `/api/ops`: what the operator can do. Everything else only looks.
//!
//! # Design notes
//!
//! The order of the questions is that of what they tell a stranger: first who asks, then whether it
//! is the right environment, then what is asked. An action is a task of its own: who hangs up in
//! the middle has not stopped it, and asks again with the same `Idempotency-Key` for how it ended.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::domain::action::{Action, Done};
use crate::domain::fault::Fault;
use crate::domain::gate::panicked;
use crate::domain::order::{Order, refuse};
use crate::domain::taxonomy::Code;
use crate::http::Service;
use crate::http::caller::Operator;
use crate::http::context::Context;
use crate::http::edge::MAX_BODY;
use crate::http::health::json;
use crate::http::problem::Problem;

/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// What names an order.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a pause is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseBody {
    /// Why; it goes on record. At most 300 characters.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
    /// The environment that this has to be, such as `prod`.
    #[serde(default)]
    environment: Option<String>,
    /// Who asks; it goes on record beside the address.
    #[serde(default)]
    by: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// Jobs of this type only.
    #[serde(default)]
    job_type: Option<String>,
    /// After how many seconds it warns that it was meant to be over.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2_592_000)]
    seconds: Option<u64>,
}

/// What a resume is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumeBody {
    /// Why; it goes on record. At most 300 characters.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
    /// The environment that this has to be, such as `prod`.
    #[serde(default)]
    environment: Option<String>,
    /// Who asks; it goes on record beside the address.
    #[serde(default)]
    by: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// Which pause; may be left out where only one lasts.
    #[serde(default)]
    #[schema(minimum = 1)]
    pause: Option<i64>,
}

/// What every other action is asked for with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionBody {
    /// Why; it goes on record. At most 300 characters.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
    /// The environment that this has to be, such as `prod`.
    #[serde(default)]
    environment: Option<String>,
    /// Who asks; it goes on record beside the address.
    #[serde(default)]
    by: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What the bodies have in common.
struct Terms {
    reason: String,
    environment: Option<String>,
    by: Option<String>,
    dry_run: bool,
}

/// `POST /api/ops/queue/pause`
pub(super) async fn pause(
    State(service): State<Arc<Service>>,
    _: Operator,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let understand = |body: PauseBody| {
        let action = Action::PauseQueue {
            job_type: body.job_type,
            lasts: body.seconds.map(Duration::from_secs),
        };
        let terms = Terms {
            reason: body.reason,
            environment: body.environment,
            by: body.by,
            dry_run: body.dry_run,
        };
        (action, terms)
    };
    act(&service, &context, request, understand).await
}

/// `POST /api/ops/queue/resume`
pub(super) async fn resume(
    State(service): State<Arc<Service>>,
    _: Operator,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let understand = |body: ResumeBody| {
        let terms = Terms {
            reason: body.reason,
            environment: body.environment,
            by: body.by,
            dry_run: body.dry_run,
        };
        (Action::ResumeQueue { pause: body.pause }, terms)
    };
    act(&service, &context, request, understand).await
}

/// `POST /api/ops/schema/reload`
pub(super) async fn reload_schema(
    State(service): State<Arc<Service>>,
    _: Operator,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let understand = |body: ActionBody| (Action::ReloadSchema, body.into());
    act(&service, &context, request, understand).await
}

/// `POST /api/ops/workers/{service}/restart`
pub(super) async fn restart(
    State(service): State<Arc<Service>>,
    _: Operator,
    name: Result<Path<String>, PathRejection>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let Ok(Path(name)) = name else {
        let fault = refuse("The name of the service is no text.");
        return Err(Problem::of_fault(&fault, &context));
    };
    let understand = |body: ActionBody| (Action::RestartService { service: name }, body.into());
    act(&service, &context, request, understand).await
}

impl From<ActionBody> for Terms {
    fn from(body: ActionBody) -> Self {
        Self {
            reason: body.reason,
            environment: body.environment,
            by: body.by,
            dry_run: body.dry_run,
        }
    }
}

async fn act<B: DeserializeOwned>(
    service: &Arc<Service>,
    context: &Context,
    request: Request,
    understand: impl FnOnce(B) -> (Action, Terms),
) -> Result<Response, Problem> {
    let fail = |fault: Fault| Problem::of_fault(&fault, context);
    let (parts, body) = request.into_parts();
    if service.lifecycle.is_draining() {
        return Err(fail(Fault::new(
            Code::Cancelled,
            "The service is shutting down and begins nothing any more.",
        )));
    }
    let (action, terms) = understand(read(context, &parts.headers, body).await?);
    let target = service.target.prove(terms.environment.as_deref());
    let target = target.map_err(|fault| match terms.environment {
        // The caller means another environment: that is no mistake of this service's settings.
        Some(_) if service.target.prove(None).is_ok() => fail(refuse(fault.detail)),
        Some(_) | None => fail(fault),
    })?;
    let order = Order {
        reason: terms.reason,
        actor: context.actor(terms.by.as_deref()),
        environment: target.environment,
        request_id: context.request_id.to_string(),
        key: key(&parts.headers).map_err(fail)?,
        dry_run: terms.dry_run,
    };
    let app = Arc::clone(&service.actions);
    let performance = service
        .lifecycle
        .spawn(async move { app.perform(action, order).await });
    let done = performance.await.unwrap_or_else(|error| {
        Err(match error.try_into_panic() {
            Ok(panic) => panicked(panic.as_ref()),
            Err(_) => Fault::new(
                Code::Cancelled,
                "The service was shut down in the middle of it.",
            ),
        })
    });
    Ok(answer(&done.map_err(fail)?))
}

/// 202 where not all of it is done, or its effect was not seen.
fn answer(done: &Done) -> Response {
    let mut response = json(done);
    if !done.complete {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    response
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) => Ok(Some(key.to_owned())),
        Err(_) => Err(refuse(
            "The Idempotency-Key has to be 1 to 200 visible ASCII characters.",
        )),
    }
}

/// The body. What stands in it is not repeated in a complaint about it.
async fn read<B: DeserializeOwned>(
    context: &Context,
    headers: &HeaderMap,
    body: Body,
) -> Result<B, Problem> {
    // Without this, a form on any page could order something with a cookie or a proxy's credential.
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Problem::plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            context,
            "The body has to be JSON: Content-Type: application/json.",
        ));
    }
    let limit = usize::try_from(MAX_BODY).unwrap_or(usize::MAX);
    let Ok(bytes) = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await else {
        return Err(Problem::plain(
            StatusCode::REQUEST_TIMEOUT,
            context,
            "The request's body did not arrive in time.",
        ));
    };
    let Ok(bytes) = bytes else {
        return Err(Problem::plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            context,
            "The request's body is too large, or was cut off.",
        ));
    };
    let expected = |line, column| {
        let fault = refuse(format!(
            "The body is not the JSON that is expected (line {line}, column {column}): an object with a reason, and \
             nothing that /openapi.json does not list."
        ));
        Problem::of_fault(&fault, context)
    };
    // A list of the members' values would be understood by their position.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(expected(1, 1));
    }
    serde_json::from_slice(&bytes).map_err(|error| expected(error.line(), error.column()))
}
