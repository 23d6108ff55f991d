//! What the endpoints share where the operator does something. Everything else only looks.
//!
//! # Design notes
//!
//! The order of the questions is that of what they tell a stranger: first who asks, then whether it
//! is the right environment, then what is asked. An action is a task of its own: who hangs up in
//! the middle has not stopped it, and asks again with the same `Idempotency-Key` for how it ended.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use crate::app::App;
use crate::domain::access::Role;
use crate::domain::action::{Action, Done};
use crate::domain::fault::Fault;
use crate::domain::gate::panicked;
use crate::domain::incident::{Command, Known, Name, Wish};
use crate::domain::lifecycle::shutting_down;
use crate::domain::long_work::on_a_thread;
use crate::domain::order::{Order, refuse, valid_key};
use crate::domain::target::Claim;
use crate::domain::taxonomy::Code;
use crate::http::context::{Context, IDEMPOTENCY_KEY};
use crate::http::form::body_of;
use crate::http::json::json;
use crate::http::problem::Problem;

/// A body of more bytes takes a while to be read.
const LARGE: usize = 64 * 1024;

/// What every order says, whatever it is.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) reason: String,
    pub(super) environment: Option<String>,
    pub(super) by: Option<String>,
    pub(super) dry_run: bool,
}

/// Makes the body of an order: what every order says, and the members of its own. serde cannot
/// flatten the former into it and still refuse what it does not know.
macro_rules! body {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $member:ident: $type:ty,)* }) => {
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$about])*
        pub(super) struct $name {
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
            $($(#[$note])* #[serde(default)] $member: $type,)*
        }

        impl From<$name> for $crate::http::endpoints::orders::Terms {
            fn from(body: $name) -> Self {
                Self {
                    reason: body.reason,
                    environment: body.environment,
                    by: body.by,
                    dry_run: body.dry_run,
                }
            }
        }
    };
}

pub(super) use body;

body! {
    /// What every other action is asked for with.
    #[schema(examples(json!({ "reason": "the table was added a minute ago", "dry_run": true })))]
    ActionBody {}
}

/// An order that has arrived, and is not understood yet.
#[derive(Debug)]
pub(super) struct Received {
    /// Its request.
    pub(super) context: Context,
    app: Arc<App>,
    headers: HeaderMap,
    body: Body,
}

impl FromRequest<Arc<App>> for Received {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            context: Context::of(&parts),
            app: Arc::clone(app),
            headers: parts.headers,
            body,
        })
    }
}

impl Received {
    /// Reads the body, has the action carried out that it means, and says how it ended.
    pub(super) async fn carry_out<B: DeserializeOwned + Into<Terms> + Send + 'static>(
        self,
        action: impl FnOnce(&B) -> Action,
    ) -> Result<Response, Problem> {
        self.carry_out_if(|body| Ok(action(body))).await
    }

    /// The same where not every body means an action.
    pub(super) async fn carry_out_if<B: DeserializeOwned + Into<Terms> + Send + 'static>(
        self,
        action: impl FnOnce(&B) -> Result<Action, Fault>,
    ) -> Result<Response, Problem> {
        let (app, context) = (&self.app, &self.context);
        let fail = |fault: Fault| Problem::of_fault(&fault, context);
        not_draining(app).map_err(fail)?;
        let body = read(context, &self.headers, self.body).await?;
        let action = action(&body).map_err(fail)?;
        let terms: Terms = body.into();
        let key = key(&self.headers).map_err(fail)?;
        let done = perform(app, context, action, terms, key).await;
        Ok(answer(&done.map_err(fail)?))
    }
}

/// An order about incidents that is understood.
#[derive(Debug)]
pub(super) struct Understood<B> {
    /// Who is asked.
    pub(super) app: Arc<App>,
    /// Its request.
    pub(super) context: Context,
    /// Its id: the same for the same key.
    pub(super) id: Ulid,
    /// What it says.
    pub(super) body: B,
}

impl Received {
    /// Reads the body of an order about incidents.
    pub(super) async fn understand<B: DeserializeOwned + Send + 'static>(
        self,
    ) -> Result<Understood<B>, Problem> {
        let (app, context) = (self.app, self.context);
        let fail = |fault: Fault| Problem::of_fault(&fault, &context);
        not_draining(&app).map_err(fail)?;
        let body = read(&context, &self.headers, self.body).await?;
        let id = match key(&self.headers).map_err(fail)? {
            Some(key) => id_of(&key),
            None => Ulid::generate(),
        };
        Ok(Understood {
            app,
            context,
            id,
            body,
        })
    }

    /// Reads the body, does with an incident what it means, and says what came of it.
    pub(super) async fn about_incident<B: DeserializeOwned + Send + 'static>(
        self,
        wish: impl FnOnce(B) -> Result<(Option<String>, Wish), Fault>,
    ) -> Result<Response, Problem> {
        let (app, context) = (Arc::clone(&self.app), self.context.clone());
        let command = self.command(wish).await?;
        let name = app.order_incident(command).await;
        let name = name.map_err(|fault| Problem::of_fault(&fault, &context))?;
        how_it_stands(&app, &context, &name)
    }

    /// The same with a quiet window.
    pub(super) async fn about_quiet<B: DeserializeOwned + Send + 'static>(
        self,
        wish: impl FnOnce(B) -> Result<(Option<String>, Wish), Fault>,
    ) -> Result<Response, Problem> {
        let (app, context) = (Arc::clone(&self.app), self.context.clone());
        let command = self.command(wish).await?;
        let window = app.order_quiet(command).await;
        window
            .map(|window| json(&window))
            .map_err(|fault| Problem::of_fault(&fault, &context))
    }

    async fn command<B: DeserializeOwned + Send + 'static>(
        self,
        wish: impl FnOnce(B) -> Result<(Option<String>, Wish), Fault>,
    ) -> Result<Command, Problem> {
        let order = self.understand::<B>().await?;
        let fail = |fault: Fault| Problem::of_fault(&fault, &order.context);
        let (by, wish) = wish(order.body).map_err(fail)?;
        Ok(Command {
            id: order.id.to_string(),
            by: order.context.actor(by.as_deref()),
            from: Known::Http,
            order: wish,
        })
    }
}

/// How the incident stands that an order was about.
pub(super) fn how_it_stands(
    app: &App,
    context: &Context,
    name: &Name,
) -> Result<Response, Problem> {
    let shown = app.shown_incident(name, Role::Operator, Timestamp::now());
    shown.map(|shown| json(&shown)).ok_or_else(|| {
        let gone = "The incident is not known here any more.";
        Problem::plain(StatusCode::NOT_FOUND, context, gone)
    })
}

/// The same id for the same key: who asks twice is done once.
pub(super) fn id_of(key: &str) -> Ulid {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ulid::from_bytes(bytes)
}

/// Begins nothing while the service shuts down.
pub(super) fn not_draining(app: &App) -> Result<(), Fault> {
    match app.lifecycle.is_draining() {
        true => Err(shutting_down()),
        false => Ok(()),
    }
}

/// Has an action carried out in a task of its own, and says how it ended.
pub(super) async fn perform(
    app: &Arc<App>,
    context: &Context,
    action: Action,
    terms: Terms,
    key: Option<String>,
) -> Result<Done, Fault> {
    let asked = terms.environment.as_deref();
    let asked = asked.map(|environment| Claim::of("the request", environment));
    let target = app.settings.target.prove(asked.as_ref());
    let target = target.map_err(|fault| match asked {
        // The caller means another environment: that is no mistake of this service's settings.
        Some(_) if app.settings.target.prove(None).is_ok() => refuse(fault.detail),
        Some(_) | None => fault,
    })?;
    let order = Order {
        reason: terms.reason,
        actor: context.actor(terms.by.as_deref()),
        environment: target.environment,
        request_id: context.request_id.to_string(),
        key,
        dry_run: terms.dry_run,
    };
    let performer = Arc::clone(app);
    let performance = app
        .lifecycle
        .spawn(async move { performer.perform(action, order).await });
    performance.await.unwrap_or_else(|error| {
        Err(match error.try_into_panic() {
            Ok(panic) => panicked(panic.as_ref()),
            Err(_) => Fault::new(
                Code::Cancelled,
                "The service was shut down in the middle of it.",
            ),
        })
    })
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
    // What is no text is no key either.
    let key = value.to_str().unwrap_or_default();
    valid_key(key)?;
    Ok(Some(key.to_owned()))
}

/// The body. What stands in it is not repeated in a complaint about it.
async fn read<B: DeserializeOwned + Send + 'static>(
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
    let bytes = body_of(context, body).await?;
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
    let is_large = bytes.len() > LARGE;
    let parse = move || serde_json::from_slice(&bytes);
    let parsed = match is_large {
        true => on_a_thread(move || Ok(parse())).await,
        false => Ok(parse()),
    };
    let parsed = parsed.map_err(|fault| Problem::of_fault(&fault, context))?;
    parsed.map_err(|error| expected(error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    body! {
        /// An order with a member of its own.
        OwnBody {
            /// Its own.
            number: Option<u8>,
        }
    }

    #[test]
    fn a_body_has_what_all_orders_say_and_its_own_members_and_no_other() {
        let own: OwnBody =
            serde_json::from_str(r#"{"number":3,"reason":"why","dry_run":true}"#).expect("a body");
        assert_eq!(own.number, Some(3));
        let terms = Terms::from(own);
        assert_eq!((&*terms.reason, terms.dry_run), ("why", true));
        for refused in [
            r"{}",
            r#"{"reason":null}"#,
            r#"{"reason":"why","reason":"again"}"#,
            r#"{"reason":"why","number":3}"#,
        ] {
            let body = serde_json::from_str::<ActionBody>(refused);
            assert!(body.is_err(), "{refused}");
        }
    }
}
