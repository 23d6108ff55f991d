//! How bad a line is, in any of the usual vocabularies.

use serde::Serialize;

/// The longest word for a level.
const LONGEST: usize = 13;

/// How bad a line is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It does not say.
    Unknown,
    /// For the one who writes the program.
    Debug,
    /// As it should be.
    Info,
    /// Look at it soon.
    Warning,
    /// Something failed.
    Error,
    /// All of it failed.
    Critical,
}

impl Level {
    /// The level that a word names.
    #[must_use]
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let mut upper = [0; LONGEST];
        let upper = upper.get_mut(..word.len())?;
        upper.copy_from_slice(word.as_bytes());
        upper.make_ascii_uppercase();
        Some(match &*upper {
            b"TRACE" | b"TRCE" | b"TRC" | b"DEBUG" | b"DEBU" | b"DBUG" | b"DBG" | b"DEBUG1"
            | b"DEBUG2" | b"DEBUG3" | b"DEBUG4" | b"DEBUG5" | b"VERBOSE" | b"SILLY" | b"FINE"
            | b"FINER" | b"FINEST" => Self::Debug,
            b"INFO" | b"INF" | b"INFORMATION" | b"INFORMATIONAL" | b"NOTICE" | b"LOG"
            | b"STATEMENT" | b"DETAIL" | b"HINT" | b"SUCCESS" => Self::Info,
            b"WARN" | b"WARNING" | b"WRN" => Self::Warning,
            b"ERROR" | b"ERR" | b"ERRO" | b"EROR" | b"SEVERE" | b"FAIL" => Self::Error,
            b"CRITICAL" | b"CRIT" | b"FATAL" | b"FATA" | b"FTL" | b"PANIC" | b"PANI" | b"PNC"
            | b"DPANIC" | b"EMERG" | b"EMERGENCY" | b"ALERT" => Self::Critical,
            _ => return None,
        })
    }

    /// Whether the word is a level only at the very beginning or before a colon: it is a word of
    /// every day, or names what other programs call otherwise.
    pub(super) fn is_doubtful(word: &str) -> bool {
        matches!(
            word,
            "LOG" | "STATEMENT" | "DETAIL" | "HINT" | "FINE" | "SUCCESS" | "FAIL" | "ALERT"
        )
    }

    /// The level of a letter, as klog, glog and Ruby's logger write it.
    pub(super) fn of_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'D' => Self::Debug,
            b'I' => Self::Info,
            b'W' => Self::Warning,
            b'E' => Self::Error,
            b'F' => Self::Critical,
            _ => return None,
        })
    }

    /// Levels as numbers: those of syslog up to 7, and those that pino and bunyan write.
    pub(super) fn of_number(number: i64) -> Option<Self> {
        Some(match number {
            0..=7 => return Self::of_syslog(number),
            10..=29 => Self::Debug,
            30..=39 => Self::Info,
            40..=49 => Self::Warning,
            50..=59 => Self::Error,
            60.. => Self::Critical,
            _ => return None,
        })
    }

    /// Levels as syslog counts them: the lowest is the worst.
    pub(super) fn of_syslog(number: i64) -> Option<Self> {
        Some(match number {
            0..=2 => Self::Critical,
            3 => Self::Error,
            4 => Self::Warning,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            _ => return None,
        })
    }

    /// Levels as Python's `logging` counts them.
    pub(super) fn of_python(number: i64) -> Option<Self> {
        Some(match number {
            1..=19 => Self::Debug,
            20..=29 => Self::Info,
            30..=39 => Self::Warning,
            40..=49 => Self::Error,
            50.. => Self::Critical,
            _ => return None,
        })
    }

    /// What the status of an answer says of the request.
    pub(super) fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            500..=599 => Self::Error,
            100..=499 => Self::Info,
            _ => return None,
        })
    }
}
