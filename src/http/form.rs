//! What a form has sent.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};

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

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The body of a request, if it comes in time and is not too large.
pub(super) async fn body_of(context: &Context, body: Body) -> Result<axum::body::Bytes, Problem> {
    let limit = usize::try_from(context.max_body).unwrap_or(usize::MAX);
    let within = match context.max_body > MAX_BODY {
        true => LARGE_BODY_TIMEOUT,
        false => BODY_TIMEOUT,
    };
    let Ok(bytes) = tokio::time::timeout(within, to_bytes(body, limit)).await else {
        return Err(Problem::plain(
            StatusCode::REQUEST_TIMEOUT,
            context,
            "The request's body did not arrive in time.",
        ));
    };
    bytes.map_err(|_| {
        Problem::plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            context,
            "The request's body is too large, or was cut off.",
        )
    })
}
