//! The words of a text that have digits: all that what differs each time is looked for in.

use std::ops::Range;

/// Where each word with digits stands, and how many it has. Most words have none, and are passed over by the byte
/// and not by the word.
pub(super) fn with_digits(
    bytes: &[u8],
    is_of_word: impl Fn(u8) -> bool,
) -> impl Iterator<Item = (Range<usize>, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let digit = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
        let before = bytes[at..digit].iter().rposition(|b| !is_of_word(*b));
        let start = before.map_or(at, |before| at + before + 1);
        let behind = bytes[digit..].iter().position(|b| !is_of_word(*b));
        let end = behind.map_or(bytes.len(), |behind| digit + behind);
        let digits = bytes[digit..end].iter().filter(|b| b.is_ascii_digit());
        at = end;
        Some((start..end, digits.count()))
    })
}
