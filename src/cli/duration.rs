//! Lengths of time as people type them: `30s`, `5m`, `1h 30m`, `2d`.

use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;

/// Reads a length of time in whole seconds; for clap.
///
/// A day is 24 hours and a week is seven days. Months and years are refused: they have no length of
/// their own.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    SpanParser::new()
        .parse_span(text)
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .and_then(|length| Duration::try_from(length).ok())
        .filter(|length| length.subsec_nanos() == 0)
        .ok_or_else(|| "expected a number with a unit, such as 30s, 5m, 1h or 2d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_once_or_several_times() {
        for (text, seconds) in [
            ("0s", 0),
            ("30s", 30),
            ("5m", 300),
            ("5min", 300),
            ("1h", 3_600),
            ("2d", 172_800),
            ("030s", 30),
            ("86400s", 86_400),
            ("1h30m", 5_400),
            ("1h 30m", 5_400),
            ("1.5h", 5_400),
            ("5 minutes", 300),
            ("1w", 604_800),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "30",
            "m",
            "soon",
            "5x",
            "-5m",
            "5m ago",
            "500ms",
            "0.5s",
            "1mo",
            "1y",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
