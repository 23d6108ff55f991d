//! One row of one table, through the gateway and `PostgREST`: what proves that REST really works.
//!
//! # Design notes
//!
//! - Every run makes a connection of its own: a warm one would hide that DNS, TLS or the gateway
//!   fail for everybody new.
//! - No redirect is followed (the key would go wherever it points), no proxy used, no body
//!   decompressed, and no more of a body read than an answer to this question can have.
//! - GET and not HEAD: the cause of a failure stands in the body.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use crate::adapters::supabase::classify::{
    Answer, Complaint, classify_answer, classify_error, overdue,
};
use crate::adapters::supabase::connect::CurrentTrace;
use crate::domain::cooldown::Cooldown;
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::report::Served;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::reading::redact::Redactor;
use crate::settings::SupabaseSettings;
use crate::telemetry::metrics::TrafficMetrics;

/// More than one row with one column can need.
const MAX_BODY: usize = 64 * 1024;

/// Secret keys are refused to whatever looks like a browser.
const USER_AGENT: &str = concat!("dragonfly-ops/", env!("CARGO_PKG_VERSION"));

/// Asks Supabase for one row.
#[derive(Debug)]
pub struct SupabaseProbe {
    rest: Result<Rest, Fault>,
}

#[derive(Debug)]
struct Rest {
    client: Client,
    settings: SupabaseSettings,
    redactor: Redactor,
    current: CurrentTrace,
    traffic: TrafficMetrics,
    rejections: AtomicU32,
}

impl SupabaseProbe {
    /// A probe of that API; without settings, it always finds that fault.
    #[must_use]
    pub fn new(
        settings: Result<SupabaseSettings, Fault>,
        redactor: Redactor,
        traffic: TrafficMetrics,
    ) -> Self {
        Self {
            rest: settings.and_then(|settings| Rest::new(settings, redactor, traffic)),
        }
    }
}

impl Rest {
    fn new(
        settings: SupabaseSettings,
        redactor: Redactor,
        traffic: TrafficMetrics,
    ) -> Result<Self, Fault> {
        let current = CurrentTrace::new(traffic.connections.clone());
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers(settings.key.expose_secret())?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(current.clone())
            .connector_layer(current.clone())
            .build()
            .map_err(|error| {
                Fault::new(
                    Code::NetTls,
                    "No encrypted connection is possible: the system has no root certificates.",
                )
                .check_first("Whether the image holds ca-certificates")
                .caused_by(redactor.chain(&error))
            })?;
        Ok(Self {
            client,
            settings,
            redactor,
            current,
            traffic,
            rejections: 0.into(),
        })
    }

    async fn ask(&self, trace: &Trace) -> Result<Served, Fault> {
        self.traffic.queries.inc();
        let failed = |error: &reqwest::Error| classify_error(error, &self.redactor);
        let mut response = self
            .client
            .get(self.settings.row_url.clone())
            .send()
            .await
            .map_err(|error| failed(&error.without_url()))?;
        trace.enter("body");
        let server = server(&response).map(|server| self.redactor.redact(&server));
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failed(&error.without_url()))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                break;
            }
        }
        trace.leave();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers(),
            body: &body,
            complete: body.len() <= MAX_BODY,
            table: &self.settings.table,
        };
        match classify_answer(&answer) {
            None => {
                self.rejections.store(0, Relaxed);
                Ok(Served { server })
            }
            Some(complaint) => Err(self.space(complaint)),
        }
    }

    /// A rejected key is like a rejected login: asking again with it mends nothing and may get us
    /// blocked.
    fn space(&self, complaint: Complaint) -> Fault {
        if !complaint.rejected {
            return complaint.fault;
        }
        let nth = self.rejections.fetch_add(1, Relaxed).saturating_add(1);
        complaint.fault.retry_after(Cooldown::ELSEWHERE.after(nth))
    }
}

impl Probe for SupabaseProbe {
    type Evidence = Served;

    fn run<'a>(&'a self, trace: &'a Trace, _deadline: Instant) -> Run<'a, Served> {
        Box::pin(async move {
            let rest = self.rest.as_ref().map_err(Clone::clone)?;
            rest.current.set(trace);
            rest.ask(trace).await
        })
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        overdue(phase, timeout)
    }
}

/// New keys (`sb_...`) travel in `apikey` alone: as a bearer they would be taken for a JWT and
/// refused. A legacy JWT travels in both, as a gateway that is not Supabase's own does not copy it.
fn headers(key: &str) -> Result<HeaderMap, Fault> {
    let secret = |text: &str| {
        HeaderValue::from_str(text)
            .map(|mut value| {
                value.set_sensitive(true);
                value
            })
            .map_err(|_| {
                Fault::new(
                    Code::ConfigInvalid,
                    "Supabase's key is not fit for a header.",
                )
            })
    };
    let mut headers = HeaderMap::new();
    headers.insert("apikey", secret(key)?);
    if !key.starts_with("sb_") {
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Ok(headers)
}

/// The `Server` of an answer, if it is plain and short.
fn server(response: &Response) -> Option<String> {
    let text = response
        .headers()
        .get(reqwest::header::SERVER)?
        .to_str()
        .ok()?;
    let plain = text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b" ./()-_+".contains(&b));
    plain.then(|| text.to_owned())
}
