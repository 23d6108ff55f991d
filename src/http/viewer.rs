//! Who looks at the page, or has sent one of its forms: extractors, so that no handler can forget to ask.
//!
//! # Design notes
//!
//! A page is for a browser, so what it is refused with is a page, too. A cookie that is over or forged
//! shows what anybody sees; it never hides the page from somebody whom it woke. With a form it is
//! refused, as is a form that another origin's page has sent: the cookie is `SameSite=Strict`, and the
//! browser says in `Origin` where the form stood, which has to be the host that was asked. A token in
//! an address is refused although it may be right: by then it stands in a history and in a log.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::html;
use tokio::sync::Semaphore;
use url::Url;

use crate::app::App;
use crate::domain::access::{PageAccess, Role, readers_may_not_act};
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::domain::sign_in::SignIn;
use crate::domain::taxonomy::Code;
use crate::http::caller::{bearer, weigh};
use crate::http::context::Context;
use crate::http::form::{Fields, Upload};
use crate::http::html::{self, Page};
use crate::http::link;
use crate::http::problem::Problem;

/// The name of the cookie.
pub(super) const COOKIE_NAME: &str = "dragonfly_session";
/// What a token in an address would be called.
const TOKENS: &[&str] = &[
    "token",
    "access_token",
    "ops_token",
    "ops_read_token",
    "ops_alert_token",
    "api_key",
];

/// Somebody who looks.
#[derive(Debug)]
pub(super) struct Viewer {
    /// What they may see.
    pub(super) role: Role,
    /// Their request.
    pub(super) context: Context,
    /// Who is asked.
    pub(super) app: Arc<App>,
    /// Whether a page is wanted rather than a document.
    pub(super) is_browser: bool,
    /// Where they found us, as in `https://ops.example`. Empty where they do not say.
    origin: String,
}

/// Somebody who looks at what anybody may see, whatever STATUS_PAGE says. Whose token is not right sees just that:
/// what a wrong token is refused with leads here.
#[derive(Debug)]
pub(super) struct Visitor {
    /// What they may see of it.
    pub(super) role: Role,
    /// Their request.
    pub(super) context: Context,
    /// Who is asked.
    pub(super) app: Arc<App>,
    /// Whether a page is wanted rather than a document.
    pub(super) is_browser: bool,
}

/// Somebody who has sent a form of ours.
#[derive(Debug)]
pub(super) struct Sender {
    /// Who they are, where they are signed in.
    pub(super) sign_in: Option<SignIn>,
    /// Whether they have a cookie of ours, be it worth something or not.
    has_cookie: bool,
    /// Their request.
    pub(super) context: Context,
    /// Who is asked.
    pub(super) app: Arc<App>,
}

impl Viewer {
    /// Where they found us, with the path of the proxy that we are below: what is read elsewhere later on begins
    /// its addresses with it.
    pub(super) fn base(&self) -> String {
        format!("{}{}", self.origin, self.context.prefix)
    }

    /// What is refused, as a page or as a document.
    pub(super) fn refuse(&self, problem: Problem) -> Response {
        refused(problem, self.is_browser)
    }
}

impl FromRequestParts<Arc<App>> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let context = Context::of(parts);
        let is_browser = html::is_wanted(&parts.headers);
        let fail = |problem| refused(problem, is_browser);
        if app.settings.status_page == PageAccess::Off {
            return Err(is_off(&context).into_response());
        }
        let role = role_of(parts, &context, app).await.map_err(fail)?;
        let viewer = Self {
            role,
            origin: asked_at(&parts.headers, context.is_https).unwrap_or_default(),
            context,
            app: Arc::clone(app),
            is_browser,
        };
        match (app.settings.status_page, role) {
            (PageAccess::Token, Role::Anybody) => {
                Err(viewer.ask_to_sign_in("The status page here"))
            }
            (PageAccess::Token | PageAccess::Public | PageAccess::Off, _) => Ok(viewer),
        }
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let context = Context::of(parts);
        let is_browser = html::is_wanted(&parts.headers);
        no_token_in_query(parts, &context).map_err(|problem| refused(problem, is_browser))?;
        // Counted it is as anywhere: else this would be where to guess.
        let role = role_of(parts, &context, app).await;
        Ok(Self {
            role: role.unwrap_or(Role::Anybody),
            context,
            app: Arc::clone(app),
            is_browser,
        })
    }
}

/// What somebody may see, by the token that they present, or by their cookie.
async fn role_of(parts: &Parts, context: &Context, app: &Arc<App>) -> Result<Role, Problem> {
    no_token_in_query(parts, context)?;
    match bearer(&parts.headers) {
        Some(token) => weigh(app.settings.access.role(Some(token)), context, app).await,
        None => Ok(sign_in(&parts.headers, app).map_or(Role::Anybody, |found| found.role)),
    }
}

impl Viewer {
    /// What is answered where `what` takes a token; nothing to whoever has presented one, or is signed in.
    pub(super) fn refuse_anybody(&self, what: &str) -> Option<Response> {
        (self.role == Role::Anybody).then(|| self.ask_to_sign_in(what))
    }

    fn ask_to_sign_in(&self, what: &str) -> Response {
        let fault = Fault::new(
            Code::AuthMissing,
            format!("{what} takes a token: sign in, or present one as a bearer."),
        );
        let problem = Problem::refusal(&fault, &self.context);
        if !self.is_browser {
            return problem.into_response();
        }
        let form = html::sign_in(
            Some("This page takes a token."),
            link::page(&self.context.path),
        );
        Page::new("Sign in", form)
            .status(StatusCode::UNAUTHORIZED)
            .into_response()
    }
}

impl FromRequestParts<Arc<App>> for Sender {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let context = Context::of(parts);
        let fail = |problem| refused(problem, true);
        if app.settings.status_page == PageAccess::Off {
            return Err(is_off(&context).into_response());
        }
        no_token_in_query(parts, &context).map_err(fail)?;
        if !is_same_origin(&parts.headers) {
            let fault = Fault::new(
                Code::AuthForbidden,
                "This form came from a page of another origin, or does not say from where.",
            )
            .check_first("Whether Origin and Host name the same place");
            return Err(fail(Problem::refusal(&fault, &context)));
        }
        Ok(Self {
            sign_in: sign_in(&parts.headers, app),
            has_cookie: cookie(&parts.headers).is_some(),
            context,
            app: Arc::clone(app),
        })
    }
}

impl Sender {
    /// Lets the operator pass, and nobody else.
    fn require_operator(&self) -> Result<(), Problem> {
        let fault = match self.sign_in.as_ref().map(|found| found.role) {
            Some(Role::Operator) => return Ok(()),
            Some(Role::Reader | Role::Anybody) => readers_may_not_act(),
            None if self.has_cookie => Fault::new(
                Code::AuthInvalid,
                "Nobody is signed in with this cookie, or not any more: sign in again.",
            ),
            None => Fault::new(Code::AuthMissing, "Nobody is signed in: sign in first."),
        }
        .check_first("Who is signed in");
        Err(Problem::refusal(&fault, &self.context))
    }

    /// Reads the form of the operator, and answers with what comes of it; nobody else's.
    pub(super) async fn act(
        &self,
        (headers, body): (&HeaderMap, Body),
        act: impl AsyncFnOnce(&Self, &Fields) -> Result<Response, Fault>,
    ) -> Response {
        if let Err(problem) = self.require_operator() {
            return refused(problem, true);
        }
        let fields = match Fields::read(&self.context, headers, body).await {
            Ok(fields) => fields,
            Err(problem) => return refused(problem, true),
        };
        act(self, &fields)
            .await
            .unwrap_or_else(|fault| self.refuse(&fault))
    }

    /// The same of a form with a file in it, once there is room for that.
    pub(super) async fn act_with_file(
        &self,
        (headers, body): (&HeaderMap, Body),
        room: &Semaphore,
        act: impl AsyncFnOnce(&Self, &Fields, Upload) -> Result<Response, Fault>,
    ) -> Response {
        if let Err(problem) = self.require_operator() {
            return refused(problem, true);
        }
        // It is never closed.
        let _room = room.acquire().await;
        let read = Fields::read_with_file(&self.context, headers, body).await;
        let (fields, upload) = match read {
            Ok(read) => read,
            Err(problem) => return refused(problem, true),
        };
        act(self, &fields, upload)
            .await
            .unwrap_or_else(|fault| self.refuse(&fault))
    }

    /// What is refused, as a page.
    pub(super) fn refuse(&self, fault: &Fault) -> Response {
        refused(Problem::of_fault(fault, &self.context), true)
    }
}

/// A problem, as a page or as a document.
pub(super) fn refused(problem: Problem, is_browser: bool) -> Response {
    if !is_browser {
        return problem.into_response();
    }
    let said = problem.told();
    let content = html! {
        section.narrow-page {
            h1 { (said.title) }
            p.lead { (said.detail) }
            @if let Some(first_check) = said.first_check {
                p.next { strong { "Next: " } (first_check) }
            }
            @if let Some(code) = said.code {
                p { a href=(link::to(&code.page())) { (code) ": what it means, and what mends it" } }
            }
            p.buttons {
                a.button href=(link::to("/status")) { "To the status" }
                @if said.status == StatusCode::UNAUTHORIZED { a.button href=(link::to("/sign-in")) { "Sign in" } }
            }
            p.fine { "Request " code { (said.request_id) } }
        }
    };
    Page::new(said.title, content)
        .status(said.status)
        .into_response()
}

fn is_off(context: &Context) -> Problem {
    Problem::plain(
        StatusCode::NOT_FOUND,
        context,
        "There is no status page here: STATUS_PAGE is off.",
    )
}

fn no_token_in_query(parts: &Parts, context: &Context) -> Result<(), Problem> {
    let query = parts.uri.query().unwrap_or_default();
    let mut names = url::form_urlencoded::parse(query.as_bytes());
    if names.any(|(name, _)| TOKENS.contains(&&*name.to_ascii_lowercase())) {
        let fault = refuse(
            "A token does not belong into an address: it stands in histories and logs from then on. Sign in, or send it \
             as a bearer; and change this one.",
        );
        return Err(Problem::refusal(&fault, context));
    }
    Ok(())
}

/// Who is signed in with the cookie of a request.
fn sign_in(headers: &HeaderMap, app: &App) -> Option<SignIn> {
    let cookie = cookie(headers)?;
    let access = &app.settings.access;
    app.sign_ins.find(access, cookie, Timestamp::now())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|text| text.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then_some(value)
    })
}

/// The origin that a request was sent to.
fn asked_at(headers: &HeaderMap, is_https: bool) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let scheme = if is_https { "https" } else { "http" };
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    is_bare.then(|| url.origin().ascii_serialization())
}

/// Whether the page of a form stood at the host that it was sent to. The scheme is the edge's business.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| {
        let mut values = headers.get_all(name).iter();
        let only = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(only)
    };
    let Some((origin, host)) = text(ORIGIN).zip(text(HOST)) else {
        return false;
    };
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    // As both are written without the port that the scheme implies.
    let asked = Url::parse(&format!("{}://{host}", origin.scheme()));
    matches!(origin.scheme(), "http" | "https")
        && asked.is_ok_and(|asked| asked.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_form_comes_from_the_host_that_it_is_sent_to() {
        for (pairs, is_same) in [
            (
                &[("host", "ops.example"), ("origin", "https://ops.example")][..],
                true,
            ),
            (
                &[
                    ("host", "ops.example:443"),
                    ("origin", "https://ops.example"),
                ],
                true,
            ),
            (
                &[("host", "OPS.example"), ("origin", "https://ops.example")],
                true,
            ),
            (
                &[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")],
                true,
            ),
            (
                &[
                    ("host", "ops.example:8080"),
                    ("origin", "http://ops.example"),
                ],
                false,
            ),
            (
                &[("host", "ops.example"), ("origin", "https://evil.example")],
                false,
            ),
            (
                &[
                    ("host", "ops.example"),
                    ("origin", "https://ops.example.evil.example"),
                ],
                false,
            ),
            (
                &[
                    ("host", "ops.example"),
                    ("origin", "https://ops.example@evil.example"),
                ],
                false,
            ),
            (&[("host", "ops.example"), ("origin", "null")], false),
            (&[("host", "ops.example"), ("origin", "")], false),
            (
                &[("host", "ops.example"), ("origin", "ftp://ops.example")],
                false,
            ),
            (&[("host", "ops.example")], false),
            (&[("origin", "https://ops.example")], false),
            (
                &[
                    ("host", "ops.example"),
                    ("origin", "https://ops.example"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
        ] {
            assert_eq!(is_same_origin(&headers(pairs)), is_same, "{pairs:?}");
        }
    }

    #[test]
    fn where_we_were_found_is_told_by_the_host_and_the_edge() {
        for (host, is_https, origin) in [
            ("ops.example", true, Some("https://ops.example")),
            ("OPS.example:443", true, Some("https://ops.example")),
            ("[::1]:8080", false, Some("http://[::1]:8080")),
            ("a@ops.example", true, None),
            ("ops.example/x", true, None),
            ("ops.example?x", true, None),
            ("<", true, None),
        ] {
            let found = asked_at(&headers(&[("host", host)]), is_https);
            assert_eq!(found.as_deref(), origin, "{host}");
        }
        assert_eq!(asked_at(&HeaderMap::new(), true), None);
    }

    #[test]
    fn our_cookie_is_found_among_others() {
        for (pairs, found) in [
            (
                &[("cookie", "a=b; dragonfly_session=x.y; c=d")][..],
                Some("x.y"),
            ),
            (
                &[("cookie", "a=b"), ("cookie", "dragonfly_session=z")],
                Some("z"),
            ),
            (&[("cookie", "xdragonfly_session=z")], None),
            (&[("cookie", "dragonfly_session")], None),
            (&[], None),
        ] {
            assert_eq!(cookie(&headers(pairs)), found, "{pairs:?}");
        }
    }
}
