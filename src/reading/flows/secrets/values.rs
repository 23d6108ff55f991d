//! Whether a value can be a secret: written out, and no word that stands for one.

use crate::reading::flows::names::is_name_of_key;
use crate::reading::flows::placeholders::{self, HOLE, Sort};

/// Words that only stand where a value will be.
const STAND_INS: &[&str] = &[
    "your",
    "example",
    "placeholder",
    "replace",
    "insert",
    "changeme",
    "dummy",
    "redacted",
    "todo",
    "undefined",
    "...",
    "here",
    "sample",
    "fixme",
];

/// Whether a value is written out, and does not only stand for one.
pub(super) fn is_literal(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with(['=', '%'])
        && !value.contains(['{', '$', '<', ' ', HOLE])
        && !matches!(value, "true" | "false" | "none" | "null")
        && !is_stand_in(value)
}

/// Whether it only stands where a secret will be.
pub(super) fn is_stand_in(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    STAND_INS.iter().any(|word| lower.contains(word))
        || placeholders::kind(token, Sort::Value).is_some()
        || is_name_of_key(token)
        || token
            .chars()
            .all(|c| matches!(c, '*' | '•' | 'x' | 'X' | '.' | '-'))
}

/// Whether a value looks as if it were drawn by lot: long, of letters and digits, of many different
/// ones, and not made of words.
pub(super) fn is_random(value: &str) -> bool {
    let is_token = value.bytes().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
    });
    let has = |is: fn(&u8) -> bool| value.bytes().any(|b| is(&b));
    value.len() >= 16
        && is_token
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && bits(value) >= 3.0
        && !is_uuid(value)
        && !is_wordy(value)
        && is_literal(value)
}

/// Shannon's entropy of a text, in bits for each character.
fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for b in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(b)) {
            *count += 1;
        }
    }
    let length = u32::try_from(text.len()).map_or(f64::MAX, f64::from);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// The id of a row is one more often than a secret.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
}

/// An address, a path, a date, or words with something between them.
fn is_wordy(text: &str) -> bool {
    let parts: Vec<&str> = text
        .split(['-', '_', '.', '/'])
        .filter(|part| !part.is_empty())
        .collect();
    let is_word = |part: &&&str| {
        let is_alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        let is_number = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        (is_alphabetic && part.len() <= 14) || is_number
    };
    let words = parts.iter().filter(is_word).count();
    text.starts_with('/') || (parts.len() >= 2 && words * 3 >= parts.len() * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_drawn_by_lot_or_made_of_words() {
        for value in [
            "a1B2c3D4e5F6g7H8",
            "9f86d081884c7d659a2feaa0c55ad015",
            "pk-1a2b3c4d5e6f7g8h9i",
            "dGhpcy1pcy1hLXRlc3QtMTIzNA==",
        ] {
            assert!(is_random(value), "{value}");
        }
        for value in [
            "short1",
            "abcdefghijklmnopqrst",
            "12345678901234567890",
            "1111111111111111a",
            "7b0c9a52-93f5-4b7e-a1ff-0c2f4fce9c11",
            "claude-sonnet-4-20250514",
            "plaintiffs_by_county_2024",
            "/rest/v1/plaintiffs/2024",
            "2024-01-01T00:00:00",
            "OPENAI_API_KEY_NUMBER_1",
            "{{ 1 }}abcdefghijk1",
        ] {
            assert!(!is_random(value), "{value}");
        }
    }
}
