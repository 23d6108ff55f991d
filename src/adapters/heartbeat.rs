//! Who hears that we are alive, and notices where we are not.
//!
//! # Design notes
//!
//! Healthchecks, Better Stack, Cronitor and Uptime Kuma take a GET of an address that is a secret, and say
//! with any 2xx that they heard it. It is asked for only while all is in order here; what it says is of no
//! use otherwise.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::adapters::peer::{Peer, Profile, TransportError, rate_limited};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// How long a connection may take to be there, and all of it: the next one is due in a minute.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(60);
const LONGEST_RATE_WAIT: Duration = Duration::from_secs(600);

pub(super) const PROFILE: Profile = Profile {
    name: "The receiver of the heartbeat",
    is_behind_proxy: false,
    not_http: Code::ConfigInvalid,
    own_words: &[
        (
            TransportError::Dns,
            "The host name in HEARTBEAT_URL could not be resolved.",
            Some("The host name in HEARTBEAT_URL"),
        ),
        (
            TransportError::NotHttp,
            "What answers at HEARTBEAT_URL does not speak HTTP.",
            Some("HEARTBEAT_URL"),
        ),
    ],
};

/// Who hears that we are alive.
#[derive(Debug)]
pub struct Heartbeat {
    peer: Peer,
    url: SecretString,
}

impl Heartbeat {
    /// Whoever hears it at this address. Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-INT-001 where no client can be made, which is not foreseen.
    pub fn new(url: SecretString, redactor: Redactor) -> Result<Self, Fault> {
        let peer = Peer::new(&PROFILE, Some(TIMEOUT), redactor, |client| {
            client.connect_timeout(CONNECT_TIMEOUT)
        })?;
        Ok(Self { peer, url })
    }

    /// Says that we are alive. The body of the answer is not read: the connection is closed.
    ///
    /// # Errors
    ///
    /// The classified cause, where it was not heard.
    pub async fn beat(&self) -> Result<(), Fault> {
        let request = self.peer.client.get(self.url.expose_secret());
        let response = self.peer.send(request).await?;
        let status = response.status().as_u16();
        match status {
            200..=299 => Ok(()),
            429 => Err(rate_limited(
                PROFILE.name,
                response.headers(),
                RATE_WAIT,
                LONGEST_RATE_WAIT,
            )),
            408 | 500..=599 => Err(Fault::new(
                Code::NetRefused,
                format!("The receiver of the heartbeat could not take it (HTTP {status})."),
            )),
            _ => Err(Fault::new(
                Code::ConfigInvalid,
                format!("What answers at HEARTBEAT_URL takes no heartbeat (HTTP {status})."),
            )
            .check_first("HEARTBEAT_URL")),
        }
    }
}
