//! The alert rules for Prometheus: who is woken by what, by the table of the metrics and that of the codes.
//!
//! # Design notes
//!
//! What an alert is told apart by stays the same while it lasts: a label that changed with the cause
//! would begin the time anew that it has to last, and what fails in two ways in turn would never
//! fire. So the code of what the watch saw is looked up when it is told, and is an annotation.
//!
//! Unknown is not ok. What cannot be seen because the database is down is told once, of the database.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::history::Series;
use crate::domain::incident::Severity;
use crate::domain::taxonomy::Code;
use crate::telemetry::metrics::table::{
    BUILD_INFO, CAUSE, CERTIFICATE_EXPIRY, CHECK_ANSWERS_LATE, HISTORY_OLDEST_PENDING,
    HISTORY_ON_DISK, HISTORY_WRITER, INCIDENTS_ON_DISK, KEY_EXPIRY, NOTICES_OVERDUE, VERDICT,
    WATCH_LAST_LOOK,
};

/// How long before it expires a key or a certificate is renewed, in seconds.
const SOON: u32 = 7 * 24 * 60 * 60;
/// The watch is late where nobody has set how often it looks, in seconds.
const LATE: u64 = 90;

/// Where its code comes from.
#[derive(Debug, Clone, Copy)]
enum Cause {
    /// What the watch saw of the series.
    Seen(Series),
    /// One of these, the likeliest first.
    OneOf(&'static [Code]),
}

/// One alert.
#[derive(Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// What has to be so, in PromQL.
    pub expr: String,
    /// For how long, as Prometheus says times.
    lasts: String,
    severity: Severity,
    cause: Cause,
    summary: String,
}

/// All alerts, for a watch that looks this often.
#[must_use]
pub fn alerts(watch_interval: Duration) -> Vec<Alert> {
    let mut alerts: Vec<_> = Series::ALL
        .iter()
        .map(|series| critical(*series, watch_interval))
        .collect();
    alerts.extend(Series::ALL.iter().map(|series| unknown(*series)));
    alerts.extend(of_ourselves(watch_interval));
    alerts
}

/// The rules, as a file of Prometheus. Links begin with where the pages are reached.
#[must_use]
pub fn yaml(watch_interval: Duration, base: &str) -> String {
    let mut text = "groups:\n  - name: dragonfly-ops\n    rules:\n".to_owned();
    for alert in alerts(watch_interval) {
        alert.write(&mut text, base.trim_end_matches('/'));
    }
    text
}

/// The word of a series within the name of an alert.
fn camel(series: Series) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    series.as_str().split('_').map(capital).collect()
}

/// It was critical at three looks in a row, as an incident opens then.
fn critical(series: Series, watch_interval: Duration) -> Alert {
    Alert {
        name: format!("Dragonfly{}Critical", camel(series)),
        expr: format!("{VERDICT}{{check=\"{series}\"}} == 3"),
        lasts: format!("{}s", (2 * watch_interval).as_secs().max(1)),
        severity: Severity::of_series(series),
        cause: Cause::Seen(series),
        summary: format!("{}: critical", series.title()),
    }
}

/// For five minutes nobody could tell how it is, or it was that and critical in turn.
fn unknown(series: Series) -> Alert {
    let mut expr = format!("min_over_time({VERDICT}{{check=\"{series}\"}}[2m]) == 2");
    if series != Series::Db {
        let _ = write!(
            expr,
            " unless on (instance, job) {VERDICT}{{check=\"{}\"}} == 3",
            Series::Db
        );
    }
    Alert {
        name: format!("Dragonfly{}Unknown", camel(series)),
        expr,
        lasts: "3m".to_owned(),
        severity: Severity::P3,
        cause: Cause::Seen(series),
        summary: format!("{}: nobody can tell whether it is well", series.title()),
    }
}

/// What is wrong with the service itself, and what expires.
fn of_ourselves(watch_interval: Duration) -> Vec<Alert> {
    let late = match watch_interval.as_secs() {
        0 => LATE,
        seconds => 3 * seconds,
    };
    let on_disk: &[Code] = &[Code::ResourceExhausted, Code::ConfigInvalid];
    let alert = |name: &str, expr: String, (lasts, severity): (&str, _), codes, summary: &str| {
        let (name, lasts) = (format!("Dragonfly{name}"), lasts.to_owned());
        let (cause, summary) = (Cause::OneOf(codes), summary.to_owned());
        Alert {
            name,
            expr,
            lasts,
            severity,
            cause,
            summary,
        }
    };
    vec![
        alert(
            "Gone",
            format!("absent({BUILD_INFO})"),
            ("2m", Severity::P2),
            &[Code::VendorRailway],
            "dragonfly-ops does not answer to Prometheus: nothing is known of anything",
        ),
        alert(
            "WatchLate",
            format!(
                "time() - {WATCH_LAST_LOOK} > {late} or {BUILD_INFO} unless on (instance, job) {WATCH_LAST_LOOK}"
            ),
            ("1m", Severity::P2),
            &[Code::ResourceExhausted],
            "dragonfly-ops has stopped looking",
        ),
        alert(
            "NoticesOverdue",
            format!("{NOTICES_OVERDUE} > 0"),
            ("1m", Severity::P2),
            &[
                Code::NetRefused,
                Code::NetTimeout,
                Code::ConfigInvalid,
                Code::VendorRateLimited,
            ],
            "Somebody should have been told of an incident five minutes ago ({{ $labels.channel }})",
        ),
        alert(
            "AnswersLate",
            format!("increase({CHECK_ANSWERS_LATE}[5m]) > 0"),
            ("1m", Severity::P3),
            &[Code::ResourceExhausted],
            "Answers of a check came after their deadline ({{ $labels.check }})",
        ),
        alert(
            "KeyExpires",
            format!("{KEY_EXPIRY} - time() < {SOON}"),
            ("1h", Severity::P3),
            &[Code::AuthInvalid],
            "The key of Supabase's API expires within a week, or has expired",
        ),
        alert(
            "CertificateExpires",
            format!("{CERTIFICATE_EXPIRY} - time() < {SOON}"),
            ("1h", Severity::P3),
            &[Code::NetTls],
            "The certificate of Supabase's API expires within a week, or has expired",
        ),
        alert(
            "HistoryNotShipped",
            format!(
                "time() - {HISTORY_OLDEST_PENDING} > 3600 and on (instance, job) {HISTORY_WRITER} == 1"
            ),
            ("5m", Severity::P3),
            &[Code::DbConnection, Code::ValSchema, Code::AuthForbidden],
            "What is seen has not reached the database for an hour",
        ),
        alert(
            "HistoryWriter",
            format!("sum by (job) ({HISTORY_WRITER}) != 1"),
            ("5m", Severity::P4),
            &[Code::DbConnection, Code::AuthForbidden],
            "No replica writes the history, or more than one",
        ),
        alert(
            "HistoryNotOnDisk",
            format!("{HISTORY_ON_DISK} == 0"),
            ("5m", Severity::P4),
            on_disk,
            "What is seen is not written down: a crash would lose what the database does not have yet",
        ),
        alert(
            "IncidentsNotOnDisk",
            format!("{INCIDENTS_ON_DISK} == 0"),
            ("5m", Severity::P3),
            on_disk,
            "What happens in incidents is not written down: a crash would lose what the database does not have yet",
        ),
    ]
}

impl Alert {
    /// Writes it as a rule. Writing into a string cannot fail.
    fn write(&self, text: &mut String, base: &str) {
        let _ = writeln!(text, "      - alert: {}", self.name);
        let _ = writeln!(text, "        expr: {}", quoted(&self.expr));
        let _ = writeln!(text, "        for: {}", self.lasts);
        let _ = writeln!(text, "        labels:");
        let _ = writeln!(text, "          severity: {}", self.severity);
        let mut annotations = vec![("summary", self.summary.clone())];
        match self.cause {
            Cause::OneOf(codes) => {
                // None of them is empty: a test looks.
                if let Some(code) = codes.first() {
                    let _ = writeln!(text, "          code: {code}");
                    let link = format!("{base}{}", code.page());
                    annotations.push(("first_check", first_check(codes)));
                    annotations.push(("runbook_url", link));
                }
            }
            Cause::Seen(series) => {
                let seen = |found: &str, otherwise: &str| seen(series, found, otherwise);
                let label = |name: &str| format!("{{{{ . | first | label \"{name}\" }}}}");
                let summary = format!(" ({})", label("code"));
                annotations[0].1 += &seen(&summary, "");
                annotations.push(("code", seen(&label("code"), "")));
                let status = format!("Its page: {base}/status/{series}");
                annotations.push(("first_check", seen(&label("first_check"), &status)));
                let page = format!("{base}/errors/{}", label("code"));
                annotations.push(("runbook_url", seen(&page, &format!("{base}/errors"))));
            }
        }
        let _ = writeln!(text, "        annotations:");
        for (name, value) in annotations {
            let _ = writeln!(text, "          {name}: {}", quoted(&value));
        }
    }
}

/// What to look at first: of the only code, or of each that it may be.
fn first_check(codes: &[Code]) -> String {
    match codes {
        [code] => code.entry().first_check.to_owned(),
        codes => {
            let of = |code: &Code| format!("{code}: {}", code.entry().first_check);
            codes.iter().map(of).collect::<Vec<_>>().join("; ")
        }
    }
}

/// A template that says one thing where the series has a cause, and another where it has none.
fn seen(series: Series, found: &str, otherwise: &str) -> String {
    let otherwise = match otherwise {
        "" => String::new(),
        text => format!("{{{{ else }}}}{text}"),
    };
    format!(
        "{{{{ with printf `{CAUSE}{{check=\"{series}\",instance=%q,job=%q}}` $labels.instance $labels.job \
         | query }}}}{found}{otherwise}{{{{ end }}}}"
    )
}

/// As YAML writes text in which nothing means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::telemetry::metrics::table::unknown_names;

    #[test]
    fn every_alert_has_a_name_of_its_own_a_code_and_metrics_that_there_are() {
        let alerts = alerts(Duration::from_secs(30));
        let names: BTreeSet<_> = alerts.iter().map(|alert| &alert.name).collect();
        assert_eq!(names.len(), alerts.len());
        for alert in &alerts {
            assert_eq!(unknown_names(&alert.expr), Vec::<String>::new());
            assert!(!matches!(alert.cause, Cause::OneOf([])), "{}", alert.name);
        }
        assert!(names.contains(&"DragonflyLongRunningUnknown".to_owned()));
    }

    #[test]
    fn what_is_late_follows_how_often_the_watch_looks() {
        for (interval, lasts, late) in [
            (30, "60s", "> 90 "),
            (0, "1s", "> 90 "),
            (60, "120s", "> 180 "),
        ] {
            let text = yaml(Duration::from_secs(interval), "https://ops.example.com/");
            assert!(text.contains(&format!("for: {lasts}\n")), "{text}");
            assert!(text.contains(late), "{text}");
            assert!(
                text.contains("'https://ops.example.com/errors/DFE-NET-004'"),
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_in_a_text_means_anything_to_yaml() {
        assert_eq!(quoted("Supabase's: {a} #b"), "'Supabase''s: {a} #b'");
        assert!(
            yaml(Duration::ZERO, "")
                .lines()
                .all(|line| !line.contains('\t'))
        );
    }
}
