//! The code of a record: what triage says of it.
//!
//! # Design notes
//!
//! Triage takes longer for one record than a line may take, and a log repeats itself. So what it
//! said is kept by a fingerprint: the text of the record without what differs each time and means
//! nothing. Statuses, SQLSTATEs, ports and whatever is quoted stay, since they decide.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use foldhash::HashMap;
use foldhash::quality::FixedState;

use crate::domain::taxonomy::Code;
use crate::reading::logs::groups::{ID_DIGITS, ID_LENGTH};
use crate::reading::logs::words::with_digits;
use crate::reading::records::Record;
use crate::reading::triage::{Sqlstate, judge};

/// How many different records are looked at, at most.
const MAX_JUDGED: usize = 2_000;
/// How many of them may be lines without a level, of which most are of no interest.
const MAX_WITHOUT_LEVEL: usize = 500;

/// Asks triage, and remembers.
#[derive(Debug)]
pub(super) struct Codes {
    sqlstate: Sqlstate,
    known: HashMap<u64, Option<Judged>>,
    without_level: usize,
}

/// What triage says first of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) code: Code,
    /// How strong its sign is.
    pub(super) weight: u8,
}

/// What triage said of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// What is likely, if anything is.
    Asked(Option<Judged>),
    /// It could not be asked any more.
    NoRoom,
}

impl Judgement {
    /// What is likely, as far as is known.
    pub(super) fn known(self) -> Option<Judged> {
        match self {
            Self::Asked(judged) => judged,
            Self::NoRoom => None,
        }
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self::new(|_, _| None)
    }
}

impl Codes {
    pub(super) fn new(sqlstate: Sqlstate) -> Self {
        Self {
            sqlstate,
            known: HashMap::default(),
            without_level: 0,
        }
    }

    /// What a record is likely to mean.
    pub(super) fn judge(&mut self, fingerprint: u64, record: &Record) -> Judgement {
        if let Some(known) = self.known.get(&fingerprint) {
            return Judgement::Asked(*known);
        }
        let has_level = record.level.is_some();
        if self.known.len() >= MAX_JUDGED || !has_level && self.without_level >= MAX_WITHOUT_LEVEL {
            return Judgement::NoRoom;
        }
        self.without_level += usize::from(!has_level);
        let judged = judge(record, self.sqlstate).map(|(code, weight)| Judged { code, weight });
        self.known.insert(fingerprint, judged);
        Judgement::Asked(judged)
    }
}

/// What a record has in common with those that mean the same. The room is for what is put together on the
/// way, again for each record.
pub(super) fn fingerprint(record: &Record, room: &mut Vec<u8>) -> u64 {
    room.clear();
    record.pieces(|piece| {
        mask_all(piece.as_bytes(), room);
        room.push(b'\n');
    });
    let mut hasher = FixedState::default().build_hasher();
    record.level.hash(&mut hasher);
    record.code.hash(&mut hasher);
    hasher.write(room);
    hasher.finish()
}

/// Adds a text without what differs each time. It is copied in long pieces and hashed as a whole, which
/// takes less than by the word.
fn mask_all(bytes: &[u8], plain: &mut Vec<u8>) {
    let mut copied = 0;
    for (word, digits) in with_digits(bytes, |byte| byte.is_ascii_alphanumeric()) {
        let before = &bytes[..word.start];
        if !tells(&bytes[word.clone()], digits, before) {
            plain.extend_from_slice(&bytes[copied..word.start]);
            copied = word.end;
            mask(&bytes[word], digits, plain);
        }
    }
    plain.extend_from_slice(&bytes[copied..]);
}

/// Puts what a word has in common with others in its place.
fn mask(word: &[u8], digits: usize, plain: &mut Vec<u8>) {
    if word.len() >= ID_LENGTH && digits >= ID_DIGITS {
        plain.push(b'#');
        return;
    }
    for byte in word {
        if !byte.is_ascii_digit() {
            plain.push(*byte);
        } else if plain.last() != Some(&b'#') {
            plain.push(b'#');
        }
    }
}

/// Whether a word with digits can be what decides: a status, a SQLSTATE, a code, a port.
fn tells(word: &[u8], digits: usize, before: &[u8]) -> bool {
    let is_named = || {
        let last = before.iter().rposition(u8::is_ascii_alphanumeric);
        let before = &before[..last.map_or(0, |last| last + 1)];
        ["sqlstate", "code", "error", "fatal", "status"]
            .iter()
            .any(|name| {
                let start = before.len().checked_sub(name.len());
                start.is_some_and(|start| before[start..].eq_ignore_ascii_case(name.as_bytes()))
            })
    };
    match word.len() {
        3 => digits == 3,
        4 => matches!(word, b"5432" | b"6543"),
        5 => is_named(),
        _ => word.starts_with(b"PGRST"),
    }
}
