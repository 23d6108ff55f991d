//! Points in time as they stand in answers: RFC 3339 in UTC with exactly three digits of a second, of
//! one length and comparable as text.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serializer;
use serde::ser::Error as _;

/// Without the machinery of formats, through which each answer would go twice.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Writes a point in time.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(32);
    match PRINTER.print_timestamp(at, &mut text) {
        Ok(()) => serializer.serialize_str(&text),
        Err(error) => Err(S::Error::custom(error)),
    }
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
