//! A sign of a cause, and how much it says.

use crate::domain::taxonomy::Code;

/// A code of ours, in so many letters.
pub(super) const LITERAL: u8 = 100;
/// The code of somebody else, named as such.
pub(super) const NAMED: u8 = 90;
/// The innermost cause: it counts more than what wraps it.
pub(super) const INNER: u8 = 88;
/// The program's own words for exactly this cause.
pub(super) const CAUSE: u8 = 80;
/// Words that nearly always mean this cause.
pub(super) const CLEAR: u8 = 70;
/// What failed, in a program's own words, and mostly because of something else that is said, too.
pub(super) const OUTER: u8 = 60;
/// Words that often mean it.
pub(super) const LIKELY: u8 = 50;
/// That something broke, and no more.
pub(super) const BROKE: u8 = 40;

/// A sign that was found, and where in its event.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    pub(super) code: Code,
    pub(super) weight: u8,
    pub(super) because: String,
    pub(super) at: usize,
}

impl Sign {
    pub(super) fn new(code: Code, weight: u8, because: impl Into<String>, at: usize) -> Self {
        Self {
            code,
            weight,
            because: because.into(),
            at,
        }
    }
}

/// Whose peer a sign speaks of: "Connection refused" alone does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// It does not matter.
    Any,
    /// Only where the event speaks of a database.
    Database,
    /// Only where it does not speak of a database.
    Other,
    /// Only where it speaks of a peer that is no database.
    Peer,
    /// Only where it names no peer at all.
    Nobody,
}

impl About {
    /// Whether a sign of this kind counts in an event about `peer`, which is never `Any` or `Other`.
    pub(super) fn includes(self, peer: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Other => peer != Self::Database,
            _ => self == peer,
        }
    }
}

/// Signs of one cause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The cause.
    pub(super) code: Code,
    /// Whose peer they speak of.
    pub(super) about: About,
    /// How much they weigh.
    pub(super) weight: u8,
    /// Why they are signs.
    pub(super) because: &'static str,
    /// Its patterns, one in a line: ten thousand texts of their own would be as many addresses, which the loader writes
    /// at each start.
    pub(super) lines: &'static str,
}

impl Row {
    /// What is said; see [`needles`](super::needles).
    pub(super) fn patterns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.lines.lines()
    }
}

/// Writes a table of signs: code, peer, weight, why, what is said.
macro_rules! signs {
    ($($code:ident $about:ident $weight:ident $because:literal [$($pattern:literal),+ $(,)?])+) => {
        use crate::domain::taxonomy::Code;
        use crate::reading::triage::sign::{self, About, Row};

        /// The signs of this family.
        pub(super) const ROWS: &[Row] = &[$(Row {
            code: Code::$code,
            about: About::$about,
            weight: sign::$weight,
            because: $because,
            lines: concat!($($pattern, "\n"),+),
        }),+];
    };
}
pub(super) use signs;
