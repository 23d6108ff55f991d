//! Who asks: extractors, so that no handler can forget to.
//!
//! # Design notes
//!
//! A right token always passes, whatever came before it: whoever sends wrong ones must not be able to
//! shut the operator out, be it from the same office, from behind the same proxy or from a page in
//! the operator's own browser. So nobody is refused for the past; who has sent too many wrong ones is
//! told about the next wrong one late.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::app::App;
use crate::domain::access::{Presented, Role};
use crate::domain::attempts::Standing;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::problem::Problem;

/// How late a wrong token is answered that is one too many.
const LATE: Duration = Duration::from_millis(250);

/// Anybody, and what they ask.
#[derive(Debug)]
pub(super) struct Caller {
    /// What they may see.
    pub(super) role: Role,
    /// Their request.
    pub(super) context: Context,
    /// Who is asked.
    pub(super) app: Arc<App>,
}

/// Whoever has presented the operator's token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operator;

/// Whoever has presented a token with which one may report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reporter;

/// Whoever has it in the address, as the last segment of the path.
#[derive(Debug, Clone, Copy)]
pub(super) struct HookReporter;

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let context = Context::of(parts);
        let role = app.settings.access.role(bearer(&parts.headers));
        Ok(Self {
            role: weigh(role, &context, app).await?,
            context,
            app: Arc::clone(app),
        })
    }
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let allowed = app.settings.access.require_operator(bearer(&parts.headers));
        weigh(allowed, &Context::of(parts), app).await?;
        Ok(Self)
    }
}

impl FromRequestParts<Arc<App>> for Reporter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let access = &app.settings.access;
        let allowed = access.require_reporter(bearer(&parts.headers), Presented::Bearer);
        weigh(allowed, &Context::of(parts), app).await?;
        Ok(Self)
    }
}

impl FromRequestParts<Arc<App>> for HookReporter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        // What is no text is no token of ours, but it was presented as one.
        let token = path.map_or_else(|_| String::new(), |Path((_, token))| token);
        let access = &app.settings.access;
        let allowed = access.require_reporter(Some(&token), Presented::Address);
        weigh(allowed, &Context::of(parts), app).await?;
        Ok(Self)
    }
}

/// What stands in the `Authorization` header, if it is a bearer token. Another scheme is somebody
/// else's.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?;
    // What is no text is no token of ours, but it was presented as one.
    let text = value.to_str().unwrap_or("Bearer ?");
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// Counts a wrong token, and answers it late where it is one too many.
pub(super) async fn weigh<T>(
    outcome: Result<T, Fault>,
    context: &Context,
    app: &Arc<App>,
) -> Result<T, Problem> {
    let fault = match outcome {
        Ok(outcome) => return Ok(outcome),
        Err(fault) if fault.code == Code::AuthInvalid => fault,
        Err(fault) => return Err(Problem::refusal(&fault, context)),
    };
    let standing = app.attempts.wrong(context.client);
    if standing == Standing::LimitBegins {
        tracing::warn!(
            code = %Code::AuthInvalid,
            request_id = &*context.request_id,
            client = context.client.map(tracing::field::display),
            "too many wrong tokens from one address: each further one is answered late"
        );
        app.lifecycle
            .spawn(report_end(Arc::clone(app), context.client));
    }
    let fault = match standing {
        Standing::Tolerated => fault,
        Standing::LimitBegins | Standing::LimitLasts => {
            tokio::time::sleep(LATE).await;
            Fault::new(
                Code::AuthInvalid,
                "Too many wrong tokens came from this address; each further one is answered late.",
            )
            .check_first(fault.first_check().to_owned())
        }
    };
    Err(Problem::refusal(&fault, context))
}

/// Waits until no more wrong tokens come from there, and says so.
async fn report_end(app: Arc<App>, client: Option<IpAddr>) {
    let wrong = loop {
        match app.attempts.over(client) {
            Ok(wrong) => break wrong,
            Err(left) => tokio::select! {
                () = tokio::time::sleep(left) => {}
                // Nobody waits for it.
                () = app.lifecycle.draining() => return,
            },
        }
    };
    tracing::info!(
        code = %Code::AuthInvalid,
        client = client.map(tracing::field::display),
        wrong,
        "no more wrong tokens come from that address"
    );
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_bearer_is_a_token() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer", Some("")),
            ("Basic abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(bearer(&headers), expected, "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_bytes(b"Bearer \xff").expect("a header"),
        );
        assert_eq!(bearer(&headers), Some("?"));
    }

    proptest::proptest! {
        /// Whatever stands in the header, a token is a part of it, and nothing panics.
        #[test]
        fn a_token_is_what_stands_in_the_header(
            authorization in proptest::collection::vec(proptest::num::u8::ANY, 0..60),
        ) {
            let Ok(value) = HeaderValue::from_bytes(&authorization) else {
                return Ok(());
            };
            let text = value.to_str().map(ToOwned::to_owned);
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value);
            match (bearer(&headers), text) {
                (Some(token), Ok(text)) => {
                    proptest::prop_assert!(text.to_lowercase().starts_with("bearer"));
                    proptest::prop_assert!(text.contains(token));
                }
                (Some(token), Err(_)) => proptest::prop_assert_eq!(token, "?"),
                (None, text) => {
                    let text = text.unwrap_or_default().to_lowercase();
                    proptest::prop_assert!(text.split(' ').next() != Some("bearer"));
                }
            }
        }
    }
}
