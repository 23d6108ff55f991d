//! From what a sender says to an alert: what all senders have in common.
//!
//! # Design notes
//!
//! The key is the source, a colon and the sender's own id. Where it has none, it is the service and the
//! name of the alert, without the words that say how it stands. An id that is long, or not fit to be
//! shown, stands as a hash of it: cut or masked, two would become one.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::history::Series;
use crate::domain::incident::Severity;
use crate::domain::taxonomy::Code;
use crate::reading::alerts::alert::{AlertContext, ReadAlert};
use crate::reading::alerts::text::{address, clean};
use crate::reading::alerts::words;
use crate::reading::records::code_in;

/// How long the texts may be, in characters.
const MAX_TITLE: usize = 200;
const MAX_MESSAGE: usize = 4_000;
const MAX_SOURCE: usize = 60;
/// How long an id may be in a key, in characters; a longer one is hashed.
const MAX_ID: usize = 120;
/// How far a sender's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);
/// 2000-01-01: what is older is a value that was not set.
const EARLIEST: i64 = 946_684_800;

/// What a sender says, in its own words.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// Who sent it.
    pub(super) source: String,
    /// The sender's id of it, if it has one.
    pub(super) id: Option<String>,
    /// Its name for the key, where that is not its title.
    pub(super) name: Option<String>,
    /// What it is about.
    pub(super) service: Option<String>,
    pub(super) is_firing: bool,
    pub(super) title: String,
    pub(super) message: String,
    /// Its word for how bad it is.
    pub(super) severity: Option<String>,
    /// What may be a code.
    pub(super) code: Option<String>,
    pub(super) url: Option<String>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) ends_by_itself: bool,
    pub(super) over: BTreeSet<Series>,
}

impl Draft {
    /// The alert.
    pub(super) fn finish(self, context: &AlertContext<'_>) -> ReadAlert {
        let redactor = context.redactor;
        let text = |text: &str, max| clean(text, max, redactor);
        let source = text(&self.source, MAX_SOURCE);
        let code = self.code(context);
        let severity: Option<Severity> = self.severity.as_deref().and_then(words::severity);
        let id = self.id.clone().unwrap_or_else(|| {
            let name = words::subject(self.name.as_deref().unwrap_or(&self.title));
            match &self.service {
                Some(service) => format!("{}/{name}", service.to_lowercase()),
                None => name,
            }
        });
        let is_fit = !id.is_empty() && text(&id, MAX_ID) == id;
        let id = if is_fit { id } else { hash(&id) };
        let title = match &self.service {
            Some(service) if !self.title.to_lowercase().contains(&service.to_lowercase()) => {
                text(&format!("{service}: {}", self.title), MAX_TITLE)
            }
            _ => text(&self.title, MAX_TITLE),
        };
        ReadAlert {
            key: format!("{source}:{id}"),
            is_firing: self.is_firing,
            title: if title.is_empty() {
                format!("An alert of {source}")
            } else {
                title
            },
            message: text(&self.message, MAX_MESSAGE),
            severity,
            code,
            url: self.url.as_deref().and_then(|url| address(url, redactor)),
            started_at: self.started_at.and_then(|at| possible(at, context.now)),
            ends_by_itself: self.ends_by_itself,
            over: self.over,
            source,
        }
    }

    fn code(&self, context: &AlertContext<'_>) -> Option<Code> {
        let said = self.code.as_deref();
        let said = said.and_then(|code| code.parse().ok().or_else(|| code_in(code)));
        let text = format!("{}\n{}", self.title, self.message);
        said.or_else(|| code_in(&text)).or_else(|| {
            self.is_firing
                .then(|| (context.triage)(text.trim()))
                .flatten()
        })
    }
}

/// A time that can be: not before 2000, and not in the future. A clock that is a little ahead of ours
/// means now.
fn possible(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let is_late = at > now.saturating_add(AHEAD).unwrap_or(now);
    (at.as_second() >= EARLIEST && !is_late).then(|| at.min(now))
}

/// Sixteen hexadecimal digits that stand for a text.
pub(super) fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    digits.collect()
}
