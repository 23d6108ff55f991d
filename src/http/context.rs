//! What every handler knows of its request.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use ipnet::IpNet;
use tokio::time::Instant;
use ulid::Ulid;

use crate::http::{prefix, trace};
use crate::reading::redact::REDACTED;

/// The id of the request.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_RAILWAY_REQUEST_ID: HeaderName = HeaderName::from_static("x-railway-request-id");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
/// What names an order.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Nobody has to send us more than this, in bytes, where the endpoint does not say otherwise.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// A longer id than this is not taken over.
const MAX_ID_LEN: usize = 128;
/// A longer path than this is cut where it is shown.
const MAX_PATH_LEN: usize = 200;
/// Behind this segment of a path stands who sends, and then a token. What is shorter than any token, and made of
/// letters, is who sends.
const HOOKS: &str = "/hooks/";
const SENDER_IS_SHORTER_THAN: usize = 16;

tokio::task_local! {
    static CURRENT: Context;
}

/// A request, as far as its answer speaks of it. Cheap to clone. It goes with the task that answers.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// When it arrived: deadlines run from here.
    pub(super) arrival: Instant,
    /// Its id in answers and logs.
    pub(super) request_id: Arc<str>,
    /// Its path, without the query.
    pub(super) path: Arc<str>,
    /// Where it comes from: as the edge says, or whoever is connected.
    pub(super) client: Option<IpAddr>,
    /// Whether it came to the edge by https.
    pub(super) is_https: bool,
    /// How large its body may be, in bytes.
    pub(super) max_body: usize,
    /// Below which path of a proxy it was asked for; empty where that is none.
    pub(super) prefix: Arc<str>,
    /// The trace that it is a part of.
    pub(super) trace_id: Option<Arc<str>>,
}

impl Context {
    /// The context of a request that arrives now, from whoever is connected: a client, or the edge in front of us.
    pub(super) fn new(
        headers: &HeaderMap,
        path: Arc<str>,
        peer: Option<IpAddr>,
        proxies: &[IpNet],
    ) -> Self {
        Self {
            client: peer.map(|address| client(headers, address, proxies)),
            is_https: peer.is_some_and(|address| {
                is_trusted(address, proxies)
                    && headers
                        .get(X_FORWARDED_PROTO)
                        .is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
            }),
            max_body: MAX_BODY,
            prefix: prefix::of(headers),
            trace_id: trace::id(headers),
            arrival: Instant::now(),
            request_id: request_id(headers),
            path,
        }
    }
}

/// A path as answers and the log have it: of a bounded length, and without the token that stands in the address of a
/// hook, be it right or only nearly so.
pub(super) fn shown(path: &str) -> Arc<str> {
    let end = path.char_indices().nth(MAX_PATH_LEN);
    let path = end.map_or(path, |(end, _)| &path[..end]);
    let lower = path.to_ascii_lowercase();
    let Some(at) = lower.find(HOOKS) else {
        return path.into();
    };
    let (hooks, behind) = path.split_at(at + HOOKS.len());
    let (sender, rest) = behind.split_once('/').unwrap_or((behind, ""));
    let is_sender = sender.len() < SENDER_IS_SHORTER_THAN && is_plain(sender);
    match (is_sender, rest) {
        (true, "") => format!("{hooks}{sender}"),
        (true, _) => format!("{hooks}{sender}/{REDACTED}"),
        (false, _) => format!("{hooks}{REDACTED}"),
    }
    .into()
}

/// Whether it is fit for the name of a sender.
pub(super) fn is_plain(name: &str) -> bool {
    let is_fit = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    name.bytes().all(is_fit)
}

/// Where a request comes from: whoever is connected, or, where that is a proxy that is trusted, the
/// address that it names. Railway's edge sets `X-Real-IP`; `X-Forwarded-For` is not among the headers
/// that it promises to.
fn client(headers: &HeaderMap, peer: IpAddr, proxies: &[IpNet]) -> IpAddr {
    let named = || {
        let text = headers.get(X_REAL_IP)?.to_str().ok()?;
        text.trim().parse::<IpAddr>().ok()
    };
    match is_trusted(peer, proxies) {
        true => named().unwrap_or(peer),
        false => peer,
    }
}

/// Whether its word counts for where a request comes from.
fn is_trusted(peer: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|network| network.contains(&peer))
}

/// The caller's id, or the edge's, or a new one. A malformed id is not echoed in any form.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    [X_REQUEST_ID, X_RAILWAY_REQUEST_ID]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find(|id| is_well_formed(id))
        .map_or_else(
            || {
                let mut digits = [0; ulid::ULID_LEN];
                let id: &str = Ulid::generate().array_to_str(&mut digits);
                id.into()
            },
            Into::into,
        )
}

fn is_well_formed(id: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:+/=@~".contains(&b))
}

impl Context {
    /// Lets its request be answered.
    pub(super) fn answers<F: Future>(self, answer: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, answer)
    }

    /// The same where nothing is awaited.
    pub(super) fn answers_now<T>(&self, answer: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), answer)
    }

    /// What is asked of the request that is being answered; nothing where there is none.
    pub(super) fn current<T>(ask: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(ask).ok()
    }

    /// The context of the request that is being answered.
    pub(super) fn of(parts: &Parts) -> Self {
        let known = Self::current(Self::clone);
        known.unwrap_or_else(|| Self::new(&parts.headers, shown(parts.uri.path()), None, &[]))
    }

    /// Who acts, for the record: the address, and the name that was given.
    pub(super) fn actor(&self, name: Option<&str>) -> String {
        let address = match self.client {
            Some(address) => format!("http: {address}"),
            None => "http".to_owned(),
        };
        match name {
            Some(name) => format!("{name} ({address})"),
            None => address,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn id_of(pairs: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(
                *name,
                HeaderValue::from_bytes(value.as_bytes()).expect("a header"),
            );
        }
        request_id(&headers).to_string()
    }

    #[test]
    fn a_well_formed_id_is_taken_over_and_the_callers_wins() {
        assert_eq!(id_of(&[("x-request-id", "abc-123_4.5")]), "abc-123_4.5");
        assert_eq!(id_of(&[("x-railway-request-id", "rw1")]), "rw1");
        assert_eq!(
            id_of(&[("x-request-id", "mine"), ("x-railway-request-id", "rw1")]),
            "mine"
        );
        assert_eq!(
            id_of(&[("x-request-id", "a b"), ("x-railway-request-id", "rw1")]),
            "rw1"
        );
    }

    #[test]
    fn anything_else_is_replaced_by_a_new_one() {
        for bad in ["", "a b", "<script>", "a\"b", "ü", &"x".repeat(129)] {
            let id = id_of(&[("x-request-id", bad)]);
            assert!(id.parse::<Ulid>().is_ok(), "{bad:?} gave {id:?}");
        }
        assert_ne!(id_of(&[]), id_of(&[]));
    }

    #[test]
    fn only_a_proxy_that_is_trusted_says_who_asks() {
        let mut headers = HeaderMap::new();
        headers.insert("x-real-ip", HeaderValue::from_static("192.0.2.7"));
        let proxies = ["100.64.0.0/10".parse().expect("a network")];
        for (peer, expected) in [
            ("100.64.0.3", "192.0.2.7"),
            ("100.128.0.3", "100.128.0.3"),
            ("203.0.113.9", "203.0.113.9"),
        ] {
            let peer = peer.parse().expect("an address");
            assert_eq!(client(&headers, peer, &proxies).to_string(), expected);
        }
        headers.insert("x-real-ip", HeaderValue::from_static("nonsense"));
        let peer = "100.64.0.3".parse().expect("an address");
        assert_eq!(client(&headers, peer, &proxies), peer);
    }

    #[test]
    fn a_token_in_an_address_is_not_shown_however_it_is_written() {
        for (path, expected) in [
            ("/api/health", "/api/health"),
            ("/api/hooks/slack", "/api/hooks/slack"),
            ("/api/hooks/", "/api/hooks/"),
            (
                "/api/hooks/kuma/a-token-of-sixteen",
                "/api/hooks/kuma/[redacted]",
            ),
            ("/api/hooks/kuma/a/b/c", "/api/hooks/kuma/[redacted]"),
            ("/api/hooks/a-token-of-sixteen", "/api/hooks/[redacted]"),
            ("/api/hooks/a-token-of-sixteen/x", "/api/hooks/[redacted]"),
            ("/api/hooks/t%6Fken/x", "/api/hooks/[redacted]"),
            ("/api/hooks//a-token-of-sixteen", "/api/hooks//[redacted]"),
            ("//API/Hooks/kuma/token", "//API/Hooks/kuma/[redacted]"),
        ] {
            assert_eq!(&*shown(path), expected, "{path}");
        }
    }

    proptest::proptest! {
        /// Whatever stands in a header, the id in the answer is harmless, and nothing panics.
        #[test]
        fn no_header_panics_and_none_is_echoed_unchecked(
            id in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            path in ".{0,300}",
        ) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&id) {
                headers.insert("x-request-id", value);
            }
            let context = Context::new(&headers, shown(&path), None, &[]);
            proptest::prop_assert!(is_well_formed(&context.request_id));
            proptest::prop_assert!(context.path.chars().count() <= MAX_PATH_LEN + REDACTED.len());
        }
    }
}
