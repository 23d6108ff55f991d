//! From a log line or a symptom to the codes that it may mean.
//!
//! # Design notes
//!
//! People paste whatever they have: a line of psql, a Python traceback, a JSON body, half a log, three
//! words of their own. So a text is cut into events, as any log is, and each is judged alone: a code of ours
//! that stands in it decides; then the codes of others, where they are named as such (SQLSTATE,
//! PGRST, errno, exit codes); then what programs say, family by family; then what people say. In an
//! event what names its cause goes before what only says that something broke. Over all events the
//! answer is ranked by what happened, how often, and when first.
//!
//! What its writer calls `INFO` or `DEBUG` is no evidence. That several codes are possible is an
//! answer, and so is that none is.
//!
//! What a SQLSTATE means is handed in: the adapter of Postgres knows, and it is written once.

mod calm;
mod candidate;
mod doubts;
mod effect;
mod event;
mod mention;
mod named;
mod needles;
mod peer;
mod probes;
mod product;
mod ranking;
mod sign;
mod signatures;
mod similarity;
mod words;

pub(crate) use self::candidate::{Candidate, Certainty};
pub(crate) use self::named::Sqlstate;
pub(crate) use self::probes::{Assessment, CauseStatus, Found, ProbeResult, weigh};
use crate::domain::taxonomy::Code;
use crate::reading::records::Record;
use crate::reading::redact::Redactor;
use crate::reading::triage::event::Event;
use crate::reading::triage::ranking::{Ranking, strongest_first};
use crate::reading::triage::sign::{BROKE, CAUSE, LIKELY, NAMED, Sign};

/// How much of a text is looked at, in bytes.
pub(crate) const MAX_TEXT: usize = 1024 * 1024;

/// How many lines of a text may be what a person has written: to look for what is misspelt takes long.
const MAX_PROSE: usize = 2_000;

/// The codes that a text may mean, the likeliest first; none where it says nothing.
#[must_use]
pub(crate) fn triage(text: &str, sqlstate: Sqlstate, redactor: &Redactor) -> Vec<Candidate> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let mut ranking = Ranking::default();
    let mut prose = 0;
    event::each(text, |mut event| {
        prose += usize::from(event.is_plain);
        event.is_plain &= prose <= MAX_PROSE;
        let signs = signs(&event, sqlstate);
        ranking.add(&event, signs);
    });
    ranking.candidates(redactor)
}

/// The code that one record of a log means most likely, and how strong its sign is.
#[must_use]
pub(crate) fn judge(record: &Record, sqlstate: Sqlstate) -> Option<(Code, u8)> {
    let event = Event::of(record)?;
    let mut signs = signs(&event, sqlstate);
    strongest_first(&mut signs);
    signs.first().map(|sign| (sign.code, sign.weight))
}

/// Everything in an event that is a sign of a cause.
fn signs(event: &Event, sqlstate: Sqlstate) -> Vec<Sign> {
    let peer = peer::of(&event.context);
    let mut signs = signatures::signs(event, peer);
    signs.retain(|sign| !doubts::is_in_doubt(&event.said, sign));
    for sign in &mut signs {
        doubts::soften(event, sign);
    }
    product::attribute(&event.context, &mut signs);
    signs.extend(named::signs(event, peer, sqlstate));
    if signs.iter().all(|sign| sign.weight <= BROKE) {
        signs.extend(named::exceptions(event, peer));
    }
    effect::yield_to_causes(&event.said, &mut signs);
    if event.is_routine {
        signs.retain(|sign| sign.weight >= CAUSE);
    }
    let is_well = event.is_plain
        && words::is_prose(&event.shown)
        && calm::is_well(&event.context, similarity::is_trouble);
    if is_well || words::is_private(event) || mention::is_mere(event) {
        signs.retain(|sign| sign.weight >= NAMED);
        return signs;
    }
    if signs.iter().all(|sign| sign.weight <= LIKELY) && !doubts::is_setting(&event.said) {
        signs.extend(words::signs(event));
    }
    // What somebody has pasted below what a person says.
    if signs.is_empty()
        && let Some(first) = event.first_line()
    {
        signs.extend(words::signs(&first));
    }
    if signs.is_empty() {
        signs.extend(similarity::sign(event));
    }
    signs
}

#[cfg(test)]
mod tests;
