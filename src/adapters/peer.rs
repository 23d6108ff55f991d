//! What every neighbour that is asked over HTTP has in common: the client, how much of an answer is
//! read, and what a request comes to that got none.
//!
//! # Design notes
//!
//! - Every request makes a connection of its own: what is asked here is asked a few times in an
//!   emergency, and a warm connection would hide that DNS, TLS or the way there fail for everybody
//!   new.
//! - No redirect is followed: a key would go wherever it points. No proxy of the environment is
//!   used, but where a profile says so.
//! - No body is decompressed, and no more of it read than an answer to the question can have.
//! - An error loses its URL before anything is made of it, and its causes are redacted.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};

use crate::adapters::trust;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// Supabase's secret keys are refused to whatever looks like a browser.
const USER_AGENT: &str = concat!("dragonfly-ops/", env!("CARGO_PKG_VERSION"));
/// What to look at where the system trusts nobody.
const WHERE_ROOTS_ARE: &str =
    "Whether the image holds ca-certificates, and what SSL_CERT_FILE names";

/// How a peer is reached, and how faults speak of it.
#[derive(Debug)]
pub(super) struct Profile {
    /// Its name, at the beginning of a sentence.
    pub(super) name: &'static str,
    /// Whether a proxy of the environment is the way to it.
    pub(super) is_behind_proxy: bool,
    /// What it is where something answers in its place that speaks no HTTP.
    pub(super) not_http: Code,
    /// What is said otherwise than of other peers, and a first check that is better than the code's.
    pub(super) own_words: &'static [(TransportError, &'static str, Option<&'static str>)],
}

/// A neighbour that is asked over HTTP.
#[derive(Debug)]
pub(super) struct Peer {
    /// Makes the requests that [`Peer::send`] sends.
    pub(super) client: Client,
    pub(super) redactor: Redactor,
    profile: &'static Profile,
    timeout: Option<Duration>,
}

/// The body of an answer, or the beginning of it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Whether that is all of it.
    pub(super) is_whole: bool,
}

/// That a request got no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// The classified cause.
    pub(super) fault: Fault,
    /// Whether there was no connection, so that nothing of the request has arrived.
    pub(super) is_unsent: bool,
}

/// Why a request got no answer, or no whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransportError {
    /// The system has nobody whom to trust.
    NoRoots,
    /// The certificate, or the handshake.
    Tls,
    /// The name was not resolved.
    Dns,
    /// It took too long.
    TimedOut,
    /// Nobody listens there.
    Refused,
    /// The connection failed on the way, or was reset.
    Broken,
    /// What answers there speaks something else.
    NotHttp,
    /// The other side closed without a whole answer.
    Closed,
    /// None of these.
    Unforeseen,
}

impl Peer {
    /// A peer whose every request may take `timeout`; nothing: whoever asks has a deadline. `adapt`
    /// adds what this one alone needs of its client.
    ///
    /// # Errors
    ///
    /// DFE-INT-001 where no client can be made, which is not foreseen.
    pub(super) fn new(
        profile: &'static Profile,
        timeout: Option<Duration>,
        redactor: Redactor,
        adapt: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Fault> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that makes clients"
        )]
        let mut client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0);
        if !profile.is_behind_proxy {
            client = client.no_proxy();
        }
        if let Some(timeout) = timeout {
            client = client.timeout(timeout);
        }
        let no_client = |error: &(dyn Error + 'static)| {
            Fault::new(Code::Internal, "No HTTP client could be made.")
                .caused_by(redactor.chain(error))
        };
        let trust = trust::client_config().map_err(|error| no_client(&error))?;
        let client = adapt(client.tls_backend_preconfigured(trust))
            .build()
            .map_err(|error| no_client(&error))?;
        Ok(Self {
            client,
            redactor,
            profile,
            timeout,
        })
    }

    /// Sends a request and reads the head of the answer.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was none.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Fault> {
        request.send().await.map_err(|error| self.classify(error))
    }

    /// The same of a request that does something: where there was no answer, it is told apart whether
    /// it may have been done.
    ///
    /// # Errors
    ///
    /// The classified cause, where there was none.
    pub(super) async fn attempt(&self, request: RequestBuilder) -> Result<Response, Unanswered> {
        request.send().await.map_err(|error| Unanswered {
            is_unsent: error.is_connect() || error.is_builder(),
            fault: self.classify(error),
        })
    }

    /// Reads the body of an answer, as far as it is not longer than `limit` bytes.
    ///
    /// # Errors
    ///
    /// The classified cause, where it ended before its end.
    pub(super) async fn read(&self, response: &mut Response, limit: usize) -> Result<Body, Fault> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.classify(error))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > limit {
                break;
            }
        }
        Ok(Body {
            is_whole: bytes.len() <= limit,
            bytes,
        })
    }

    fn classify(&self, error: reqwest::Error) -> Fault {
        let error = error.without_url();
        self.profile
            .fault(TransportError::of(&error), self.timeout)
            .caused_by(self.redactor.chain(&error))
    }
}

impl Profile {
    /// The fault of a request that got no answer, or no whole one.
    fn fault(&self, error: TransportError, timeout: Option<Duration>) -> Fault {
        let name = self.name;
        let (code, sentence) = match error {
            TransportError::NoRoots => (
                Code::NetTls,
                "No encrypted connection is possible: the system has no root certificates."
                    .to_owned(),
            ),
            TransportError::Tls => (
                Code::NetTls,
                format!(
                    "{name}'s certificate is not to be trusted, or the encrypted connection failed."
                ),
            ),
            TransportError::Dns => (
                Code::NetDns,
                format!("The host name of {name} could not be resolved."),
            ),
            TransportError::TimedOut => (
                Code::NetTimeout,
                match timeout {
                    Some(timeout) => {
                        format!("{name} did not answer within {} s.", timeout.as_secs_f64())
                    }
                    None => format!("The network gave up waiting for {name}."),
                },
            ),
            TransportError::Refused => {
                (Code::NetRefused, format!("{name} refused the connection."))
            }
            TransportError::Broken | TransportError::Closed => (
                Code::NetRefused,
                format!("{name} closed the connection without a whole answer."),
            ),
            TransportError::NotHttp => (
                self.not_http,
                format!("What answers in place of {name} does not speak HTTP."),
            ),
            TransportError::Unforeseen => (
                Code::Internal,
                format!("{name} could not be asked, for a cause not foreseen."),
            ),
        };
        match self.own_words.iter().find(|(of, ..)| *of == error) {
            None if error == TransportError::NoRoots => {
                Fault::new(code, sentence).check_first(WHERE_ROOTS_ARE)
            }
            None => Fault::new(code, sentence),
            Some((_, own, first_check)) => Fault {
                first_check: first_check.map(Into::into),
                ..Fault::new(code, *own)
            },
        }
    }
}

impl TransportError {
    /// What is behind an error of the client.
    fn of(error: &reqwest::Error) -> Self {
        if let Some(error) = find(error) {
            return match trust::is_lack_of_roots(error) {
                true => Self::NoRoots,
                false => Self::Tls,
            };
        }
        if error.is_dns() {
            return Self::Dns;
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        match find(error).map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused,
            Some(_) => Self::Broken,
            None if find(error).is_some_and(hyper::Error::is_parse) => Self::NotHttp,
            None if error.is_connect()
                || error.is_request()
                || error.is_body()
                || error.is_decode() =>
            {
                Self::Closed
            }
            None => Self::Unforeseen,
        }
    }
}

/// The first of an error and what it wraps that is a `T`. `source()` of an `io::Error` skips the
/// error that it holds.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let held = || find(error.downcast_ref::<io::Error>()?.get_ref()?);
    error
        .downcast_ref()
        .or_else(held)
        .or_else(|| find(error.source()?))
}

/// A value for a header that is not shown in any `Debug`.
///
/// # Errors
///
/// DFE-CFG-002 where `what` is not fit for a header.
pub(super) fn secret_header(value: &str, what: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Fault::new(
            Code::ConfigInvalid,
            format!("{what} is not fit for a header."),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The fault of a 429 from `whom`: how long to wait is said in seconds, or is `unsaid`, and is
/// between a second and `longest`. A date is not read, and neither is what is no number.
pub(super) fn rate_limited(
    whom: &str,
    headers: &HeaderMap,
    unsaid: Duration,
    longest: Duration,
) -> Fault {
    let wait = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(unsaid, Duration::from_secs)
        .clamp(Duration::from_secs(1), longest);
    Fault::new(
        Code::VendorRateLimited,
        format!("{whom} asked for fewer requests (HTTP 429)."),
    )
    .retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{
        discord, heartbeat, instance, n8n, railway, slack, supabase, vendor_page,
    };

    const ALL: [TransportError; 9] = [
        TransportError::NoRoots,
        TransportError::Tls,
        TransportError::Dns,
        TransportError::TimedOut,
        TransportError::Refused,
        TransportError::Broken,
        TransportError::NotHttp,
        TransportError::Closed,
        TransportError::Unforeseen,
    ];

    fn said(profile: &'static Profile, timeout: Option<Duration>) -> Vec<String> {
        let faults = ALL.map(|error| profile.fault(error, timeout));
        let line =
            |fault: &Fault| format!("{fault} {}", fault.first_check.as_deref().unwrap_or("-"));
        faults.iter().map(line).collect()
    }

    #[test]
    fn each_peer_is_spoken_of_in_its_own_words() {
        let timeout = Some(Duration::from_secs(10));
        assert_eq!(
            said(&railway::PROFILE, timeout),
            [
                "DFE-NET-004: No encrypted connection is possible: the system has no root certificates. Whether the image holds ca-certificates, and what SSL_CERT_FILE names",
                "DFE-NET-004: Railway's certificate is not to be trusted, or the encrypted connection failed. -",
                "DFE-NET-003: The host name of Railway's API could not be resolved. -",
                "DFE-NET-001: Railway's API did not answer within 10 s. -",
                "DFE-NET-002: Railway's API refused the connection. -",
                "DFE-NET-002: Railway's API closed the connection without a whole answer. -",
                "DFE-VND-002: What answers in place of Railway's API does not speak HTTP. -",
                "DFE-NET-002: Railway's API closed the connection without a whole answer. -",
                "DFE-INT-001: Railway's API could not be asked, for a cause not foreseen. -",
            ]
        );
        assert_eq!(
            said(&supabase::probe::PROFILE, None),
            [
                "DFE-NET-004: No encrypted connection is possible: the system has no root certificates. Whether the image holds ca-certificates, and what SSL_CERT_FILE names",
                "DFE-NET-004: Supabase's certificate is not to be trusted, or the encrypted connection failed. -",
                "DFE-NET-003: The host name in SUPABASE_URL could not be resolved. The host name in SUPABASE_URL",
                "DFE-NET-001: The network gave up waiting for Supabase. -",
                "DFE-NET-002: Supabase refused the connection. -",
                "DFE-NET-002: The connection to Supabase failed or was broken. -",
                "DFE-VND-001: What answers at SUPABASE_URL does not speak HTTP. SUPABASE_URL",
                "DFE-NET-002: Supabase closed the connection without a whole answer. -",
                "DFE-INT-001: Supabase could not be asked, for a cause not foreseen. -",
            ]
        );
        assert_eq!(
            said(&n8n::PROFILE, timeout),
            [
                "DFE-NET-004: No encrypted connection is possible: the system has no root certificates. Whether the image holds ca-certificates, and what SSL_CERT_FILE names",
                "DFE-NET-004: n8n's certificate is not to be trusted, or the encrypted connection failed. -",
                "DFE-NET-003: The host name in N8N_URL could not be resolved. The host name in N8N_URL",
                "DFE-NET-001: n8n did not answer within 10 s. -",
                "DFE-NET-002: n8n refused the connection. Whether n8n runs, then the port in N8N_URL",
                "DFE-NET-002: n8n closed the connection without a whole answer. -",
                "DFE-VND-003: What answers at N8N_URL does not speak HTTP. N8N_URL",
                "DFE-NET-002: n8n closed the connection without a whole answer. -",
                "DFE-INT-001: n8n could not be asked, for a cause not foreseen. -",
            ]
        );
        for profile in [&slack::PROFILE, &discord::PROFILE, &heartbeat::PROFILE] {
            let said = said(profile, timeout);
            let name = profile.name;
            assert_eq!(
                said[3],
                format!("DFE-NET-001: {name} did not answer within 10 s. -")
            );
            assert!(said[2].contains("The host name in ") && said[2].contains("_URL"));
            assert!(
                said[6].starts_with("DFE-CFG-002: What answers at "),
                "{}",
                said[6]
            );
        }
        for sentence in said(&vendor_page::PROFILE, timeout) {
            assert!(
                !sentence
                    .split_once(": ")
                    .is_some_and(|(_, said)| said.contains(" The status")),
                "{sentence}"
            );
        }
        assert_eq!(
            said(&instance::PROFILE, timeout),
            [
                "DFE-NET-004: No encrypted connection is possible: the system has no root certificates. Whether the image holds ca-certificates, and what SSL_CERT_FILE names",
                "DFE-NET-004: Its certificate is not to be trusted. -",
                "DFE-NET-003: Its host name could not be resolved. -",
                "DFE-NET-001: It did not answer in time. Whether the instance runs, and whether this is its URL",
                "DFE-NET-002: It refused the connection. Whether the instance runs, and whether this is its URL",
                "DFE-NET-002: It broke the connection off. Whether the instance runs, and whether this is its URL",
                "DFE-CFG-002: What answers there is no HTTP. -",
                "DFE-NET-002: It broke the connection off. Whether the instance runs, and whether this is its URL",
                "DFE-INT-001: It could not be asked. -",
            ]
        );
    }

    #[test]
    fn a_secret_in_a_header_is_not_shown() {
        let value = secret_header("zqcanary", "A key").expect("it is fit");
        assert!(!format!("{value:?}").contains("zqcanary"));
        let fault = secret_header("zq\ncanary", "A key").expect_err("it is not fit");
        assert_eq!(
            fault,
            Fault::new(Code::ConfigInvalid, "A key is not fit for a header.")
        );
    }
}
