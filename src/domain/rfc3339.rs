//! Points in time as they stand in answers: RFC 3339 in UTC with exactly three digits of a second, of
//! one length and comparable as text.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serializer;

/// Where the digits go.
const SHAPE: [u8; 24] = *b"0000-00-00T00:00:00.000Z";

/// Writes a point in time. Digit by digit, as each answer has two of them: a format takes four times as long.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let time = Offset::UTC.to_datetime(*at);
    let mut text = SHAPE;
    let parts: [(usize, usize, i64); 7] = [
        (0, 4, time.year().into()),
        (5, 2, time.month().into()),
        (8, 2, time.day().into()),
        (11, 2, time.hour().into()),
        (14, 2, time.minute().into()),
        (17, 2, time.second().into()),
        (20, 3, time.millisecond().into()),
    ];
    for (start, digits, mut number) in parts {
        for place in text[start..start + digits].iter_mut().rev() {
            *place += u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
    }
    match std::str::from_utf8(&text) {
        Ok(text) if time.year() >= 0 => serializer.serialize_str(text),
        // Before the year 0 there is a sign, and no fixed length.
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
