//! What Prometheus may find at a scrape, and which alerts fire then.

use std::collections::BTreeMap;

use dragonfly_ops::domain::history::Series;
use serde_json::{Value, json};

/// What every series of a scrape has.
const OF: &str = "job=\"ops\",instance=\"one:8080\"";

/// What is scraped, a sample each half minute: by series, its labels without those that all have.
pub(super) type Scraped = BTreeMap<String, String>;

pub(super) fn lasting(value: f64) -> String {
    format!("{value}+0x200")
}

pub(super) fn verdict(series: Series) -> String {
    format!("dragonfly_verdict{{check=\"{series}\"}}")
}

/// All is well.
fn well() -> Scraped {
    let mut scraped: Scraped = [
        ("dragonfly_build_info{version=\"1\"}", 1.0),
        ("dragonfly_check_answers_late_total{check=\"db\"}", 0.0),
        ("dragonfly_supabase_key_expiry_timestamp_seconds{}", 2e6),
        (
            "dragonfly_supabase_certificate_expiry_timestamp_seconds{}",
            2e6,
        ),
        ("dragonfly_watch_interval_seconds{}", 30.0),
        ("dragonfly_history_writer{}", 1.0),
        ("dragonfly_history_on_disk{}", 1.0),
        ("dragonfly_incidents_on_disk{}", 1.0),
        ("dragonfly_notices_overdue{channel=\"slack\"}", 0.0),
    ]
    .into_iter()
    .map(|(series, value)| (series.to_owned(), lasting(value)))
    .collect();
    scraped.extend(Series::ALL.map(|series| (verdict(series), lasting(0.0))));
    for moves_on in [
        "dragonfly_watch_last_look_timestamp_seconds{}",
        "dragonfly_history_shipped_timestamp_seconds{}",
        "dragonfly_source_read_timestamp_seconds{source=\"n8n\"}",
    ] {
        scraped.insert(moves_on.to_owned(), "0+30x200".to_owned());
    }
    scraped
}

/// The series as Prometheus has them.
pub(super) fn input(scraped: &Scraped) -> Vec<Value> {
    let one = |(series, values): (&String, &String)| {
        let series = series.trim_end_matches('}');
        let comma = if series.ends_with('{') { "" } else { "," };
        let of = match series.contains("instance=") {
            true => "job=\"ops\"",
            false => OF,
        };
        json!({ "series": format!("{series}{comma}{of}}}"), "values": values })
    };
    scraped.iter().map(one).collect()
}

/// What differs from all being well, and which alerts fire then, and no other.
pub(super) struct Scenario {
    what: String,
    pub(super) scraped: Scraped,
    at: &'static str,
    pub(super) fire: Vec<String>,
}

impl Scenario {
    pub(super) fn new(what: &str, differs: &[(&str, String)], fire: &[&str]) -> Self {
        let mut scraped = well();
        for (series, values) in differs {
            match values.as_str() {
                "absent" => drop(scraped.remove(*series)),
                values => drop(scraped.insert((*series).to_owned(), values.to_owned())),
            }
        }
        Self {
            what: what.to_owned(),
            scraped,
            at: "20m",
            fire: fire.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Looks then, and not after twenty minutes.
    fn at(mut self, at: &'static str) -> Self {
        self.at = at;
        self
    }

    pub(super) fn test(&self) -> Value {
        let samples = self
            .fire
            .iter()
            .map(|name| json!({ "labels": format!("{{alertname=\"{name}\"}}"), "value": 1 }));
        json!({
            "name": self.what, "interval": "30s", "input_series": input(&self.scraped),
            "promql_expr_test": [{
                "expr": "count by (alertname) (ALERTS{alertstate=\"firing\"})", "eval_time": self.at,
                "exp_samples": samples.collect::<Vec<_>>(),
            }],
        })
    }
}

/// Each series, by what its verdict does.
pub(super) fn of_verdicts() -> Vec<Scenario> {
    let db = verdict(Series::Db);
    let mut scenarios = Vec::new();
    for series in Series::ALL {
        let word = match series {
            Series::LongRunning => "LongRunning".to_owned(),
            series => {
                let (first, rest) = series.as_str().split_at(1);
                first.to_uppercase() + rest
            }
        };
        let (critical, unknown) = (
            format!("Dragonfly{word}Critical"),
            format!("Dragonfly{word}Unknown"),
        );
        let verdict = verdict(series);
        let of = |what: &str, values: String, fire: &[&str]| {
            Scenario::new(&format!("{series} {what}"), &[(&verdict, values)], fire)
        };
        scenarios.extend([
            of("is critical", lasting(3.0), &[&critical]),
            of("warns", lasting(1.0), &[]),
            of("is unknown", lasting(2.0), &[&unknown]),
            of(
                "is unknown and critical in turn",
                "2 3 ".repeat(100),
                &[&unknown],
            ),
            of("is not scraped", "absent".to_owned(), &[]),
            of("is well again", "3+0x19 0+0x100".to_owned(), &[]),
        ]);
        let once = of("was critical once", "0+0x29 3 0+0x99".to_owned(), &[]);
        scenarios.push(once.at("15m"));
        // The third look found it well again, which is known a minute and a half after the first one was scraped.
        let twice = of("was critical twice", "0+0x28 3+0x2 0+0x99".to_owned(), &[]);
        scenarios.push(twice.at("15m30s"));
        if series != Series::Db {
            scenarios.push(Scenario::new(
                &format!("{series} is unknown because the database is down"),
                &[(&verdict, lasting(2.0)), (&db, lasting(3.0))],
                &["DragonflyDbCritical"],
            ));
        }
    }
    scenarios
}

/// The service itself.
pub(super) fn of_ourselves() -> Vec<Scenario> {
    let look = "dragonfly_watch_last_look_timestamp_seconds{}";
    let late = "dragonfly_check_answers_late_total{check=\"db\"}";
    let key = "dragonfly_supabase_key_expiry_timestamp_seconds{}";
    let certificate = "dragonfly_supabase_certificate_expiry_timestamp_seconds{}";
    let interval = "dragonfly_watch_interval_seconds{}";
    let pending = "dragonfly_history_oldest_pending_timestamp_seconds{}";
    let shipped = "dragonfly_history_shipped_timestamp_seconds{}";
    let source = "dragonfly_source_read_timestamp_seconds{source=\"n8n\"}";
    let writer = "dragonfly_history_writer{}";
    let overdue = "dragonfly_notices_overdue{channel=\"slack\"}";
    let absent = || "absent".to_owned();
    let mut gone = Scenario::new("nothing is scraped", &[], &["DragonflyGone"]);
    gone.scraped.clear();
    let mut redeployed = Scenario::new("a deploy takes a minute", &[], &[]);
    for values in redeployed.scraped.values_mut() {
        *values = match values.strip_suffix("+30x200") {
            Some(_) => "0+30x28 stale _ 930+30x99".to_owned(),
            None => values.replace("x200", "x28 stale _ ") + &values.replace("x200", "x99"),
        };
    }
    redeployed.at = "15m30s";
    vec![
        Scenario::new("all is well", &[], &[]),
        gone,
        redeployed,
        Scenario::new(
            "the watch has stopped",
            &[(look, lasting(0.0))],
            &["DragonflyWatchLate"],
        ),
        Scenario::new(
            "the watch has never looked",
            &[(look, absent())],
            &["DragonflyWatchLate"],
        ),
        Scenario::new(
            "the last look is a minute ago",
            &[(look, "-60+30x200".to_owned())],
            &[],
        ),
        Scenario::new(
            "answers come late",
            &[(late, "0+1x200".to_owned())],
            &["DragonflyAnswersLate"],
        ),
        Scenario::new(
            "answers came late a while ago",
            &[(late, "0+1x10 10+0x190".to_owned())],
            &[],
        ),
        Scenario::new(
            "the key expires in 5 days",
            &[(key, lasting(437_400.0))],
            &["DragonflyKeyExpires"],
        )
        .at("90m"),
        Scenario::new(
            "the key has expired",
            &[(key, lasting(0.0))],
            &["DragonflyKeyExpires"],
        )
        .at("90m"),
        Scenario::new("the key does not expire", &[(key, absent())], &[]),
        Scenario::new(
            "the certificate expires in 5 days",
            &[(certificate, lasting(437_400.0))],
            &["DragonflyCertificateExpires"],
        )
        .at("90m"),
        Scenario::new(
            "the certificate was not seen",
            &[(certificate, absent())],
            &[],
        ),
        Scenario::new(
            "nothing is ever shipped",
            &[
                (pending, lasting(0.0)),
                (shipped, absent()),
                (writer, lasting(0.0)),
            ],
            &["DragonflyHistoryNotShipped", "DragonflyHistoryWriter"],
        )
        .at("90m"),
        // Whoever cannot ship is no writer any more, but knows when it last could.
        Scenario::new(
            "nothing is shipped any more",
            &[
                (pending, "_x20 600+0x180".to_owned()),
                (shipped, "0+30x20 600+0x180".to_owned()),
                (writer, "1+0x21 0+0x180".to_owned()),
            ],
            &["DragonflyHistoryNotShipped", "DragonflyHistoryWriter"],
        )
        .at("90m"),
        Scenario::new(
            "nothing is shipped any more, and a new instance has never shipped",
            &[
                (pending, lasting(0.0)),
                (shipped, "0+30x20 600+0x20 stale".to_owned()),
                (writer, "1+0x21 0+0x20 stale _ _ 0+0x180".to_owned()),
            ],
            &["DragonflyHistoryNotShipped", "DragonflyHistoryWriter"],
        )
        .at("90m"),
        Scenario::new(
            "nothing has been shipped for half an hour",
            &[
                (shipped, "0+30x120 3600+0x80".to_owned()),
                (writer, "1+0x121 0+0x80".to_owned()),
            ],
            &["DragonflyHistoryWriter"],
        )
        .at("90m"),
        Scenario::new(
            "a new instance has not shipped yet",
            &[(shipped, absent()), (writer, lasting(0.0))],
            &["DragonflyHistoryWriter"],
        )
        .at("50m"),
        Scenario::new(
            "nothing is watched",
            &[
                (interval, lasting(0.0)),
                (look, absent()),
                (shipped, absent()),
                (writer, absent()),
            ],
            &[],
        )
        .at("90m"),
        Scenario::new(
            "the watch looks once a second",
            &[(interval, lasting(1.0)), (look, "-30+30x200".to_owned())],
            &[],
        ),
        Scenario::new(
            "a source has stopped answering",
            &[(source, lasting(0.0))],
            &["DragonflySourceSilent"],
        ),
        Scenario::new("there is no source", &[(source, absent())], &[]),
        Scenario::new(
            "another replica asks the source now",
            &[
                (source, lasting(0.0)),
                (
                    "dragonfly_source_read_timestamp_seconds{source=\"n8n\",instance=\"two:8080\"}",
                    "0+30x200".to_owned(),
                ),
            ],
            &[],
        ),
        Scenario::new(
            "it waits to be shipped",
            &[(pending, "0+30x200".to_owned())],
            &[],
        ),
        Scenario::new(
            "a replica that does not write holds what it saw",
            &[
                (pending, lasting(0.0)),
                (writer, lasting(0.0)),
                (shipped, absent()),
                (
                    "dragonfly_history_writer{instance=\"two:8080\"}",
                    lasting(1.0),
                ),
                (
                    "dragonfly_history_shipped_timestamp_seconds{instance=\"two:8080\"}",
                    "0+30x200".to_owned(),
                ),
            ],
            &[],
        )
        .at("90m"),
        Scenario::new(
            "nobody writes",
            &[(writer, lasting(0.0))],
            &["DragonflyHistoryWriter"],
        ),
        Scenario::new(
            "two write",
            &[(
                "dragonfly_history_writer{instance=\"two:8080\"}",
                lasting(1.0),
            )],
            &["DragonflyHistoryWriter"],
        ),
        Scenario::new(
            "the disk is full",
            &[
                ("dragonfly_history_on_disk{}", lasting(0.0)),
                ("dragonfly_incidents_on_disk{}", lasting(0.0)),
            ],
            &["DragonflyHistoryNotOnDisk", "DragonflyIncidentsNotOnDisk"],
        ),
        Scenario::new(
            "somebody is not told",
            &[(overdue, lasting(2.0))],
            &["DragonflyNoticesOverdue"],
        ),
        Scenario::new(
            "another takes over within a minute",
            &[(writer, "1+0x38 0 0 1+0x100".to_owned())],
            &[],
        ),
    ]
}
