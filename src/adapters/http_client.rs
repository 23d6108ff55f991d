//! What can go wrong with a request over HTTP before there is an answer, whoever is asked.

use std::error::Error;
use std::io;

/// Why a request got no answer, or no whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
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

impl Trouble {
    /// The trouble behind an error of the client.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Self {
        if walk(error, &mut |link| link.is::<rustls::Error>()) {
            return Self::Tls;
        }
        if error.is_dns() {
            return Self::Dns;
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        match find_io(error) {
            Some(io::ErrorKind::ConnectionRefused) => Self::Refused,
            Some(_) => Self::Broken,
            None if is_not_http(error) => Self::NotHttp,
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

/// Walks an error and what it wraps. `source()` of an `io::Error` skips the error that it holds.
fn walk(
    error: &(dyn Error + 'static),
    visit: &mut dyn FnMut(&(dyn Error + 'static)) -> bool,
) -> bool {
    if visit(error) {
        return true;
    }
    if let Some(inner) = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        && walk(inner, visit)
    {
        return true;
    }
    error.source().is_some_and(|source| walk(source, visit))
}

fn find_io(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut kind = None;
    walk(error, &mut |link| {
        kind = link.downcast_ref::<io::Error>().map(io::Error::kind);
        kind.is_some()
    });
    kind
}

fn is_not_http(error: &reqwest::Error) -> bool {
    walk(error, &mut |link| {
        link.downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_parse)
    })
}
