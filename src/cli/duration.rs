//! Lengths of time as people type them: `30s`, `5m`, `1h`, `2d`.

use std::time::Duration;

/// Reads a length of time; for clap.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a number with a unit, such as 30s, 5m, 1h or 2d";
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .ok_or_else(|| EXPECTED.to_owned())?,
    );
    let number: u64 = number.parse().map_err(|_| EXPECTED.to_owned())?;
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(EXPECTED.to_owned()),
    };
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(|| EXPECTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_and_nothing_else() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("5min", 300),
            ("1h", 3_600),
            ("2d", 172_800),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "30",
            "m",
            "1w",
            "-5m",
            "1.5h",
            "5 m",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
