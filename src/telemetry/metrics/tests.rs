use super::*;
use crate::domain::fault::Fault;
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
    metrics.answered("/livez", "200", Duration::from_micros(20));
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
