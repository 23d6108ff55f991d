//! What the row of an endpoint says: the router and the `OpenAPI` document are both made of it.
//!
//! # Design notes
//!
//! A row stands in the endpoint's own file, so that nothing has to be kept in step with it. An order
//! can only be made by [`Route::order`]: that it takes the operator's token is no column that
//! somebody could forget, and the router holds it before the handler is reached.

use std::borrow::Cow;
use std::sync::Arc;

use axum::routing::{MethodFilter, MethodRouter};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::domain::action::Done;
use crate::domain::taxonomy::Code;
use crate::http::Service;

/// What an order can be refused with.
const REFUSALS: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::AuthMissing,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValInput,
    Code::Internal,
    Code::Cancelled,
];

/// Makes the handler; the method is that of the row.
pub(super) type Handler = fn(MethodFilter) -> MethodRouter<Arc<Service>>;

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    paths: &'static [&'static str],
    codes: &'static [&'static [Code]],
    /// One line for people.
    pub(super) summary: &'static str,
    /// What a token is for.
    pub(super) token: Token,
    /// What it answers when all is well.
    pub(super) answer: Answer,
    /// What an order is given with; nothing where nothing is ordered.
    pub(super) body: Option<Named>,
    /// What can be asked beside the path, as `OpenAPI` writes it.
    pub(super) parameter: Option<fn() -> Value>,
    /// What is not there where the answer is 404.
    pub(super) not_found: Option<&'static str>,
    /// What answers.
    pub(super) handler: Handler,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Nothing: it is not even looked at.
    Unused,
    /// It shows more; a wrong one is refused.
    ShowsMore,
    /// Nobody but the operator passes.
    Operator,
}

/// What an endpoint answers when all is well.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// JSON.
    Json(Named),
    /// JSON, or a page where a browser asks.
    JsonOrPage(Named),
    /// JSON that is described by itself.
    AnyJson,
    /// Plain text.
    Text,
}

/// A type by the name that it has in the description.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    /// The name.
    pub(super) name: fn() -> Cow<'static, str>,
    /// Adds its schema, and those that it refers to.
    pub(super) collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Named {
    /// The name of `T`.
    pub(super) const fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            collect: |all| {
                all.push((T::name().into_owned(), T::schema()));
                T::schemas(all);
            },
        }
    }
}

impl Route {
    /// An endpoint that looks and changes nothing: GET, and so HEAD. The first path is its own, the
    /// others are further names of it.
    pub(super) const fn look(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: Answer,
        handler: Handler,
    ) -> Self {
        Self {
            paths,
            codes: &[],
            summary,
            token: Token::Unused,
            answer,
            body: None,
            parameter: None,
            not_found: None,
            handler,
        }
    }

    /// An endpoint where something is done: POST, with the operator's token and a `body`; what every
    /// order can be refused with is among its codes.
    pub(super) const fn order(
        paths: &'static [&'static str],
        summary: &'static str,
        body: Named,
        handler: Handler,
    ) -> Self {
        Self {
            token: Token::Operator,
            body: Some(body),
            ..Self::look(paths, summary, Answer::Json(Named::of::<Done>()), handler)
        }
    }

    /// A token shows more here: the handler takes a `Caller`.
    pub(super) const fn shows_more(self) -> Self {
        Self {
            token: Token::ShowsMore,
            ..self
        }
    }

    /// What it asks can fail with these.
    pub(super) const fn fails_with(self, codes: &'static [&'static [Code]]) -> Self {
        Self { codes, ..self }
    }

    /// It takes this parameter.
    pub(super) const fn takes(self, parameter: fn() -> Value) -> Self {
        Self {
            parameter: Some(parameter),
            ..self
        }
    }

    /// It answers 404 where this is not there.
    pub(super) const fn or_not_found(self, what: &'static str) -> Self {
        Self {
            not_found: Some(what),
            ..self
        }
    }

    /// Its own path, and further names of it.
    #[must_use]
    pub const fn paths(&self) -> &'static [&'static str] {
        self.paths
    }

    /// Whether something is done here: it is asked for with POST, and takes the operator's token.
    #[must_use]
    pub const fn is_order(&self) -> bool {
        self.body.is_some()
    }

    /// The codes that it can fail with, in the order of the taxonomy; none where nothing is checked.
    #[must_use]
    pub fn codes(&self) -> Vec<Code> {
        let mut codes = self.codes.concat();
        if self.is_order() {
            codes.extend(REFUSALS);
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}
