//! What a form has sent.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;

use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::http::context::{Context, MAX_BODY};
use crate::http::problem::Problem;

/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

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
        let bytes = body_of(context, body, MAX_BODY).await?;
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

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The body of a request, if it comes in time, whole, and is no larger than `limit`, in bytes.
pub(super) async fn body_of(
    context: &Context,
    body: Body,
    limit: usize,
) -> Result<Vec<u8>, Problem> {
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
    match tokio::time::timeout(BODY_TIMEOUT, whole).await {
        Ok(whole) => whole,
        Err(_) => fail(
            StatusCode::REQUEST_TIMEOUT,
            "The request's body did not arrive in time.",
        ),
    }
}
