//! Another running instance of this service, asked over HTTP.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::adapters::peer::TransportError::{
    Broken, Closed, Dns, NotHttp, Refused, TimedOut, Tls, Unforeseen,
};
use crate::adapters::peer::{Peer, Profile, secret_header};
use crate::domain::fault::Fault;
use crate::domain::target::is_private;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// More than any answer of ours is long.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What to look at first where nobody answers: no vendor is in between.
const WHETHER_IT_RUNS: Option<&str> =
    Some("Whether the instance runs, and whether this is its URL");

pub(super) const PROFILE: Profile = Profile {
    name: "It",
    is_behind_proxy: true,
    not_http: Code::ConfigInvalid,
    own_words: &[
        (Tls, "Its certificate is not to be trusted.", None),
        (Dns, "Its host name could not be resolved.", None),
        (TimedOut, "It did not answer in time.", WHETHER_IT_RUNS),
        (Refused, "It refused the connection.", WHETHER_IT_RUNS),
        (Broken, "It broke the connection off.", WHETHER_IT_RUNS),
        (Closed, "It broke the connection off.", WHETHER_IT_RUNS),
        (NotHttp, "What answers there is no HTTP.", None),
        (Unforeseen, "It could not be asked.", None),
    ],
};

/// An instance, by its address.
#[derive(Debug)]
pub(crate) struct Instance {
    peer: Peer,
    base: Url,
    is_inside: bool,
    token: Option<HeaderValue>,
}

/// What it said.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// The commit that answered, as its header says.
    pub(crate) sha: Option<String>,
    /// The body; null where it is no JSON.
    pub(crate) body: Value,
    /// The same as it was sent.
    pub(crate) text: String,
    /// How long it took, to the last byte.
    pub(crate) took: Duration,
}

impl Instance {
    /// The instance at `url`; each request may take `timeout`.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where that is no address for HTTP, DFE-INT-001 where no client can be made, which is not foreseen.
    pub(crate) fn new(url: &str, timeout: Duration, redactor: Redactor) -> Result<Self, Fault> {
        let base = Url::parse(url)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
            .ok_or_else(|| {
                let fault =
                    Fault::new(Code::ConfigInvalid, "The URL of the instance is not valid.");
                match with_scheme(url) {
                    Some(meant) => fault.check_first(format!("Whether {meant} is meant")),
                    None => fault.check_first("The URL: https://host, without a path"),
                }
            })?;
        let is_inside = base.host_str().is_some_and(is_private);
        let peer = Peer::new(&PROFILE, Some(timeout), redactor, |client| {
            // A proxy of the environment is the way to the outside.
            if is_inside { client.no_proxy() } else { client }
        })?;
        Ok(Self {
            peer,
            base,
            is_inside,
            token: None,
        })
    }

    /// The same instance, which is shown this token with every request.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where it is not fit for a header, or would travel unencrypted.
    pub(crate) fn presenting(self, token: &SecretString) -> Result<Self, Fault> {
        if self.base.scheme() == "http" && !self.is_inside {
            return Err(Fault::new(
                Code::ConfigInvalid,
                "DRAGONFLY_TOKEN is not sent unencrypted to an instance that is not in a private network.",
            )
            .check_first("The URL of the instance: https://host"));
        }
        let value = format!("Bearer {}", token.expose_secret());
        Ok(Self {
            token: Some(secret_header(&value, "DRAGONFLY_TOKEN")?),
            ..self
        })
    }

    /// Whether it is shown a token.
    pub(crate) fn is_shown_a_token(&self) -> bool {
        self.token.is_some()
    }

    /// Where it is, without what a URL may hold of secrets.
    pub(crate) fn address(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Asks for a path.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was no whole answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, Fault> {
        self.ask(self.peer.client.get(self.url(path))).await
    }

    /// The same with a query.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was no whole answer.
    pub(crate) async fn get_with(&self, path: &str, query: &str) -> Result<Reply, Fault> {
        let mut url = self.url(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        self.ask(self.peer.client.get(url)).await
    }

    /// Orders something, with this body.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was no whole answer.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&'static str, &str)],
    ) -> Result<Reply, Fault> {
        let request = self.peer.client.post(self.url(path));
        let mut request = request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    async fn ask(&self, mut request: RequestBuilder) -> Result<Reply, Fault> {
        let began = Instant::now();
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        let mut response = self.peer.send(request).await?;
        let body = self.peer.read(&mut response, MAX_BODY).await?;
        let sha = response.headers().get("x-dragonfly-sha");
        Ok(Reply {
            status: response.status(),
            sha: sha
                .and_then(|value| value.to_str().ok())
                .map(ToOwned::to_owned),
            body: serde_json::from_slice(&body.bytes).unwrap_or_default(),
            text: String::from_utf8_lossy(&body.bytes).into_owned(),
            took: began.elapsed(),
        })
    }
}

/// What is meant by an address without its scheme, such as `localhost:8080`. One with a password in it is
/// not said again.
fn with_scheme(text: &str) -> Option<String> {
    let is_bare = !text.contains("://") && !text.contains('@');
    let scheme = |inside| if inside { "http" } else { "https" };
    let url = Url::parse(&format!("https://{text}")).ok();
    let url = url.filter(|url| is_bare && url.has_host() && url.path() == "/")?;
    let is_inside = url.host_str().is_some_and(is_private);
    Some(format!("{}://{text}", scheme(is_inside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(url: &str) -> Instance {
        Instance::new(url, Duration::from_secs(1), Redactor::default()).expect("an address")
    }

    #[test]
    fn a_token_does_not_travel_unencrypted_through_the_world() {
        let token = SecretString::from("a-token".to_owned());
        for (url, is_shown) in [
            ("https://ops.example.com", true),
            ("http://127.0.0.1:8080", true),
            ("http://ops.railway.internal:8080", true),
            ("http://ops.example.com", false),
        ] {
            let shown = instance(url).presenting(&token);
            assert_eq!(shown.is_ok(), is_shown, "{url}");
            assert!(!format!("{shown:?}").contains("a-token"));
        }
        assert!(!instance("https://ops.example.com").is_shown_a_token());
    }

    #[test]
    fn an_address_without_its_scheme_is_told_with_it() {
        for (text, meant) in [
            ("localhost:8080", Some("http://localhost:8080")),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("ops.example.com", Some("https://ops.example.com")),
            ("ftp://ops.example.com", None),
            ("me:zqcanary@ops.example.com", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(with_scheme(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn an_address_says_nothing_secret() {
        let address = instance("https://u:zqcanary@ops.example.com/x?y=zqcanary").address();
        assert_eq!(address, "https://ops.example.com");
    }
}
