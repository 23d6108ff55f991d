//! n8n, asked whether it is ready.
//!
//! # Design notes
//!
//! `/healthz/readiness` and not `/healthz`: that one says no more than that the process answers. n8n
//! documents 200 for a database that is connected and migrated, and answers 503 before; both say so
//! in JSON. Its other paths may answer anybody with 200 while it starts, and what looks like a bot
//! with 204, so a 200 alone proves nothing.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::adapters::peer::{Peer, Profile, TransportError, rate_limited};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// How long the answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// More than the answer is long.
const MAX_BODY: usize = 16 * 1024;
/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(30);
const LONGEST_RATE_WAIT: Duration = Duration::from_secs(600);
/// What to look at where nothing of n8n's own answers.
const RUNS: &str = "Whether n8n runs: its latest deployment and its log";

pub(super) const PROFILE: Profile = Profile {
    name: "n8n",
    is_behind_proxy: false,
    not_http: Code::VendorN8n,
    own_words: &[
        (
            TransportError::Dns,
            "The host name in N8N_URL could not be resolved.",
            Some("The host name in N8N_URL"),
        ),
        (
            TransportError::Refused,
            "n8n refused the connection.",
            Some("Whether n8n runs, then the port in N8N_URL"),
        ),
        (
            TransportError::NotHttp,
            "What answers at N8N_URL does not speak HTTP.",
            Some("N8N_URL"),
        ),
    ],
};

/// An instance of n8n.
#[derive(Debug)]
pub(crate) struct N8n {
    peer: Peer,
    readiness: Url,
}

impl N8n {
    /// The instance at `base`. Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-INT-001 where no client can be made, which is not foreseen.
    pub(crate) fn new(base: &Url, redactor: Redactor) -> Result<Self, Fault> {
        let peer = Peer::new(&PROFILE, Some(TIMEOUT), redactor, |client| client)?;
        Ok(Self {
            peer,
            readiness: readiness(base),
        })
    }

    /// Whether it is ready.
    ///
    /// # Errors
    ///
    /// DFE-VND-003 where it answers and is not; else the classified cause.
    pub(crate) async fn ready(&self) -> Result<(), Fault> {
        let request = self.peer.client.get(self.readiness.clone());
        let mut response = self.peer.send(request).await?;
        let body = self.peer.read(&mut response, MAX_BODY).await?;
        let status = response.status().as_u16();
        let bytes = if body.is_whole { &*body.bytes } else { b"" };
        understand(status, response.headers(), bytes)
    }
}

fn readiness(base: &Url) -> Url {
    let mut url = base.clone();
    let path = format!("{}/healthz/readiness", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// Whether that is the answer of an n8n that is ready.
fn understand(status: u16, headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = answer["status"].as_str();
    let (detail, first_check) = match (status, said) {
        (200, Some("ok")) => return Ok(()),
        (200, _) => (
            "What answers at N8N_URL is not n8n's readiness (HTTP 200 with another body)."
                .to_owned(),
            "N8N_URL, and N8N_ENDPOINT_HEALTH of n8n",
        ),
        (503, Some("error")) => (
            "n8n is up and not ready (HTTP 503): its database is not connected, or not migrated."
                .to_owned(),
            "The database that n8n uses (DB_POSTGRESDB_HOST and the rest of DB_*), then n8n's log",
        ),
        (401 | 403, _) => (
            format!("What stands before n8n asks for a login (HTTP {status})."),
            "What stands before n8n: /healthz/readiness has to be open",
        ),
        (404, _) => (
            "What answers at N8N_URL knows no /healthz/readiness (HTTP 404).".to_owned(),
            "N8N_URL, and N8N_ENDPOINT_HEALTH of n8n; a worker needs QUEUE_HEALTH_CHECK_ACTIVE=true",
        ),
        (429, _) => return Err(rate_limited("n8n", headers, RATE_WAIT, LONGEST_RATE_WAIT)),
        (300..=399, _) => (
            format!("N8N_URL leads to a redirect (HTTP {status}), which was not followed."),
            "N8N_URL",
        ),
        (502..=504 | 520..=530, _) => (
            format!("What stands before n8n could not reach it (HTTP {status})."),
            RUNS,
        ),
        _ => (format!("n8n's readiness answered HTTP {status}."), RUNS),
    };
    Err(Fault::new(Code::VendorN8n, detail)
        .check_first(first_check)
        .caused_by(vec![format!("HTTP {status}")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_word_is_ready_and_each_other_answer_leads_somewhere() {
        let read = |status, body: &str| understand(status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(read(200, r#"{"status":"ok"}"#), Ok(()));
        let mut details = std::collections::BTreeSet::new();
        for (status, body, check) in [
            (
                200,
                "n8n is starting up. Please wait",
                "N8N_ENDPOINT_HEALTH",
            ),
            (503, r#"{"status":"error"}"#, "database that n8n uses"),
            (503, "<html>", "Whether n8n runs"),
            (401, "", "before n8n"),
            (
                404,
                "Cannot GET /healthz/readiness",
                "QUEUE_HEALTH_CHECK_ACTIVE",
            ),
            (301, "", "N8N_URL"),
            (204, "", "Whether n8n runs"),
            (502, "", "Whether n8n runs"),
        ] {
            let fault = read(status, body).expect_err("it is not ready");
            assert_eq!(fault.code, Code::VendorN8n, "{status} {body}");
            assert!(fault.first_check().contains(check), "{fault:?}");
            assert!(details.insert(fault.detail), "{status} {body}");
        }
        let fault = read(429, "").expect_err("it is not ready");
        assert_eq!(fault.code, Code::VendorRateLimited);
    }

    #[test]
    fn a_path_of_the_address_is_kept() {
        for (base, expected) in [
            (
                "https://n8n.example.com",
                "https://n8n.example.com/healthz/readiness",
            ),
            (
                "http://n8n.railway.internal:5678/",
                "http://n8n.railway.internal:5678/healthz/readiness",
            ),
            (
                "https://x.example.com/n8n/",
                "https://x.example.com/n8n/healthz/readiness",
            ),
        ] {
            let base = base.parse().expect("a URL");
            assert_eq!(readiness(&base).as_str(), expected);
        }
    }
}
