//! What an incident is called.
//!
//! # Design notes
//!
//! A name is spoken, so it is short: the word of the check, the term of the lease, and an ordinal from the
//! second one of a check in a term on: `DB-17`, `DB-17-2`. All replicas have seen the same term, and see
//! the same checks fail, so they give the same name without talking to each other.
//!
//! Why it is unique: an outage of the database that outlasts the lease (45 s) ends the term, so the next
//! one has another. Within a term the database can be asked which names are taken, and those that this
//! process gave are in its journal.
//!
//! Two cases know no term or no count that they share, and say so in their names:
//! - a process that has not seen any term (it began while the database was dead) names by the minute:
//!   `DB-0-2611291017`, in UTC. A later one cannot give that name again, whatever it has forgotten.
//! - what only one replica hears of, an alert or a person, has a tag of what it was told: `VND-17-K3F`.
//!   Two replicas that hear different things at once must not give one name to both; a sender that
//!   tries again at another replica must get the same one.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::history::Series;

/// The longest that a name may be, in characters.
const LONGEST: usize = 40;
/// What tags are made of: no letter that is mistaken for a digit when it is spoken or read. The first
/// twenty-two of them are letters, and a tag begins with one, so that it is no ordinal.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789";

/// The name of an incident, such as `DB-17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// It is no name of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no name of an incident")]
pub struct NoName;

/// When and in which term a name is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) term: Option<i64>,
    pub(super) at: Timestamp,
}

impl Name {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of what all replicas see: the first of its check and term that is not taken.
    pub(super) fn of_series(
        series: Series,
        given: Given,
        is_taken: impl Fn(&Self) -> bool,
    ) -> Self {
        let word = word(series);
        let first = match given.term {
            Some(_) => 1,
            None => minute(given.at),
        };
        let names = (first..).map(|ordinal| match (given.term, ordinal) {
            (Some(term), 1) => Self(format!("{word}-{term}")),
            (term, ordinal) => Self(format!("{word}-{}-{ordinal}", term.unwrap_or(0))),
        });
        free(names, is_taken)
    }

    /// The name of what one replica was told: `seed` is the same wherever the same thing is told.
    pub(super) fn of_told(
        word: &str,
        seed: &str,
        given: Given,
        is_taken: impl Fn(&Self) -> bool,
    ) -> Self {
        let digest = Sha256::digest(seed.as_bytes());
        let letter = |(at, byte): (usize, &u8)| {
            let most = if at == 0 { 22 } else { LETTERS.len() };
            char::from(LETTERS[usize::from(*byte) % most])
        };
        let tag: String = digest.iter().enumerate().map(letter).collect();
        let term = given.term.unwrap_or(0);
        // Nearly always three letters will do.
        let names = (3..=16).map(|long| Self(format!("{word}-{term}-{}", &tag[..long])));
        let again = (2..).map(|nth: u64| Self(format!("{word}-{term}-{}-{nth}", &tag[..3])));
        free(names.chain(again), is_taken)
    }
}

/// The first that is free. There is always one: the names do not end.
fn free(names: impl Iterator<Item = Name>, is_taken: impl Fn(&Name) -> bool) -> Name {
    let mut last = None;
    for name in names {
        if !is_taken(&name) {
            return name;
        }
        last = Some(name);
    }
    last.unwrap_or_else(|| Name("INCIDENT-0".to_owned()))
}

/// The word of a series in a name.
fn word(series: Series) -> &'static str {
    match series {
        Series::Db => "DB",
        Series::Supabase => "SUPABASE",
        Series::Workers => "WORKERS",
        Series::Queue => "QUEUE",
        Series::Connections => "CONNECTIONS",
        Series::LongRunning => "LONG",
        Series::Locks => "LOCKS",
    }
}

/// A minute of UTC as a number that can be read: year, month, day, hour, minute, two digits each.
fn minute(at: Timestamp) -> u64 {
    let at = TimeZone::UTC.to_datetime(at);
    let parts = [
        at.year().rem_euclid(100),
        at.month().into(),
        at.day().into(),
        at.hour().into(),
        at.minute().into(),
    ];
    parts.into_iter().fold(0, |number, part| {
        number * 100 + u64::from(part.unsigned_abs())
    })
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NoName;

    /// Reads a name without regard to case: people type them by hand.
    fn from_str(text: &str) -> Result<Self, NoName> {
        let text = text.to_ascii_uppercase();
        let parts: Vec<_> = text.split('-').collect();
        let is_made_of = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        let [word, term, rest @ ..] = parts.as_slice() else {
            return Err(NoName);
        };
        let is_name = word.bytes().all(|b| b.is_ascii_uppercase())
            && term.bytes().all(|b| b.is_ascii_digit())
            && parts.iter().all(is_made_of)
            && rest.len() <= 2
            && text.len() <= LONGEST;
        is_name.then_some(Self(text)).ok_or(NoName)
    }
}

impl TryFrom<String> for Name {
    type Error = NoName;

    fn try_from(text: String) -> Result<Self, NoName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn given(term: Option<i64>) -> Given {
        let at = "2026-11-29T10:17:30Z".parse().expect("a time");
        Given { term, at }
    }

    #[test]
    fn a_name_is_the_check_the_term_and_an_ordinal_from_the_second_on() {
        let mut taken = BTreeSet::new();
        for expected in ["DB-17", "DB-17-2", "DB-17-3"] {
            let name = Name::of_series(Series::Db, given(Some(17)), |name| taken.contains(name));
            assert_eq!(name.as_str(), expected);
            assert_eq!(expected.to_lowercase().parse(), Ok(name.clone()));
            taken.insert(name);
        }
        let other = Name::of_series(Series::LongRunning, given(Some(18)), |_| false);
        assert_eq!(other.as_str(), "LONG-18");
    }

    #[test]
    fn without_a_term_a_name_is_that_of_its_minute() {
        let first = Name::of_series(Series::Db, given(None), |_| false);
        assert_eq!(first.as_str(), "DB-0-2611291017");
        let next = Name::of_series(Series::Db, given(None), |name| *name == first);
        assert_eq!(next.as_str(), "DB-0-2611291018");
    }

    #[test]
    fn what_one_replica_is_told_has_a_tag_of_what_it_was() {
        let name = |seed: &str, taken: &[Name]| {
            Name::of_told("VND", seed, given(Some(17)), |name| taken.contains(name))
        };
        let one = name("key a", &[]);
        assert_eq!(one, name("key a", &[]), "the same is told elsewhere");
        assert_ne!(one, name("key b", &[]));
        let longer = name("key a", std::slice::from_ref(&one));
        assert!(longer.as_str().starts_with(one.as_str()) && longer != one);
        for name in [&one, &longer] {
            assert_eq!(name.as_str().parse(), Ok(name.clone()));
            let tag = name.as_str().rsplit('-').next().unwrap_or_default();
            assert!(tag.starts_with(|c: char| c.is_ascii_uppercase()), "{tag}");
        }
    }

    #[test]
    fn what_is_no_name_is_not_read_as_one() {
        for text in [
            "",
            "DB",
            "17",
            "DB-",
            "-17",
            "DB-x y",
            "DB-17-2-3-4",
            "D\u{df}-17",
            "DB-17/..",
        ] {
            assert_eq!(text.parse::<Name>(), Err(NoName), "{text}");
        }
        assert!(serde_json::from_str::<Name>("\"<b>\"").is_err());
    }
}
