//! Whether what is seen is kept for later.

use jiff::Timestamp;

use crate::domain::fault::Fault;

/// How it stands with what is kept.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// Why nothing is written down on disk, where that is so.
    pub disk: Option<Fault>,
    /// How many samples wait to be shipped.
    pub pending: usize,
    /// Of when the oldest of these is.
    pub oldest_pending: Option<Timestamp>,
    /// When the database was last found to keep what there is, whoever brings it there.
    pub kept_at: Option<Timestamp>,
    /// When this process last brought it there itself.
    pub shipped_at: Option<Timestamp>,
    /// Why it could not be shipped, where that is so.
    pub fault: Option<Fault>,
    /// Whether it is this process that writes the history, where there are several.
    pub is_writer: bool,
    /// The term of the lease that was last seen, whoever holds it.
    pub term: Option<i64>,
}

impl Keeping {
    /// The database has answered: this process writes, or somebody else does.
    pub fn took_part(&mut self, is_writer: bool, term: Option<i64>, now: Timestamp) {
        self.is_writer = is_writer;
        self.term = term.or(self.term);
        self.fault = None;
        self.kept_at = Some(now);
        if is_writer {
            self.shipped_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_somebody_else_writing_has_shipped_nothing() {
        let at = |second| Timestamp::from_second(second).ok();
        let mut keeping = Keeping::default();
        for (second, is_writer, shipped_at, term) in [
            (1, false, None, None),
            (2, true, at(2), Some(7)),
            (3, false, at(2), None),
        ] {
            keeping.took_part(is_writer, term, at(second).expect("a time"));
            assert_eq!(keeping.is_writer, is_writer);
            assert_eq!(
                (keeping.kept_at, keeping.shipped_at),
                (at(second), shipped_at)
            );
        }
        assert_eq!(keeping.term, Some(7));
    }
}
