//! Another running instance of this service, asked over HTTP.

use std::time::{Duration, Instant};

use reqwest::{StatusCode, Url};
use serde_json::Value;

use crate::adapters::peer::TransportError::{
    Broken, Closed, Dns, NotHttp, TimedOut, Tls, Unforeseen,
};
use crate::adapters::peer::{Peer, Profile};
use crate::domain::fault::Fault;
use crate::domain::target::is_private;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// More than any answer of ours is long.
const MAX_BODY: usize = 4 * 1024 * 1024;

pub(super) const PROFILE: Profile = Profile {
    name: "It",
    is_behind_proxy: true,
    not_http: Code::ConfigInvalid,
    own_words: &[
        (Tls, "Its certificate is not to be trusted.", None),
        (Dns, "Its host name could not be resolved.", None),
        (TimedOut, "It did not answer in time.", None),
        (Broken, "It broke the connection off.", None),
        (Closed, "It broke the connection off.", None),
        (NotHttp, "What answers there is no HTTP.", None),
        (Unforeseen, "It could not be asked.", None),
    ],
};

/// An instance, by its address.
#[derive(Debug)]
pub(crate) struct Instance {
    peer: Peer,
    base: Url,
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
    /// How long it took, to the last byte.
    pub(crate) took: Duration,
}

impl Instance {
    /// The instance at `url`; each request may take `timeout`.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 where that is no address for HTTP, DFE-NET-004 where nothing can be trusted.
    pub(crate) fn new(url: &str, timeout: Duration, redactor: Redactor) -> Result<Self, Fault> {
        let base = Url::parse(url)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
            .ok_or_else(|| {
                Fault::new(Code::ConfigInvalid, "The URL of the instance is not valid.")
                    .check_first("The URL: https://host, without a path")
            })?;
        let is_inside = base.host_str().is_some_and(is_private);
        let peer = Peer::new(&PROFILE, Some(timeout), redactor, |client| {
            // A proxy of the environment is the way to the outside.
            if is_inside { client.no_proxy() } else { client }
        })?;
        Ok(Self { peer, base })
    }

    /// Asks for a path.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was no whole answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, Fault> {
        let began = Instant::now();
        let mut url = self.base.clone();
        url.set_path(path);
        let mut response = self.peer.send(self.peer.client.get(url)).await?;
        let body = self.peer.read(&mut response, MAX_BODY).await?;
        let sha = response.headers().get("x-dragonfly-sha");
        Ok(Reply {
            status: response.status(),
            sha: sha
                .and_then(|value| value.to_str().ok())
                .map(ToOwned::to_owned),
            body: serde_json::from_slice(&body.bytes).unwrap_or_default(),
            took: began.elapsed(),
        })
    }
}
