use std::time::Duration;

use super::*;
use crate::domain::fault::Fault;
use crate::domain::history::{Sample, Series};
use crate::domain::verdict::Verdict;

fn observation(code: Option<Code>, seconds: u64) -> Observation {
    Observation {
        check: "db",
        verdict: Verdict::Ok,
        fault: code.map(|code| Fault::new(code, "")),
        latency: Duration::from_secs(seconds),
        phases: Vec::new(),
        finished_at: Timestamp::UNIX_EPOCH,
        since: Timestamp::UNIX_EPOCH,
        last_ok: None,
        consecutive_failures: 0,
        next_attempt: None,
        is_abandoned: code.is_some(),
        request_id: String::new(),
    }
}

#[test]
fn what_is_counted_is_rendered_under_its_name() {
    let metrics = Metrics::new();
    metrics.describe(&Deployment {
        environment: "test".to_owned(),
        git_sha: "a\"b\nc".to_owned(),
        build_time: "unknown".to_owned(),
        deployment_id: None,
        replica_id: None,
    });
    let check = metrics.check("db");
    check.observed(&observation(Some(Code::DbTimeout), 5), None);
    check.observed(&observation(None, 1), None);
    check.answered(Source::Shared, true);
    check.traffic().logins.inc();
    let route = metrics.route("/livez");
    route.answered("200", Duration::from_micros(20));
    metrics.alert("opened");
    let dropped = log_lines_dropped();
    metrics.show_log(&dropped);
    dropped.inc();
    let without = metrics.render(3).expect("it renders");
    assert!(!String::from_utf8_lossy(&without).contains("key_expiry"));
    metrics.show_key_expiry(Timestamp::from_second(1_800_000_000).expect("a time"));
    let text = String::from_utf8(metrics.render(3).expect("it renders")).expect("text");
    for line in [
        "dragonfly_check_runs_total{check=\"db\",code=\"DFE-DB-002\"} 1",
        "dragonfly_check_runs_total{check=\"db\",code=\"ok\"} 1",
        "dragonfly_check_ok{check=\"db\"} 1",
        "dragonfly_check_runs_abandoned_total{check=\"db\"} 1",
        "dragonfly_check_run_duration_seconds_sum{check=\"db\"} 6",
        "dragonfly_check_callers_total{check=\"db\",source=\"shared\"} 1",
        "dragonfly_check_answers_late_total{check=\"db\"} 1",
        "dragonfly_check_login_attempts_total{check=\"db\"} 1",
        "dragonfly_check_run_duration_seconds_count{check=\"db\"} 2",
        "dragonfly_http_requests_total{route=\"/livez\",status=\"200\"} 1",
        "dragonfly_alerts_total{outcome=\"opened\"} 1",
        "git_sha=\"a\\\"b\\nc\"",
        "process_open_fds ",
        "dragonfly_tasks 3",
        "dragonfly_log_lines_dropped_total 1",
        "dragonfly_supabase_key_expiry_timestamp_seconds 1800000000",
    ] {
        assert!(text.contains(line), "{line} is missing: {text}");
    }
}

#[test]
fn every_row_of_the_table_is_registered() {
    let metrics = Metrics::new();
    metrics.describe(&Deployment {
        environment: "test".to_owned(),
        git_sha: "unknown".to_owned(),
        build_time: "unknown".to_owned(),
        deployment_id: None,
        replica_id: None,
    });
    metrics.show_log(&log_lines_dropped());
    metrics.show_key_expiry(Timestamp::UNIX_EPOCH);
    // The labels of what runs here are constants.
    let rows = table::ALL.iter().filter(|row| **row != table::BUILD_INFO);
    for metric in rows {
        let again = match metric.kind {
            table::Kind::Counter => metric.counters(&metrics.registry).map(drop),
            table::Kind::Gauge => metric.gauges(&metrics.registry).map(drop),
            table::Kind::Histogram => metric.histograms(&metrics.registry, &[1.0]).map(drop),
        };
        let is_there = matches!(again, Err(prometheus::Error::AlreadyReg));
        assert!(is_there, "{metric} is not registered as its row says");
    }
}

#[test]
fn the_cause_of_a_series_is_the_last_one_that_was_seen() {
    let metrics = Metrics::new();
    let now = Timestamp::from_second(1_800_000_000).expect("a time");
    let look = |code: Option<Code>| {
        let slot = (now, Duration::from_secs(30));
        let samples = [
            Sample::new(Series::Db, slot, Duration::ZERO).judged(Verdict::Critical, code),
            Sample::new(Series::Locks, slot, Duration::ZERO).judged(Verdict::Ok, None),
        ];
        metrics.watch().show(&samples, None, now);
        let text = metrics.render(0).expect("it renders");
        let text = String::from_utf8(text).expect("text");
        let causes = text
            .lines()
            .filter(|line| line.starts_with("dragonfly_cause{"));
        causes.map(str::to_owned).collect::<Vec<_>>()
    };
    let of = |code: &str, first_check: &str| {
        [format!(
            "dragonfly_cause{{check=\"db\",code=\"{code}\",first_check=\"{first_check}\"}} 1"
        )]
    };
    let refused = of("DFE-DB-001", "Database pooler status");
    assert_eq!(look(Some(Code::DbConnection)), refused);
    let full = of("DFE-DB-004", "Connections by state in /api/health/ops");
    assert_eq!(look(Some(Code::DbPoolExhausted)), full);
    assert!(look(None).is_empty());
}
