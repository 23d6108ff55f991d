//! One row of one table, through the gateway and `PostgREST`: what proves that REST really works.
//!
//! # Design notes
//!
//! GET and not HEAD: the cause of a failure stands in the body.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::tls::TlsInfo;
use secrecy::ExposeSecret;
use tokio::time::Instant;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::adapters::peer::{Peer, Profile, TransportError, secret_header};
use crate::adapters::supabase::classify::{Refusal, RestResponse, classify, overdue};
use crate::adapters::supabase::connect::CurrentTrace;
use crate::domain::activity::Served;
use crate::domain::cooldown::Cooldown;
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::reading::redact::Redactor;
use crate::settings::SupabaseSettings;
use crate::telemetry::metrics::TrafficMetrics;

/// More than one row with one column can need.
const MAX_BODY: usize = 64 * 1024;

pub(in crate::adapters) const PROFILE: Profile = Profile {
    name: "Supabase",
    is_behind_proxy: false,
    not_http: Code::VendorSupabase,
    own_words: &[
        (
            TransportError::Dns,
            "The host name in SUPABASE_URL could not be resolved.",
            Some("The host name in SUPABASE_URL"),
        ),
        (
            TransportError::Broken,
            "The connection to Supabase failed or was broken.",
            None,
        ),
        (
            TransportError::NotHttp,
            "What answers at SUPABASE_URL does not speak HTTP.",
            Some("SUPABASE_URL"),
        ),
    ],
};

/// Asks Supabase for one row.
#[derive(Debug)]
pub(crate) struct SupabaseProbe {
    api: Result<RestApi, Fault>,
}

#[derive(Debug)]
struct RestApi {
    peer: Peer,
    settings: SupabaseSettings,
    current: CurrentTrace,
    traffic: TrafficMetrics,
    rejections: AtomicU32,
}

impl SupabaseProbe {
    /// A probe of that API; without settings, it always finds that fault.
    pub(crate) fn new(
        settings: Result<SupabaseSettings, Fault>,
        redactor: Redactor,
        traffic: TrafficMetrics,
    ) -> Self {
        Self {
            api: settings.and_then(|settings| RestApi::new(settings, redactor, traffic)),
        }
    }
}

impl RestApi {
    fn new(
        settings: SupabaseSettings,
        redactor: Redactor,
        traffic: TrafficMetrics,
    ) -> Result<Self, Fault> {
        let current = CurrentTrace::new(traffic.connections.clone());
        let headers = headers(settings.key.expose_secret())?;
        let peer = Peer::new(&PROFILE, None, redactor, |client| {
            client
                .default_headers(headers)
                .dns_resolver(current.clone())
                .connector_layer(current.clone())
                .tls_info(true)
        })?;
        Ok(Self {
            peer,
            settings,
            current,
            traffic,
            rejections: 0.into(),
        })
    }

    async fn ask(&self, trace: &Trace) -> Result<Served, Fault> {
        self.traffic.queries.inc();
        let request = self.peer.client.get(self.settings.row_url.clone());
        let mut response = self.peer.send(request).await?;
        trace.enter("body");
        let server = server(&response).map(|server| self.peer.redactor.redact(&server));
        let certificate_expires_at = certificate_expiry(&response);
        let body = self.peer.read(&mut response, MAX_BODY).await?;
        trace.leave();
        let response = RestResponse {
            status: response.status().as_u16(),
            headers: response.headers(),
            body: &body.bytes,
            complete: body.is_whole,
            table: &self.settings.table,
            key: self.settings.validity,
            now: Timestamp::now(),
        };
        match classify(&response) {
            None => {
                self.rejections.store(0, Relaxed);
                Ok(Served {
                    server,
                    certificate_expires_at,
                })
            }
            Some(refusal) => Err(self.space(refusal)),
        }
    }

    /// A rejected key is like a rejected login: asking again with it mends nothing and may get us
    /// blocked.
    fn space(&self, refusal: Refusal) -> Fault {
        if !refusal.rejected {
            return refusal.fault;
        }
        let nth = self.rejections.fetch_add(1, Relaxed).saturating_add(1);
        refusal.fault.retry_after(Cooldown::ELSEWHERE.after(nth))
    }
}

impl Probe for SupabaseProbe {
    type Evidence = Served;

    fn run<'a>(&'a self, trace: &'a Trace, _deadline: Instant) -> Run<'a, Served> {
        Box::pin(async move {
            let api = self.api.as_ref().map_err(Clone::clone)?;
            api.current.set(trace);
            api.ask(trace).await
        })
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        overdue(phase, timeout)
    }
}

/// New keys (`sb_...`) travel in `apikey` alone: as a bearer they would be taken for a JWT and
/// refused. A legacy JWT travels in both, as a gateway that is not Supabase's own does not copy it.
fn headers(key: &str) -> Result<HeaderMap, Fault> {
    let secret = |text: &str| secret_header(text, "Supabase's key");
    let mut headers = HeaderMap::new();
    headers.insert("apikey", secret(key)?);
    if !key.starts_with("sb_") {
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"))?);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Ok(headers)
}

/// When the certificate of whoever answered expires.
fn certificate_expiry(response: &Response) -> Option<Timestamp> {
    let tls: &TlsInfo = response.extensions().get()?;
    let (_, certificate) = X509Certificate::from_der(tls.peer_certificate()?).ok()?;
    Timestamp::from_second(certificate.validity.not_after.timestamp()).ok()
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
