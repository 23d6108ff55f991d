//! Answers that many callers share: rendered once, and for each of them no more than what changes.
//!
//! # Design notes
//!
//! A document is rendered with samples in the places of what changes, and cut where they stand: what it is made of stays
//! said in one place, its type. Where a sample is not found, or found twice, nothing is prepared, and the document is
//! rendered as a whole each time.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use memchr::memmem;
use serde::Serialize;

use crate::domain::observation::Source;
use crate::http::time::Time;

/// When a sample is answered: a time that nobody will see.
pub(super) const SAMPLE_NOW: Timestamp = Timestamp::MAX;
/// How long samples take and how old they are, each once in a document, in milliseconds.
pub(super) const SAMPLES: [f64; 3] = [1e300, 2e300, 3e300];

/// What differs from one caller to the next, as far as it is prepared for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Changing {
    /// When the caller is answered.
    Now(Time),
    /// How long that took, in milliseconds.
    Took(f64),
    /// Where the outcome comes from and how old it is, in milliseconds: both stand side by side.
    Run(Source, f64),
}

impl Changing {
    /// Adds it as the document has it, with the names of its members: in a value quotes are written otherwise.
    fn write(self, out: &mut Vec<u8>) {
        let millis = match self {
            Self::Now(at) => {
                out.extend_from_slice(b"\"timestamp\":");
                return at.write(out);
            }
            Self::Took(millis) => {
                out.extend_from_slice(b"\"latency_ms\":");
                millis
            }
            Self::Run(source, millis) => {
                for part in ["\"source\":\"", source.as_str(), "\",\"age_ms\":"] {
                    out.extend_from_slice(part.as_bytes());
                }
                millis
            }
        };
        // Into a vector it cannot fail.
        let _ = serde_json::to_writer(out, &millis);
    }
}

/// A document, but for what changes. By default nothing is prepared.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// What stands before, between and behind; nothing where it cannot be told where that is.
    pieces: Option<Vec<Box<[u8]>>>,
}

impl Prepared {
    /// Cuts a document where the samples stand, in their order.
    pub(super) fn new(document: &impl Serialize, samples: &[Changing]) -> Self {
        let text = serde_json::to_vec(document).unwrap_or_default();
        Self {
            pieces: pieces(&text, samples),
        }
    }

    /// The document with what changes in its places, as a line; nothing where it is not prepared.
    pub(super) fn filled(&self, changing: &[Changing]) -> Option<Vec<u8>> {
        let (first, rest) = self.pieces.as_ref()?.split_first()?;
        let mut line = Vec::with_capacity(1024);
        line.extend_from_slice(first);
        for (changing, piece) in changing.iter().zip(rest) {
            changing.write(&mut line);
            line.extend_from_slice(piece);
        }
        line.push(b'\n');
        Some(line)
    }
}

fn pieces(text: &[u8], samples: &[Changing]) -> Option<Vec<Box<[u8]>>> {
    let mut pieces = Vec::with_capacity(samples.len() + 1);
    let mut rest = text;
    for sample in samples {
        let mut shown = Vec::new();
        sample.write(&mut shown);
        let mut places = memmem::find_iter(text, &shown);
        if (places.next().is_some(), places.next()) != (true, None) {
            return None;
        }
        let at = memmem::find(rest, &shown)?;
        pieces.push(rest[..at].into());
        rest = &rest[at + shown.len()..];
    }
    pieces.push(rest.into());
    Some(pieces)
}

/// What was last prepared, and of what.
#[derive(Debug)]
pub(super) struct Last<K, V>(Mutex<Option<(K, Arc<V>)>>);

impl<K, V> Last<K, V> {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What is kept where it is of the same, else what is made now.
    pub(super) fn of(
        &self,
        is_same: impl FnOnce(&K) -> bool,
        make: impl FnOnce() -> (K, V),
    ) -> Arc<V> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, value)) = &*last
            && is_same(key)
        {
            return Arc::clone(value);
        }
        let (key, value) = make();
        let value = Arc::new(value);
        *last = Some((key, Arc::clone(&value)));
        value
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::json::line;

    #[derive(Serialize)]
    struct Document {
        timestamp: Time,
        source: Source,
        age_ms: f64,
        latency_ms: f64,
    }

    fn at(text: &str) -> Time {
        text.parse::<jiff::Timestamp>().expect("a time").into()
    }

    #[test]
    fn what_changes_is_put_where_the_sample_stood() {
        let then = SAMPLE_NOW.into();
        let samples = [
            Changing::Now(then),
            Changing::Run(Source::Live, SAMPLES[0]),
            Changing::Took(SAMPLES[1]),
        ];
        let document = Document {
            timestamp: then,
            source: Source::Live,
            age_ms: SAMPLES[0],
            latency_ms: SAMPLES[1],
        };
        let filled = Prepared::new(&document, &samples).filled(&[
            Changing::Now(at("2026-11-24T02:24:39.5Z")),
            Changing::Run(Source::Shared, 0.5),
            Changing::Took(12.0),
        ]);
        let document = Document {
            timestamp: at("2026-11-24T02:24:39.5Z"),
            source: Source::Shared,
            age_ms: 0.5,
            latency_ms: 12.0,
        };
        assert_eq!(filled, Some(line(&document)));
    }

    #[test]
    fn a_sample_that_is_not_there_once_prepares_nothing() {
        let samples = [Changing::Took(2e300)];
        let two = json!([{ "latency_ms": 2e300 }, { "latency_ms": 2e300 }]);
        for document in [
            json!([]),
            two,
            json!({ "latency_ms": 1e300 }),
            json!([2e300]),
        ] {
            assert_eq!(Prepared::new(&document, &samples).filled(&samples), None);
        }
    }

    #[test]
    fn what_is_kept_is_made_once_for_the_same() {
        let last = Last::new();
        let of =
            |wanted: u8, value: &'static str| *last.of(|key| *key == wanted, || (wanted, value));
        assert_eq!((of(1, "a"), of(1, "b"), of(2, "c")), ("a", "a", "c"));
    }
}
