//! Points in time as they stand in answers: RFC 3339 in UTC with exactly three digits of a second, of
//! one length and comparable as text.

use jiff::Timestamp;
use serde::Serializer;

/// Writes a point in time.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// The same of one that may be missing.
pub mod option {
    use jiff::Timestamp;
    use serde::Serializer;

    /// Writes a point in time, or null.
    pub fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }
}
