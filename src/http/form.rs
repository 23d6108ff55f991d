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
use crate::domain::long_work::on_a_thread;
use crate::domain::order::refuse;
use crate::http::context::{Context, MAX_BODY};
use crate::http::problem::Problem;
use crate::reading::multipart::{Part, parts};

/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The same where it may be larger than others.
const LARGE_BODY_TIMEOUT: Duration = Duration::from_secs(50);

/// A file that a form has sent.
#[derive(Debug)]
pub(super) struct Upload {
    /// What it is called.
    pub(super) name: String,
    /// What it holds.
    pub(super) content: Vec<u8>,
}

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
        media_type(context, headers, "application/x-www-form-urlencoded")?;
        let bytes = body_of(context, body).await?;
        let fields = url::form_urlencoded::parse(&bytes).into_owned();
        Self::of(fields).map_err(|fault| Problem::of_fault(&fault, context))
    }

    /// Reads them, and the one file that is among them: its name and its hash are fields as others are.
    pub(super) async fn read_with_file(
        context: &Context,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Self, Upload), Problem> {
        let media = media_type(context, headers, "multipart/form-data")?.to_owned();
        let bytes = body_of(context, body).await?;
        let read = move || Self::of_parts(parts(bytes.into(), &media));
        let read = on_a_thread(read).await;
        read.map_err(|fault| Problem::of_fault(&fault, context))
    }

    fn of_parts(parts: Option<Vec<Part>>) -> Result<(Self, Upload), Fault> {
        let (mut fields, mut files) = (Vec::new(), Vec::new());
        for part in parts.ok_or_else(|| refuse("The form is cut off, or is none."))? {
            match part.file_name {
                // What nobody has chosen is sent with neither a name nor anything in it.
                Some(name) if name.is_empty() && part.content.is_empty() => {}
                Some(name) => files.push((name, part.content)),
                None => {
                    let text = part.text();
                    fields.push((part.name, text));
                }
            }
        }
        let mut files = files.into_iter();
        let (Some((name, content)), None) = (files.next(), files.next()) else {
            return Err(refuse("The form has to have one file in it."));
        };
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&content));
        fields.extend([("file".to_owned(), name.clone()), ("hash".to_owned(), hash)]);
        let content = content.into();
        Ok((Self::of(fields)?, Upload { name, content }))
    }

    fn of(all: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        let mut fields = BTreeMap::new();
        for (name, value) in all {
            if fields.insert(name, value).is_some() {
                return Err(refuse("A field of the form is there twice."));
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

/// What the body is said to be, where it is of the type that is meant.
fn media_type<'a>(
    context: &Context,
    headers: &'a HeaderMap,
    meant: &str,
) -> Result<&'a str, Problem> {
    let said = headers.get(CONTENT_TYPE);
    let said = said.and_then(|value| value.to_str().ok());
    let is_meant = |said: &&str| {
        let essence = said.split(';').next();
        essence.is_some_and(|essence| essence.trim() == meant)
    };
    said.filter(is_meant).ok_or_else(|| {
        let detail = "The body has to be that of a form.";
        Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, context, detail)
    })
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
