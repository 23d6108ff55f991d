//! One check close up.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::domain::history::{Bucket, Grain};
use crate::domain::status::{CheckStatus, Day, Share, Status};
use crate::domain::verdict::Verdict;
use crate::http::html::verdict::{class, shape};
use crate::http::html::{days, latency, overview, time};
use crate::http::link;

/// How many days are shown hour by hour.
const BY_HOUR: usize = 8;

/// Buckets by when they began.
type Buckets = BTreeMap<Timestamp, Bucket>;

/// The content of the page of a check: `hours` are its last eight days, `chosen` is a day that was
/// asked for.
pub(in crate::http) fn series(
    check: &CheckStatus,
    status: &Status,
    hours: &Buckets,
    chosen: Option<&str>,
) -> Markup {
    let now = status.timestamp;
    let causes = status.causes.iter();
    let causes: Vec<_> = causes
        .filter(|cause| cause.checks.contains(&check.check))
        .collect();
    let has_cause = !causes.is_empty();
    html! {
        p.crumb { a href=(link::to("/status")) { "Status" } " / " (check.title) }
        div id="live-top" {
            section class={ "hero " (class(check.verdict)) } {
                (shape(check.verdict))
                div {
                    h1 { (check.title) ": " (check.verdict.as_str()) }
                    p.since {
                        // What is wrong stands below, with what to do.
                        @if !has_cause { (check.summary) " " }
                        @if let Some(since) = check.since {
                            @if check.since_is_exact { "Since " } @else { "At least since " }
                            (time::point(since, now)) ", for " (time::since(since, now)) "."
                        }
                    }
                    (overview::age(status))
                }
            }
            (overview::banner(&status.watch))
            @if has_cause { h2.hidden { "What is wrong" } }
            div.causes { @for cause in causes { (overview::cause(cause, status, &html! {})) } }
        }
        section aria-labelledby="day" {
            h2 id="day" { "The last 24 hours" }
            div id="live-24h" {
                (latency::chart(&check.points, "large"))
                p.scale { span { "24 h ago" } span { "now" } }
                p.fine { "How long looks took, from 1 ms at the bottom to 10 s at the top; the lines are 10 ms, 100 ms and 1 s." }
                p { (check.last_24h.told())
                    @if let Some(latency) = check.latency_ms { " · the last look took " (time::millis(latency)) } }
            }
        }
        section aria-labelledby="hours" {
            h2 id="hours" { "8 days, hour by hour" }
            (by_hour(check, hours, now))
        }
        section aria-labelledby="days" {
            h2 id="days" { "90 days" }
            (days::legend())
            (days::row(check.check, &check.days))
            p.scale { span.wide { "90 days ago" } span.narrow { "30 days ago" } span { "today" } }
            p { (overview::shares(check)) }
            @if let Some(day) = chosen.and_then(|date| check.days.iter().find(|day| day.date == date)) {
                p.banner id="chosen" { (day.told()) }
            }
            details open[chosen.is_some()] {
                summary { "Day by day, as a table" }
                (by_day(&check.days, chosen))
            }
        }
    }
}

/// The last days, with how long looks took.
fn by_hour(check: &CheckStatus, hours: &Buckets, now: Timestamp) -> Markup {
    let first = check.days.len().saturating_sub(BY_HOUR);
    html! {
        section.scroll tabindex="0" aria-label="Hour by hour" {
            table.hours {
                thead { tr {
                    th scope="col" { "Day (UTC)" } th scope="col" { "Hours" } th scope="col" { "Mean" }
                    th scope="col" { "p99" } th scope="col" { "Longest" }
                } }
                tbody { @for day in check.days.iter().skip(first).rev() { (hours_of(day, hours, now)) } }
            }
        }
        p.fine { "p99 is said from 100 looks on." }
    }
}

fn hours_of(day: &Day, hours: &Buckets, now: Timestamp) -> Markup {
    let starts = (0..24).map(|hour| {
        let ahead = SignedDuration::from_hours(hour);
        (hour, day.start.saturating_add(ahead).unwrap_or(day.start))
    });
    // What is still to come is no gap.
    let of_day = starts.filter(|(_, start)| *start <= now);
    let of_day: Vec<_> = of_day
        .map(|(hour, start)| (hour, hours.get(&start)))
        .collect();
    let to_come = 24_usize.saturating_sub(of_day.len());
    let mut all = Bucket::default();
    for (_, bucket) in &of_day {
        if let Some(bucket) = bucket {
            all.merge(bucket);
        }
    }
    let told = |ms: Option<f64>| ms.map_or_else(|| "–".to_owned(), time::millis);
    let nothing = Bucket::default();
    // Of the hour that is under way what is over counts.
    let share = |hour: i64, bucket: Option<&Bucket>| {
        let elapsed = now.duration_since(day.start).as_secs() - hour * 3_600;
        let elapsed = elapsed.clamp(1, Grain::Hour.seconds());
        Share::of(bucket.unwrap_or(&nothing), elapsed)
    };
    html! {
        tr {
            th scope="row" { (day.start.strftime("%b %-d")) }
            td { span.hourly role="img" aria-label=(bad_hours(&of_day)) {
                @for (hour, bucket) in &of_day {
                    @let share = share(*hour, *bucket);
                    span class={ "day " (days::class(share.mark())) }
                        title={ (format_args!("{hour:02}:00")) " " (share.told()) } {}
                }
                @for _ in 0..to_come { span.day.future {} }
            } }
            td { (told(all.mean_ms())) }
            td { (told(all.quantile_ms(0.99))) }
            td { (told(all.max_ms)) }
        }
    }
}

/// The hours of a day in a sentence.
fn bad_hours(hours: &[(i64, Option<&Bucket>)]) -> String {
    let such = |wanted: Verdict| {
        let hours = hours
            .iter()
            .filter(|(_, bucket)| bucket.and_then(Bucket::verdict) == Some(wanted));
        let hours: Vec<_> = hours.map(|(hour, _)| format!("{hour:02}:00")).collect();
        (!hours.is_empty()).then(|| format!("{} at {}", wanted.as_str(), hours.join(", ")))
    };
    let seen = hours.iter().filter(|(_, bucket)| bucket.is_some()).count();
    let bad: Vec<_> = [Verdict::Critical, Verdict::Unknown, Verdict::Warning]
        .into_iter()
        .filter_map(such)
        .collect();
    match (seen, bad.is_empty()) {
        (0, _) => "nothing known".to_owned(),
        (24, true) => "well at every hour".to_owned(),
        (1, true) => "well at the one hour that is known".to_owned(),
        (seen, true) => format!("well at the {seen} hours that are known"),
        (_, false) => bad.join("; "),
    }
}

fn by_day(days: &[Day], chosen: Option<&str>) -> Markup {
    html! {
        section.scroll tabindex="0" aria-label="Day by day" {
            table {
                thead { tr { th scope="col" { "Day (UTC)" } th scope="col" { "Worst" } th scope="col" { "Up" }
                    th scope="col" { "Known" } } }
                tbody {
                    @for day in days.iter().rev() {
                        tr class=[(chosen == Some(day.date.as_str())).then_some("chosen")] {
                            th scope="row" { (day.date) }
                            td { (day.share.worst.map_or("nobody looked", Verdict::as_str)) }
                            td { (day.share.uptime_percent.map_or_else(|| "–".to_owned(), |up| format!("{up:.2} %"))) }
                            td { (format_args!("{:.0} %", day.share.known_percent)) }
                        }
                    }
                }
            }
        }
    }
}
