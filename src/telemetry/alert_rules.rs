//! The alert rules for Prometheus: who is woken by what, by the table of the metrics and that of the codes.
//!
//! # Design notes
//!
//! What an alert is told apart by stays the same while it lasts: a label that changed with the cause
//! would begin the time anew that it has to last, and what fails in two ways in turn would never
//! fire. So the code of what the watch saw is looked up when it is told, and is an annotation.
//!
//! What an expression can find out is no setting of whoever prints the rules: how often the watch looks is a
//! metric. How long something has to last is none, as Prometheus takes no expression there.
//!
//! Unknown is not ok. What cannot be seen because the database is down is told once, of the database.

use std::fmt::Write as _;
use std::time::Duration;

use crate::domain::history::Series;
use crate::domain::incident::Severity;
use crate::domain::taxonomy::Code;
use crate::telemetry::metrics::table::{
    BUILD_INFO, CAUSE, CERTIFICATE_EXPIRY, CHECK_ANSWERS_LATE, HISTORY_ON_DISK, HISTORY_SHIPPED,
    HISTORY_WRITER, INCIDENTS_ON_DISK, KEY_EXPIRY, Metric, NOTICES_OVERDUE, SOURCE_READ, VERDICT,
    WATCH_INTERVAL, WATCH_LAST_LOOK,
};
use crate::telemetry::selector::Selector;

/// How long before it expires a key or a certificate is renewed, in seconds.
const SOON: u32 = 7 * 24 * 60 * 60;
/// How often Prometheus scrapes, at most: what it knows is so much older than what is so.
const SCRAPED_EVERY: Duration = Duration::from_secs(30);

/// What the rules are made for.
#[derive(Debug)]
pub struct Setup {
    /// How often the watch looks.
    pub watch_interval: Duration,
    /// How long a look takes at most.
    pub look_takes: Duration,
    /// Whose series are meant.
    pub selector: Selector,
    /// Where the pages are reached: links begin with it.
    pub base: String,
}

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

/// All alerts.
#[must_use]
pub fn alerts(setup: &Setup) -> Vec<Alert> {
    let mut alerts: Vec<_> = Series::ALL
        .iter()
        .map(|series| critical(*series, setup))
        .collect();
    let of = |series: &Series| unknown(*series, &setup.selector);
    alerts.extend(Series::ALL.iter().map(of));
    alerts.extend(of_ourselves(setup));
    alerts
}

/// The rules, as a file of Prometheus.
#[must_use]
pub fn yaml(setup: &Setup) -> String {
    let mut text = "groups:\n  - name: dragonfly-ops\n    rules:\n".to_owned();
    for alert in alerts(setup) {
        alert.write(&mut text, setup);
    }
    text
}

/// The verdict of a series.
fn verdict(series: Series, selector: &Selector) -> String {
    selector.of(VERDICT, &format!("check=\"{series}\""))
}

/// The word of a series within the name of an alert.
fn camel(series: Series) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    series.as_str().split('_').map(capital).collect()
}

/// It was critical at three looks in a row, as an incident opens then. What the second look saw is shown until the
/// third one has ended and has been scraped.
fn critical(series: Series, setup: &Setup) -> Alert {
    let lasts = 2 * setup.watch_interval + until_known(setup);
    Alert {
        name: format!("Dragonfly{}Critical", camel(series)),
        expr: format!("{} == 3", verdict(series, &setup.selector)),
        lasts: format!("{}s", whole_seconds(lasts)),
        severity: Severity::of_series(series),
        cause: Cause::Seen(series),
        summary: format!("{}: critical", series.title()),
    }
}

/// How long it takes from the beginning of a look until Prometheus knows what came of it, at most.
fn until_known(setup: &Setup) -> Duration {
    setup.look_takes + SCRAPED_EVERY
}

/// Rounded up.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// For five minutes nobody could tell how it is, or it was that and critical in turn.
fn unknown(series: Series, selector: &Selector) -> Alert {
    let mut expr = format!("min_over_time({}[2m]) == 2", verdict(series, selector));
    if series != Series::Db {
        let db = verdict(Series::Db, selector);
        let _ = write!(expr, " unless on (instance, job) {db} == 3");
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
fn of_ourselves(setup: &Setup) -> Vec<Alert> {
    let of = |metric: Metric| setup.selector.of(metric, "");
    let (interval, last_look) = (of(WATCH_INTERVAL), of(WATCH_LAST_LOOK));
    let until_known = whole_seconds(until_known(setup));
    let (shipped, writer) = (of(HISTORY_SHIPPED), of(HISTORY_WRITER));
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
            format!("absent({})", of(BUILD_INFO)),
            ("2m", Severity::P2),
            &[Code::VendorRailway],
            "dragonfly-ops does not answer to Prometheus: nothing is known of anything",
        ),
        alert(
            "WatchLate",
            format!(
                "time() - {last_look} > 3 * {interval} + {until_known} or {interval} > 0 unless {last_look}"
            ),
            ("1m", Severity::P2),
            &[Code::ResourceExhausted],
            "dragonfly-ops has stopped looking",
        ),
        alert(
            "NoticesOverdue",
            format!("{} > 0", of(NOTICES_OVERDUE)),
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
            format!("increase({}[5m]) > 0", of(CHECK_ANSWERS_LATE)),
            ("1m", Severity::P3),
            &[Code::ResourceExhausted],
            "Answers of a check came after their deadline ({{ $labels.check }})",
        ),
        alert(
            "KeyExpires",
            format!("{} - time() < {SOON}", of(KEY_EXPIRY)),
            ("1h", Severity::P3),
            &[Code::AuthInvalid],
            "The key of Supabase's API expires within a week, or has expired",
        ),
        alert(
            "CertificateExpires",
            format!("{} - time() < {SOON}", of(CERTIFICATE_EXPIRY)),
            ("1h", Severity::P3),
            &[Code::NetTls],
            "The certificate of Supabase's API expires within a week, or has expired",
        ),
        alert(
            // Whoever fails to ship is no writer any more, so what counts is whether anybody has shipped. Of what
            // began less than an hour ago nothing is known yet; where it ran then, a deploy may have lain between.
            "HistoryNotShipped",
            format!(
                "max by (job) ({writer}) and max by (job) (max_over_time({writer}[10m] offset 1h)) \
                 unless max by (job) (max_over_time({shipped}[1h])) > time() - 3600"
            ),
            ("5m", Severity::P3),
            &[Code::DbConnection, Code::ValSchema, Code::AuthForbidden],
            "What is seen has not reached the database for an hour",
        ),
        alert(
            "HistoryWriter",
            format!("sum by (job) ({writer}) != 1"),
            ("5m", Severity::P4),
            &[Code::DbConnection, Code::AuthForbidden],
            "No replica writes the history, or more than one",
        ),
        alert(
            "HistoryNotOnDisk",
            format!("{} == 0", of(HISTORY_ON_DISK)),
            ("5m", Severity::P4),
            on_disk,
            "What is seen is not written down: a crash would lose what the database does not have yet",
        ),
        alert(
            "IncidentsNotOnDisk",
            format!("{} == 0", of(INCIDENTS_ON_DISK)),
            ("5m", Severity::P3),
            on_disk,
            "What happens in incidents is not written down: a crash would lose what the database does not have yet",
        ),
        alert(
            // By whichever replica looks: one that does not any more shows when it last did.
            "SourceSilent",
            format!("time() - max by (source, job) ({}) > 900", of(SOURCE_READ)),
            ("1m", Severity::P4),
            &[
                Code::NetTimeout,
                Code::NetRefused,
                Code::AuthInvalid,
                Code::VendorRateLimited,
            ],
            "A source of alerts has not answered for 15 minutes ({{ $labels.source }})",
        ),
    ]
}

impl Alert {
    /// Writes it as a rule. Writing into a string cannot fail.
    fn write(&self, text: &mut String, setup: &Setup) {
        let base = setup.base.trim_end_matches('/');
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
                let labels = format!("check=\"{series}\",instance=%q,job=%q");
                let cause = setup.selector.in_format().of(CAUSE, &labels);
                let seen = |found: &str, otherwise: &str| seen(&cause, found, otherwise);
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

/// A template that says one thing where there is such a cause, and another where there is none.
fn seen(cause: &str, found: &str, otherwise: &str) -> String {
    let otherwise = match otherwise {
        "" => String::new(),
        text => format!("{{{{ else }}}}{text}"),
    };
    format!(
        "{{{{ with printf `{cause}` $labels.instance $labels.job | query }}}}{found}{otherwise}{{{{ end }}}}"
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

    fn setup(interval: u64) -> Setup {
        Setup {
            watch_interval: Duration::from_secs(interval),
            look_takes: Duration::from_secs(8),
            selector: Selector::default(),
            base: "https://ops.example.com/".to_owned(),
        }
    }

    #[test]
    fn every_alert_has_a_name_of_its_own_a_code_and_metrics_that_there_are() {
        let alerts = alerts(&setup(30));
        let names: BTreeSet<_> = alerts.iter().map(|alert| &alert.name).collect();
        assert_eq!(names.len(), alerts.len());
        for alert in &alerts {
            assert_eq!(unknown_names(&alert.expr), Vec::<String>::new());
            assert!(!matches!(alert.cause, Cause::OneOf([])), "{}", alert.name);
        }
        assert!(names.contains(&"DragonflyLongRunningUnknown".to_owned()));
    }

    #[test]
    fn how_long_it_lasts_follows_how_often_and_how_long_the_watch_looks() {
        for (interval, look_takes, lasts) in [
            (30, Duration::from_secs(8), "98s"),
            (60, Duration::from_secs(8), "158s"),
            (30, Duration::from_millis(12_500), "103s"),
        ] {
            let text = yaml(&Setup {
                look_takes,
                ..setup(interval)
            });
            assert!(text.contains(&format!("for: {lasts}\n")), "{text}");
            assert!(
                text.contains("'https://ops.example.com/errors/DFE-NET-004'"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_meant_stands_in_every_selector() {
        let selector = "environment=~\"prod%.*\"";
        let text = yaml(&Setup {
            selector: selector.parse().expect("matchers"),
            ..setup(30)
        });
        for expr in text.lines().filter(|line| line.contains("dragonfly_")) {
            let in_format = selector.replace('%', "%%");
            let selected = expr.matches(selector).count() + expr.matches(&in_format).count();
            assert_eq!(expr.matches("dragonfly_").count(), selected, "{expr}");
            let is_formatted = expr.contains(&in_format);
            assert_eq!(is_formatted, expr.contains("printf"), "{expr}");
        }
    }

    #[test]
    fn nothing_in_a_text_means_anything_to_yaml() {
        assert_eq!(quoted("Supabase's: {a} #b"), "'Supabase''s: {a} #b'");
        assert!(yaml(&setup(0)).lines().all(|line| !line.contains('\t')));
    }
}
