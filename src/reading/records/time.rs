//! When a line was written, in the words of whoever wrote it.
//!
//! # Design notes
//!
//! Read by the places of its digits and not by a list of formats: half of the time that a log takes
//! would go into trying them. A time without a zone is taken for UTC. One without a year (syslog,
//! klog) is the latest of its kind that is not after the newest time known.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// What zones without an offset are called, and their hours.
const ZONES: [(&str, i8); 13] = [
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("CET", 1),
    ("CEST", 2),
    ("BST", 1),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("PST", -8),
    ("PDT", -7),
];

/// A time at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leading<'a> {
    /// Nothing where it is the time of a day that is not said.
    pub(super) at: Option<Timestamp>,
    /// What stands behind it, as it stands there.
    pub(super) behind: &'a str,
}

impl<'a> Leading<'a> {
    /// What stands behind it, without what sets it apart.
    pub(super) fn rest(self) -> &'a str {
        self.behind
            .trim_start_matches([']', ')', ' ', '\t', '|', '-', '.', ','])
    }
}

/// The digits of a time, before its zone.
struct Digits {
    /// Nothing where the day is not said.
    civil: Option<DateTime>,
    /// Its month and day where the year is not said.
    without_year: bool,
    end: usize,
}

/// The time that a text begins with.
pub(super) fn leading(text: &str, newest: Option<Timestamp>) -> Option<Leading<'_>> {
    let start = text.trim_start_matches(['[', '(', '"', ' ']);
    let first = *start.as_bytes().first()?;
    let digits = if first.is_ascii_digit() {
        iso(start)
            .or_else(|| day_first(start))
            .or_else(|| clock_only(start))
    } else if first.is_ascii_uppercase() {
        month_first(start)
    } else {
        None
    }?;
    let Some(civil) = digits.civil else {
        let behind = &start[digits.end..];
        return Some(Leading { at: None, behind });
    };
    let (offset, end) = zone(start, digits.end);
    let at = if digits.without_year {
        with_year(civil, offset, newest)?
    } else {
        offset.to_timestamp(civil).ok()?
    };
    Some(Leading {
        at: Some(at),
        behind: &start[end..],
    })
}

/// A time as a number: seconds since 1970, or thousandths, millionths, billionths of them. Each is
/// larger than the one before it for the next thousand years.
pub(in crate::reading) fn of_number(number: f64) -> Option<Timestamp> {
    let millis = match number.abs() {
        size if size > 1e17 => number / 1e6,
        size if size > 1e14 => number / 1e3,
        size if size > 1e11 => number,
        _ => number * 1000.0,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "to whole milliseconds, and bounded by the type"
    )]
    let millis = millis.round() as i64;
    Timestamp::from_millisecond(millis).ok()
}

/// A time as a text of its own.
pub(in crate::reading) fn of_text(text: &str, newest: Option<Timestamp>) -> Option<Timestamp> {
    if let Some(found) = leading(text, newest) {
        return found.at;
    }
    let is_number = text.len() >= 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    of_number(is_number.then(|| text.parse().ok())??)
}

/// `1124 10:00:00.123456`, as klog writes it behind the letter of its level.
pub(super) fn month_and_day(text: &str, newest: Option<Timestamp>) -> Option<Leading<'_>> {
    let (month, day) = (number(text, 0, 2)?, number(text, 2, 2)?);
    (text.as_bytes().get(4) == Some(&b' ')).then_some(())?;
    let (time, end) = clock(text, 5)?;
    let civil = date(2000, month, day)?.to_datetime(time);
    Some(Leading {
        at: Some(with_year(civil, Offset::UTC, newest)?),
        behind: &text[end..],
    })
}

/// `2026-11-24T10:00:00.5`, `2026/11/24 10:00:00,5`.
fn iso(text: &str) -> Option<Digits> {
    let bytes = text.as_bytes();
    let year = number(text, 0, 4)?;
    let separator = *bytes.get(4)?;
    let is_date = matches!(separator, b'-' | b'/') && bytes.get(7) == Some(&separator);
    let is_apart = matches!(bytes.get(10)?, b'T' | b' ' | b'\t');
    if !is_date || !is_apart {
        return None;
    }
    let date = date(year, number(text, 5, 2)?, number(text, 8, 2)?)?;
    let (time, end) = clock(text, 11)?;
    Some(Digits {
        civil: Some(date.to_datetime(time)),
        without_year: false,
        end,
    })
}

/// `24/Nov/2026:10:00:00`, `24-Nov-2026 10:00:00`, `24 Nov 2026 10:00:00`.
fn day_first(text: &str) -> Option<Digits> {
    let bytes = text.as_bytes();
    let day = number(text, 0, 2)?;
    let separator = *bytes.get(2)?;
    let month = month(bytes.get(3..6)?)?;
    if !matches!(separator, b'/' | b'-' | b' ') || bytes.get(6) != Some(&separator) {
        return None;
    }
    let date = date(number(text, 7, 4)?, month, day)?;
    matches!(bytes.get(11)?, b':' | b' ').then_some(())?;
    let (time, end) = clock(text, 12)?;
    Some(Digits {
        civil: Some(date.to_datetime(time)),
        without_year: false,
        end,
    })
}

/// `Nov 24 10:00:00`, `Tue Nov 24 10:00:00.123456 2026`.
fn month_first(text: &str) -> Option<Digits> {
    let bytes = text.as_bytes();
    let is_day = matches!(
        bytes.get(..3)?,
        b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun"
    );
    let begin = if is_day { 4 } else { 0 };
    let month = month(bytes.get(begin..begin + 3)?)?;
    let at = begin + 4;
    (text.as_bytes().get(at - 1) == Some(&b' ')).then_some(())?;
    let day = number(text, at, 2).or_else(|| {
        (text.as_bytes().get(at) == Some(&b' ')).then_some(())?;
        number(text, at + 1, 1)
    })?;
    (text.as_bytes().get(at + 2) == Some(&b' ')).then_some(())?;
    let (time, end) = clock(text, at + 3)?;
    let year = text[end..].strip_prefix(' ').and_then(|behind| {
        let year = number(behind, 0, 4)?;
        let is_over = !behind
            .as_bytes()
            .get(4)
            .is_some_and(u8::is_ascii_alphanumeric);
        is_over.then_some(year)
    });
    let end = if year.is_some() { end + 5 } else { end };
    Some(Digits {
        // 2000 has a 29th of February.
        civil: Some(date(year.unwrap_or(2000), month, day)?.to_datetime(time)),
        without_year: year.is_none(),
        end,
    })
}

/// `10:00:00.123`, as consoles of developers show it.
fn clock_only(text: &str) -> Option<Digits> {
    let (_, end) = clock(text, 0)?;
    let is_over = text[end..].starts_with([' ', '\t', ']', ')']);
    is_over.then_some(Digits {
        civil: None,
        without_year: false,
        end,
    })
}

/// The time of a day at a place, and where it ends.
fn clock(text: &str, at: usize) -> Option<(jiff::civil::Time, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(at + 2) != Some(&b':') || bytes.get(at + 5) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (number(text, at, 2)?, number(text, at + 3, 2)?);
    // A leap second is the last one of its minute.
    let second = number(text, at + 6, 2)?.min(59);
    let mut end = at + 8;
    let mut nanos = 0;
    if matches!(bytes.get(end), Some(b'.' | b',')) && bytes.get(end + 1)?.is_ascii_digit() {
        end += 1;
        let mut unit = 100_000_000;
        while let Some(digit) = bytes.get(end).filter(|b| b.is_ascii_digit()) {
            // What is finer than a nanosecond says nothing.
            nanos += i32::from(digit - b'0') * unit;
            unit /= 10;
            end += 1;
        }
    }
    let small = |number: i16| i8::try_from(number).ok();
    let time = jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanos).ok()?;
    Some((time, end))
}

/// The zone behind a time, and where it ends.
fn zone(text: &str, end: usize) -> (Offset, usize) {
    let behind = text[end..].trim_start_matches(' ');
    let at = text.len() - behind.len();
    let bytes = behind.as_bytes();
    if let Some(sign @ (b'+' | b'-')) = bytes.first()
        && let Some(hours) = number(behind, 1, 2)
    {
        let colon = usize::from(bytes.get(3) == Some(&b':'));
        let minutes = number(behind, 3 + colon, 2);
        let length = minutes.map_or(3, |_| 5 + colon);
        let seconds = i32::from(hours) * 3600 + i32::from(minutes.unwrap_or(0)) * 60;
        let seconds = if *sign == b'-' { -seconds } else { seconds };
        if !bytes.get(length).is_some_and(u8::is_ascii_digit)
            && let Ok(offset) = Offset::from_seconds(seconds)
        {
            return (offset, at + length);
        }
    }
    let length = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    for (name, hours) in ZONES {
        if &behind[..length] == name {
            return (Offset::constant(hours), at + length);
        }
    }
    (Offset::UTC, end)
}

/// The latest such time that is at most a day after the newest that is known.
fn with_year(civil: DateTime, offset: Offset, newest: Option<Timestamp>) -> Option<Timestamp> {
    let newest = newest?.checked_add(SignedDuration::from_hours(24)).ok()?;
    let year = offset.to_datetime(newest).year();
    (0..5).find_map(|back| {
        let civil = civil.with().year(year - back).build().ok()?;
        let at = offset.to_timestamp(civil).ok()?;
        (at <= newest).then_some(at)
    })
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn month(name: &[u8]) -> Option<i16> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// So many digits at a place.
fn number(text: &str, at: usize, digits: usize) -> Option<i16> {
    let mut number = 0_i16;
    for byte in text.as_bytes().get(at..at + digits)? {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i16::from(byte - b'0');
    }
    Some(number)
}
