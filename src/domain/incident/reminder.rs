//! How often people are told: reminders, and how many messages an hour may have.

use std::time::Duration;

use jiff::Timestamp;

use super::notice::NoticeKind;
use super::severity::Severity;
use super::state::ToldSoFar;

const FIRST: Duration = Duration::from_secs(30 * 60);
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// What can wait is told only where fewer than this were told in the hour before. It leaves room
/// for an all-clear and a report in an hour of six.
const AN_HOUR: usize = 4;

/// Whether it may be told that an incident is worse than was told. That it has become critical waits for
/// nothing, but once an hour at most: else people who judge it to and fro would be told each time.
pub(super) fn may_say_worse(told: &ToldSoFar, severity: Severity, now: Timestamp) -> bool {
    let is_news = told.critical_at.is_none_or(|at| !is_recent(at, now));
    let is_urgent = severity == Severity::P1 && is_news;
    is_urgent || has_room(told, now)
}

/// When the next reminder is due: 30 min after it was told, then after twice as long each time, up to
/// 4 h. Nothing where it was not told yet.
#[must_use]
pub fn next_reminder(told: &ToldSoFar) -> Option<Timestamp> {
    let is_beginning = |kind: &NoticeKind| matches!(kind, NoticeKind::Told | NoticeKind::Digest);
    let beginning = told
        .notices
        .iter()
        .rposition(|(kind, ..)| is_beginning(kind))?;
    let since = &told.notices[beginning..];
    let reminders = since
        .iter()
        .filter(|(kind, ..)| *kind == NoticeKind::Reminder);
    let (reminders, last) = reminders.fold((0, since[0].2), |(n, _), (_, _, at)| (n + 1, *at));
    let wait = (FIRST * 2_u32.pow(u32::min(reminders, 4))).min(LONGEST);
    Some(last + wait)
}

/// Whether there is room for a message that can wait.
#[must_use]
pub fn has_room(told: &ToldSoFar, now: Timestamp) -> bool {
    let notices = told.notices.iter();
    notices.filter(|(_, _, at)| is_recent(*at, now)).count() < AN_HOUR
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at).unsigned_abs() < HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).expect("a time")
    }

    fn told(notices: &[(NoticeKind, i64)]) -> ToldSoFar {
        let notices = notices.iter().map(|(kind, minute)| (*kind, 1, at(*minute)));
        ToldSoFar {
            notices: notices.collect(),
            ..ToldSoFar::default()
        }
    }

    #[test]
    fn reminders_come_after_thirty_minutes_and_then_after_twice_as_long_up_to_four_hours() {
        assert_eq!(next_reminder(&told(&[])), None);
        let mut so_far = vec![(NoticeKind::Told, 0), (NoticeKind::Acknowledged, 3)];
        for minute in [30, 90, 210, 450, 690, 930] {
            assert_eq!(next_reminder(&told(&so_far)), Some(at(minute)));
            so_far.push((NoticeKind::Reminder, minute));
        }
        so_far.extend([(NoticeKind::AllClear, 1000), (NoticeKind::Told, 1001)]);
        assert_eq!(
            next_reminder(&told(&so_far)),
            Some(at(1031)),
            "it begins anew"
        );
    }

    #[test]
    fn an_hour_has_room_for_four_and_what_has_to_be_said() {
        let four = told(&[0, 10, 20, 30].map(|minute| (NoticeKind::Told, minute)));
        assert!(!has_room(&four, at(59)));
        assert!(has_room(&four, at(60)));
        assert!(may_say_worse(&four, Severity::P1, at(59)));
        assert!(!may_say_worse(&four, Severity::P2, at(59)));
        let mut five = four;
        five.notices.push((NoticeKind::SeverityRaised, 1, at(40)));
        assert!(
            may_say_worse(&five, Severity::P1, at(59)),
            "it was raised, and not to critical"
        );
        five.critical_at = Some(at(40));
        assert!(!may_say_worse(&five, Severity::P1, at(59)));
        assert!(may_say_worse(&five, Severity::P1, at(100)));
    }
}
