//! What the row of an endpoint says: the router and the `OpenAPI` document are both made of it.
//!
//! # Design notes
//!
//! A row stands in the endpoint's own file, so that nothing has to be kept in step with it. Its kind
//! is method, token and body in one: an order without the operator's token cannot be written down.

use std::borrow::Cow;
use std::sync::Arc;

use axum::routing::{MethodFilter, MethodRouter};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::app::App;
use crate::domain::taxonomy::Code;
use crate::http::context::MAX_BODY;

/// What every order can be refused with.
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

/// What a report can be refused with.
const REFUSED_REPORTS: Codes = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::AuthMissing,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValInput,
    Code::ValSchema,
    Code::Internal,
    Code::ResourceExhausted,
    Code::Cancelled,
];

/// Codes that come together, such as those of one dependency.
type Codes = &'static [Code];

/// Makes the handler; the method is that of the row.
pub(super) type Handler = fn(MethodFilter) -> MethodRouter<Arc<App>>;

/// Makes the schema of a body that no type of ours has.
pub(super) type BodySchema = fn() -> Value;

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Its own path, and further names of it.
    pub paths: &'static [&'static str],
    /// One line for people.
    pub(super) summary: &'static str,
    /// What it is about.
    pub(super) tag: Tag,
    /// Who may ask, and how.
    pub(super) kind: EndpointKind,
    /// What it answers when all is well.
    pub(super) answer: AnswerSchema,
    /// What can be asked beside the body, as `OpenAPI` writes it: one parameter, or a list of them.
    pub(super) parameter: Option<fn() -> Value>,
    /// What answers.
    pub(super) handler: Handler,
    /// Whether what is large of it is compressed for whoever asks for that.
    pub(super) is_compressed: bool,
    /// How large what it is asked with may be, in bytes.
    pub(super) max_body: usize,
    codes: &'static [Codes],
    is_described: bool,
}

/// What an endpoint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Whether it works.
    Health,
    /// How everything is and was.
    Status,
    /// What has happened.
    Incidents,
    /// What the operator does to production.
    Actions,
    /// What others report.
    Reports,
    /// What a code means.
    Codes,
    /// What this is.
    Service,
}

impl Tag {
    /// Each of them, in the order of the alphabet.
    pub(super) const ALL: [Self; 7] = [
        Self::Actions,
        Self::Codes,
        Self::Health,
        Self::Incidents,
        Self::Reports,
        Self::Service,
        Self::Status,
    ];

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Health => "Health",
            Self::Status => "Status",
            Self::Incidents => "Incidents",
            Self::Actions => "Actions",
            Self::Reports => "Reports",
            Self::Codes => "Codes",
            Self::Service => "Service",
        }
    }

    /// One line for people.
    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::Health => "Whether it works: what monitors and the platform ask",
            Self::Status => "How everything is and was, from memory: what the status page shows",
            Self::Incidents => {
                "What has happened, what was done about it and what is written of it; quiet windows"
            }
            Self::Actions => {
                "What the operator does to production: each with a reason, which goes on record"
            }
            Self::Reports => "What others report: alerts, and answers from chats",
            Self::Codes => "What an error code means, and what to do",
            Self::Service => "What this is, what it counts, and this description",
        }
    }
}

/// Who may ask, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndpointKind {
    /// GET, and so HEAD: what the service knows by itself. No token is looked at.
    Look,
    /// The same for anybody, whatever STATUS_PAGE says. A token or a cookie shows more, and
    /// a token that is not right shows what anybody sees.
    Open,
    /// The same of something that is checked. A token shows more, and a wrong one is refused.
    Check,
    /// GET of what the status page shows: to whom STATUS_PAGE says, and to a token or a cookie more.
    View,
    /// POST of a form on the page, from the same origin.
    Form,
    /// GET and POST of a link that a message holds: its token is for this one thing.
    Link,
    /// POST of a vendor, who signs it.
    Signed,
    /// POST: something is done, with this body. Nobody but the operator passes.
    Order(NamedSchema),
    /// POST: something is reported, with a token that lets one do so.
    Report(BodySchema),
    /// POST, or GET with a query: the same with the token in the address, for senders without headers.
    Hook(BodySchema),
}

/// What an endpoint answers when all is well.
#[derive(Debug, Clone, Copy)]
pub(super) enum AnswerSchema {
    /// JSON.
    Json(NamedSchema),
    /// JSON, or a page where a browser asks.
    JsonOrPage(NamedSchema),
    /// The description of all endpoints, which the router hands in.
    Description,
    /// Plain text.
    Text,
    /// What a browser or another program shows.
    Media(&'static str),
    /// A piece of evidence: a text, or what somebody has attached.
    Evidence,
}

/// A type by the name that it has in the description.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedSchema {
    /// The name.
    pub(super) name: fn() -> Cow<'static, str>,
    /// Adds its schema, and those that it refers to.
    pub(super) collect: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// The name of `T`.
pub(super) const fn named<T: ToSchema>() -> NamedSchema {
    NamedSchema {
        name: T::name,
        collect: |all| {
            all.push((T::name().into_owned(), T::schema()));
            T::schemas(all);
        },
    }
}

impl Route {
    /// An endpoint that says what the service knows by itself.
    pub(super) const fn look(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        handler: Handler,
    ) -> Self {
        Self {
            paths,
            summary,
            tag: Tag::Service,
            kind: EndpointKind::Look,
            answer,
            parameter: None,
            handler,
            is_compressed: false,
            max_body: MAX_BODY,
            codes: &[],
            is_described: true,
        }
    }

    /// An endpoint that says to anybody what the service knows by itself, and more to whoever is let in.
    pub(super) const fn open(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Open,
            ..Self::look(paths, summary, answer, handler)
        }
    }

    /// An endpoint of what the status page shows.
    pub(super) const fn view(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::View,
            ..Self::look(paths, summary, answer, handler).about(Tag::Status)
        }
    }

    /// An endpoint that takes a form of the page, and answers with a page.
    pub(super) const fn form(
        paths: &'static [&'static str],
        summary: &'static str,
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Form,
            ..Self::look(paths, summary, AnswerSchema::Media("text/html"), handler)
        }
        .undescribed()
    }

    /// What is large of it is compressed for whoever asks for that. Never what answers while it goes on.
    pub(super) const fn compressed(self) -> Self {
        Self {
            is_compressed: true,
            ..self
        }
    }

    /// It is of the page's own, and no part of the API that `/openapi.json` describes.
    pub(super) const fn undescribed(self) -> Self {
        Self {
            is_described: false,
            ..self
        }
    }

    /// An endpoint that checks something, which can fail with `codes`.
    pub(super) const fn check(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        codes: &'static [Codes],
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Check,
            codes,
            ..Self::look(paths, summary, answer, handler).about(Tag::Health)
        }
    }

    /// An endpoint where something is done, which can be refused, or fail with `codes`.
    pub(super) const fn order(
        paths: &'static [&'static str],
        summary: &'static str,
        body: NamedSchema,
        answer: AnswerSchema,
        codes: &'static [Codes],
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Order(body),
            codes,
            ..Self::look(paths, summary, answer, handler).about(Tag::Actions)
        }
    }

    /// An endpoint where something is reported, with a body of at most so many bytes.
    pub(super) const fn report(
        paths: &'static [&'static str],
        summary: &'static str,
        kind: EndpointKind,
        max_body: usize,
        answer: AnswerSchema,
        handler: Handler,
    ) -> Self {
        Self {
            kind,
            max_body,
            codes: &[REFUSED_REPORTS],
            ..Self::look(paths, summary, answer, handler).about(Tag::Reports)
        }
    }

    /// An endpoint that a link leads to which is a token by itself.
    pub(super) const fn link(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        codes: &'static [Codes],
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Link,
            codes,
            ..Self::look(paths, summary, answer, handler).about(Tag::Reports)
        }
    }

    /// An endpoint that a vendor tells something, and signs what it says.
    pub(super) const fn signed(
        paths: &'static [&'static str],
        summary: &'static str,
        answer: AnswerSchema,
        codes: &'static [Codes],
        handler: Handler,
    ) -> Self {
        Self {
            kind: EndpointKind::Signed,
            codes,
            ..Self::look(paths, summary, answer, handler).about(Tag::Reports)
        }
    }

    /// It is about this.
    pub(super) const fn about(self, tag: Tag) -> Self {
        Self { tag, ..self }
    }

    /// What it is asked with may be so large, in bytes.
    pub(super) const fn takes_bodies_of(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// It takes this parameter.
    pub(super) const fn takes(self, parameter: fn() -> Value) -> Self {
        Self {
            parameter: Some(parameter),
            ..self
        }
    }

    /// Whether something is done here: it is asked for with POST, and takes the operator's token.
    #[must_use]
    pub const fn is_order(&self) -> bool {
        matches!(self.kind, EndpointKind::Order(_))
    }

    /// Whether something is reported here.
    #[must_use]
    pub const fn is_report(&self) -> bool {
        matches!(self.kind, EndpointKind::Report(_) | EndpointKind::Hook(_))
    }

    /// Whether it is asked for with POST.
    #[must_use]
    pub const fn is_post(&self) -> bool {
        self.is_order()
            || self.is_report()
            || matches!(
                self.kind,
                EndpointKind::Form | EndpointKind::Signed | EndpointKind::Link
            )
    }

    /// Its methods, as the description has them.
    pub(super) const fn methods(&self) -> &'static [&'static str] {
        match self.kind {
            EndpointKind::Look | EndpointKind::Open | EndpointKind::Check | EndpointKind::View => {
                &["get", "head"]
            }
            EndpointKind::Form
            | EndpointKind::Signed
            | EndpointKind::Order(_)
            | EndpointKind::Report(_) => &["post"],
            EndpointKind::Hook(_) => &["post", "get"],
            EndpointKind::Link => &["get", "head", "post"],
        }
    }

    /// Whether `/openapi.json` describes it.
    #[must_use]
    pub const fn is_described(&self) -> bool {
        self.is_described
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
