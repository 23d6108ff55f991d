//! What a form has sent.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use sha2::{Digest as _, Sha256};

use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::http::context::{Context, MAX_BODY};
use crate::http::problem::Problem;

/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The same where it may be larger than others.
const LARGE_BODY_TIMEOUT: Duration = Duration::from_secs(50);

/// The fields of a form. What was left empty is not there.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads them. A field that is there twice is refused: which one is meant?
    pub(super) async fn read(
        context: &Context,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, Problem> {
        let media = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next());
        if media.is_none_or(|media| media.trim() != "application/x-www-form-urlencoded") {
            return Err(Problem::plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                context,
                "The body has to be that of a form.",
            ));
        }
        let bytes = body_of(context, body).await?;
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(&bytes) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                let fault = refuse("A field of the form is there twice.");
                return Err(Problem::of_fault(&fault, context));
            }
        }
        fields.retain(|_, value| !value.trim().is_empty());
        Ok(Self(fields))
    }

    /// A field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A field that is a number, where it is there.
    pub(super) fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, Fault> {
        let number = self.get(name).map(|text| text.trim().parse());
        let number = number.transpose();
        number.map_err(|_| refuse(format!("The field {name} is a whole number.")))
    }

    /// Whether it is sent by the button of a preview, or leads to one.
    pub(super) fn is_confirmed(&self) -> Result<bool, Fault> {
        match self.get("step") {
            None => Ok(false),
            Some("confirm") => Ok(true),
            Some(_) => Err(refuse("There is no such step.")),
        }
    }

    /// Under which key what is sent is done: the same for the same form with the same in it, on whichever step.
    pub(super) fn key(&self) -> String {
        let mut digest = Sha256::new();
        for (name, value) in self.all().filter(|(name, _)| *name != "step") {
            for part in [name, value] {
                digest.update(part.len().to_be_bytes());
                digest.update(part);
            }
        }
        format!("page-{}", URL_SAFE_NO_PAD.encode(digest.finalize()))
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The body of a request, if it comes in time, whole, and is no larger than its endpoint takes.
pub(super) async fn body_of(context: &Context, body: Body) -> Result<Vec<u8>, Problem> {
    let limit = context.max_body;
    let within = match limit > MAX_BODY {
        true => LARGE_BODY_TIMEOUT,
        false => BODY_TIMEOUT,
    };
    let fail = |status, detail| Err(Problem::plain(status, context, detail));
    let mut chunks = body.into_data_stream();
    let whole = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else {
                let detail = "The request's body was cut off.";
                return fail(StatusCode::BAD_REQUEST, detail);
            };
            if bytes.len() + chunk.len() > limit {
                let detail = "The request's body is too large.";
                return fail(StatusCode::PAYLOAD_TOO_LARGE, detail);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    match tokio::time::timeout(within, whole).await {
        Ok(whole) => whole,
        Err(_) => fail(
            StatusCode::REQUEST_TIMEOUT,
            "The request's body did not arrive in time.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    async fn key_of(body: &'static str) -> String {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, form)]);
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let fields = Fields::read(&Context::of(&parts), &headers, Body::from(body)).await;
        fields.expect("a form").key()
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
