//! Points in time, as they stand in answers.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::domain::rfc3339;

/// RFC 3339 in UTC with exactly three digits of a second: of one length, and comparable as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(Timestamp);

impl Time {
    /// Now.
    pub(super) fn now() -> Self {
        Self(Timestamp::now())
    }

    /// Adds it as JSON has it.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match rfc3339::text(self.0) {
            Some(text) => {
                out.push(b'"');
                out.extend_from_slice(&text);
                out.push(b'"');
            }
            None => {
                // Into a vector it cannot fail.
                let _ = serde_json::to_writer(out, &self);
            }
        }
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        rfc3339::serialize(&self.0, serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_of_a_second_whatever_it_is() {
        for (at, expected) in [
            ("2026-11-24T02:24:39Z", "\"2026-11-24T02:24:39.000Z\""),
            ("2026-11-24T02:24:39.5Z", "\"2026-11-24T02:24:39.500Z\""),
            (
                "2026-11-24T02:24:39.123999999Z",
                "\"2026-11-24T02:24:39.123Z\"",
            ),
        ] {
            let time = Time(at.parse().expect("a time"));
            assert_eq!(serde_json::to_string(&time).expect("JSON"), expected);
        }
    }
}
