//! Points in time as they stand in answers: RFC 3339 in UTC with exactly three digits of a second, of
//! one length and comparable as text.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serializer;

/// Where the digits go.
const SHAPE: [u8; 24] = *b"0000-00-00T00:00:00.000Z";

/// A point in time in ASCII; nothing before the year 0, where there is a sign and no fixed length. Digit by digit, as each
/// answer has two of them: a format takes four times as long.
#[must_use]
pub fn text(at: Timestamp) -> Option<[u8; 24]> {
    let time = Offset::UTC.to_datetime(at);
    let mut text = SHAPE;
    let mut put = |end: usize, digits: usize, mut number: u32| {
        for place in text[end - digits..end].iter_mut().rev() {
            *place = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
    };
    put(4, 4, u32::try_from(time.year()).ok()?);
    put(7, 2, time.month().unsigned_abs().into());
    put(10, 2, time.day().unsigned_abs().into());
    put(13, 2, time.hour().unsigned_abs().into());
    put(16, 2, time.minute().unsigned_abs().into());
    put(19, 2, time.second().unsigned_abs().into());
    put(23, 3, time.millisecond().unsigned_abs().into());
    Some(text)
}

/// Writes a point in time.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let text = text(*at);
    match text.as_ref().map(|text| std::str::from_utf8(text)) {
        Some(Ok(text)) => serializer.serialize_str(text),
        _ => serializer.collect_str(&format_args!("{at:.3}")),
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::serialize;

    proptest::proptest! {
        #[test]
        fn it_is_what_the_library_writes(
            second in Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
            nanosecond in 0..1_000_000_000,
        ) {
            let at = Timestamp::new(second, nanosecond).expect("a time");
            let mut text = Vec::new();
            serialize(&at, &mut serde_json::Serializer::new(&mut text)).expect("it is written");
            proptest::prop_assert_eq!(String::from_utf8(text).expect("text"), format!("\"{at:.3}\""));
        }
    }
}
