//! What the value of a variable has to be: a parser for each kind of value.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::domain::access::PageAccess;
use crate::domain::fault::Fault;
use crate::domain::repository::Repository;
use crate::domain::smoke::{Relation, is_identifier};
use crate::domain::target;
use crate::domain::taxonomy::Code;
use crate::settings::log::LogFormat;

/// The shortest token that is accepted: a shorter one can be guessed.
const MIN_TOKEN_LEN: usize = 16;

/// Why a value cannot be taken. It is made of fixed text and limits, so that no value can stand in
/// it: a password pasted into the wrong variable must not end up in a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mistake {
    /// What it is, or what it has to be.
    Invalid(&'static str),
    /// It is no such number from `least` to `most`.
    OutOfRange {
        what: &'static str,
        least: f64,
        most: f64,
    },
    /// A parameter inside it names a file that does not exist.
    FileMissing(&'static str),
}

impl Mistake {
    /// The mistake in the variable of this name, which is the first thing to look at.
    pub(super) fn fault(self, name: &'static str) -> Fault {
        let (code, detail) = match self {
            Self::Invalid(reason) => (
                Code::ConfigInvalid,
                format!("{name} is not valid: {reason}."),
            ),
            Self::OutOfRange { what, least, most } => (
                Code::ConfigInvalid,
                format!("{name} is not valid: it has to be {what} from {least} to {most}."),
            ),
            Self::FileMissing(parameter) => (
                Code::ConfigFileMissing,
                format!("{name} names a file in its {parameter} that was not found."),
            ),
        };
        Fault::new(code, detail).check_first(name)
    }
}

/// A whole number; `what` is it called, as in `a port`.
pub(super) fn whole<N: TryFrom<u32>>(
    text: &str,
    what: &'static str,
    allowed: RangeInclusive<u32>,
) -> Result<N, Mistake> {
    text.parse()
        .ok()
        .filter(|number| allowed.contains(number))
        .and_then(|number| N::try_from(number).ok())
        .ok_or(Mistake::OutOfRange {
            what,
            least: f64::from(*allowed.start()),
            most: f64::from(*allowed.end()),
        })
}

/// A length of time in seconds, with a fraction if need be.
pub(super) fn seconds(text: &str, allowed: RangeInclusive<f64>) -> Result<Duration, Mistake> {
    text.parse()
        .ok()
        .filter(|number| allowed.contains(number))
        .map(Duration::from_secs_f64)
        .ok_or(Mistake::OutOfRange {
            what: "a number of seconds",
            least: *allowed.start(),
            most: *allowed.end(),
        })
}

/// An address; that of IPv6 may stand in brackets.
pub(super) fn ip_address(text: &str) -> Result<IpAddr, Mistake> {
    text.trim_matches(['[', ']'])
        .parse()
        .map_err(|_| Mistake::Invalid("it has to be an IP address"))
}

/// Networks or single addresses; `none`: none at all.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, Mistake> {
    let network = |part: &str| {
        let part = part.trim();
        let address = || part.parse::<IpAddr>().ok().map(IpNet::from);
        part.parse().ok().or_else(address)
    };
    match text {
        "none" => Some(Vec::new()),
        networks => networks.split(',').map(network).collect(),
    }
    .ok_or(Mistake::Invalid(
        "it has to be `none`, or networks such as 100.64.0.0/10 separated by commas",
    ))
}

/// Who sees the status page.
pub(super) fn page_access(text: &str) -> Result<PageAccess, Mistake> {
    match text {
        "public" => Ok(PageAccess::Public),
        "token" => Ok(PageAccess::Token),
        "off" => Ok(PageAccess::Off),
        _ => Err(Mistake::Invalid("it has to be `public`, `token` or `off`")),
    }
}

/// `None`: any origin. A wildcard among others, or anything but scheme, host and port, is a
/// mistake.
pub(super) fn origins(text: &str) -> Result<Option<Vec<String>>, Mistake> {
    if text == "*" {
        return Ok(None);
    }
    let origins: Option<_> = text
        .split(',')
        .map(|part| {
            let part = part.trim().trim_end_matches('/');
            let origin = Url::parse(part).ok()?.origin().ascii_serialization();
            (origin != "null" && origin.eq_ignore_ascii_case(part)).then_some(origin)
        })
        .collect();
    origins.map(Some).ok_or(Mistake::Invalid(
        "it has to be `*`, or origins such as https://dash.example.com separated by commas",
    ))
}

/// Names of tables and views.
pub(super) fn relations(text: &str) -> Result<Vec<Relation>, Mistake> {
    text.split(',')
        .map(|part| Relation::parse(part.trim()))
        .collect::<Option<_>>()
        .ok_or(Mistake::Invalid(
            "it has to be names of tables and views separated by commas, each with or without a schema",
        ))
}

/// The name of a table in the schema that is exposed by default.
pub(super) fn table(text: &str) -> Result<String, Mistake> {
    is_identifier(text)
        .then(|| text.to_owned())
        .ok_or(Mistake::Invalid("it has to be a plain table name"))
}

/// A token that callers of this service present.
pub(super) fn own_token(text: &str) -> Result<SecretString, Mistake> {
    const REASON: &str = "it has to be 16 or more visible ASCII characters";
    if text.len() < MIN_TOKEN_LEN {
        return Err(Mistake::Invalid(REASON));
    }
    visible(text, REASON)
}

/// A secret in visible ASCII characters, which is fit for a header; else it is not valid because of
/// `reason`.
pub(super) fn visible(text: &str, reason: &'static str) -> Result<SecretString, Mistake> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(SecretString::from(text))
    } else {
        Err(Mistake::Invalid(reason))
    }
}

/// The shape of the log.
pub(super) fn log_format(text: &str) -> Result<LogFormat, Mistake> {
    match text {
        "json" => Ok(LogFormat::Json),
        "pretty" => Ok(LogFormat::Pretty),
        _ => Err(Mistake::Invalid("it has to be json or pretty")),
    }
}

/// What is logged, in the syntax of `RUST_LOG`.
pub(super) fn log_filter(text: &str) -> Result<String, Mistake> {
    text.parse::<EnvFilter>()
        .map(|_| text.to_owned())
        .map_err(|_| Mistake::Invalid("it has to be a filter such as info or dragonfly_ops=debug"))
}

/// What is left of a name once it is fit for a header and for people: letters, digits and
/// `-_.:+`, at most 64; possibly nothing.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.:+".contains(*c))
        .take(64)
        .collect()
}

/// The address of Supabase's API: nothing but scheme, host and path.
pub(super) fn supabase_url(text: &str) -> Result<Url, Mistake> {
    let url = Url::parse(text).map_err(|_| Mistake::Invalid("it is no URL"))?;
    let reason = if !matches!(url.scheme(), "http" | "https") {
        "it has to begin with https://"
    } else if url.scheme() == "http" && !is_private(&url) {
        "the key would travel unencrypted; use https://"
    } else if url.host_str().is_none_or(str::is_empty) {
        "it names no host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it must not hold a user or a password"
    } else if url.query().is_some() || url.fragment().is_some() {
        "it must not hold a query or a fragment"
    } else {
        return Ok(url);
    };
    Err(Mistake::Invalid(reason))
}

/// The key, as it stands in a header.
pub(super) fn supabase_key(text: &str) -> Result<SecretString, Mistake> {
    visible(text, "a key has no spaces, line breaks or accents")
}

/// Whether what is sent there may travel unencrypted.
pub(super) fn is_private(url: &Url) -> bool {
    url.host_str().is_some_and(target::is_private)
}

/// A token, as it stands in a header.
pub(super) fn railway_token(text: &str) -> Result<SecretString, Mistake> {
    visible(text, "a token has no spaces, line breaks or accents")
}

/// A repository at GitHub.
pub(super) fn repository(text: &str) -> Result<Repository, Mistake> {
    let found = text.trim().parse();
    found.map_err(|_| Mistake::Invalid("it has to be owner/name"))
}

/// The address of n8n.
pub(super) fn n8n_url(text: &str) -> Result<Url, Mistake> {
    let url = Url::parse(text).map_err(|_| Mistake::Invalid("it is no URL"))?;
    let reason = match url.scheme() {
        "https" | "http" if url.host_str().is_none_or(str::is_empty) => "it names no host",
        "http" if !is_private(&url) => {
            "it has to begin with https://, or to lead to a host that is private"
        }
        "https" | "http" if !url.username().is_empty() || url.password().is_some() => {
            "it must not hold a user or a password"
        }
        "https" | "http" if url.query().is_some() || url.fragment().is_some() => {
            "it must not hold a query or a fragment"
        }
        "https" | "http" => return Ok(url),
        _ => "it has to begin with https://",
    };
    Err(Mistake::Invalid(reason))
}

/// Where vendors document that programs read their status.
const KNOWN_PAGES: &[(&str, &str)] = &[
    (
        "supabase",
        "https://status.supabase.com/api/v2/summary.json",
    ),
    ("railway", "https://api.railwaystatus.com/status"),
];

/// Status pages, as `name=url`, separated by commas.
pub(super) fn status_pages(text: &str) -> Result<Vec<(String, Url)>, Mistake> {
    if text.trim() == "off" {
        return Ok(Vec::new());
    }
    let page = |part: &str| {
        let known = KNOWN_PAGES.iter().find(|(name, _)| *name == part.trim());
        let (name, url) = part
            .split_once('=')
            .or(known.copied())
            .ok_or(Mistake::Invalid(
                "each part has to be supabase, railway or name=url",
            ))?;
        let name = name.trim();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 40 || !name.chars().all(is_plain) {
            return Err(Mistake::Invalid(
                "a name has to be of letters, digits, - and _, 40 at most",
            ));
        }
        let url = Url::parse(url.trim()).map_err(|_| Mistake::Invalid("a part holds no URL"))?;
        match url.scheme() {
            _ if !url.username().is_empty() || url.password().is_some() => {
                Err(Mistake::Invalid("a URL must not hold a user or a password"))
            }
            "https" => Ok((name.to_owned(), url)),
            "http" if is_private(&url) => Ok((name.to_owned(), url)),
            _ => Err(Mistake::Invalid("a URL has to begin with https://")),
        }
    };
    text.split(',').map(page).collect()
}

/// The address of Railway's API.
pub(super) fn railway_url(text: &str) -> Result<Url, Mistake> {
    let url = Url::parse(text).map_err(|_| Mistake::Invalid("it is no URL"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_private(&url) => Ok(url),
        _ => Err(Mistake::Invalid(
            "the token would travel unencrypted; use https://",
        )),
    }
}
