//! Another running instance of this service, asked over HTTP.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode, Url};
use serde_json::Value;

use crate::adapters::http_client::Trouble;
use crate::domain::fault::Fault;
use crate::domain::target::is_private;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// More than any answer of ours is long.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// An instance, by its address.
#[derive(Debug)]
pub struct Instance {
    client: Client,
    base: Url,
    redactor: Redactor,
}

/// What it said.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The commit that answered, as its header says.
    pub sha: Option<String>,
    /// The body; null where it is no JSON.
    pub body: Value,
    /// How long it took, to the last byte.
    pub took: Duration,
}

impl Instance {
    /// The instance at `url`; each request may take `timeout`.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where that is no address for HTTP, DFE-NET-004 where nothing can be trusted.
    pub fn new(url: &str, timeout: Duration, redactor: Redactor) -> Result<Self, Fault> {
        let base = Url::parse(url)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
            .ok_or_else(|| {
                Fault::new(Code::ConfigInvalid, "The URL of the instance is not valid.")
                    .check_first("The URL: https://host, without a path")
            })?;
        #[expect(
            clippy::disallowed_methods,
            reason = "a client of this neighbour's own"
        )]
        let mut client = Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0);
        // A proxy of the environment is the way to the outside.
        if base.host_str().is_some_and(is_private) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| {
            Fault::new(
                Code::NetTls,
                "No encrypted connection is possible: the system has no root certificates.",
            )
            .caused_by(redactor.chain(&error))
        })?;
        Ok(Self {
            client,
            base,
            redactor,
        })
    }

    /// Asks for a path.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was no whole answer.
    pub async fn get(&self, path: &str) -> Result<Reply, Fault> {
        let began = Instant::now();
        let mut url = self.base.clone();
        url.set_path(path);
        let failed = |error: reqwest::Error| self.classify(&error.without_url());
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        let status = response.status();
        let sha = response
            .headers()
            .get("x-dragonfly-sha")
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned);
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            text.extend_from_slice(&chunk);
            if text.len() > MAX_BODY {
                break;
            }
        }
        Ok(Reply {
            status,
            sha,
            body: serde_json::from_slice(&text).unwrap_or_default(),
            took: began.elapsed(),
        })
    }

    fn classify(&self, error: &reqwest::Error) -> Fault {
        let (code, detail) = match Trouble::of(error) {
            Trouble::Tls => (Code::NetTls, "Its certificate is not to be trusted."),
            Trouble::Dns => (Code::NetDns, "Its host name could not be resolved."),
            Trouble::TimedOut => (Code::NetTimeout, "It did not answer in time."),
            Trouble::Refused => (Code::NetRefused, "It refused the connection."),
            Trouble::Broken | Trouble::Closed => (Code::NetRefused, "It broke the connection off."),
            Trouble::NotHttp => (Code::ConfigInvalid, "What answers there is no HTTP."),
            Trouble::Unforeseen => (Code::Internal, "It could not be asked."),
        };
        Fault::new(code, detail).caused_by(self.redactor.chain(error))
    }
}
