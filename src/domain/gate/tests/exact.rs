//! Each moment of a run and of an answer, to the millisecond.

use super::*;

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

async fn pass(time: Duration) {
    tokio::time::advance(time).await;
}

fn lates(fixture: &Fixture) -> Vec<bool> {
    let seen = fixture.seen.lock().expect("not poisoned");
    let late = |told: &Told| match told {
        Told::Answer(_, late) => Some(*late),
        Told::Run(..) => None,
    };
    seen.iter().filter_map(late).collect()
}

#[tokio::test(start_paused = true)]
async fn without_a_gate_a_probe_has_its_time_and_not_more() {
    for (act, expected, took) in [
        (Act::Pass(millis(1_999)), Ok(1), 1_999),
        (Act::Hang, Err("query"), 2_000),
        (Act::Fail(None), Err("down"), 0),
    ] {
        let probe = Scripted {
            act: Arc::new(Mutex::new(act)),
            runs: Arc::default(),
        };
        let began = Instant::now();
        let found = once(&probe, 2 * SECOND).await;
        let found = found.as_ref().map_err(|fault| fault.detail.as_ref());
        assert_eq!((found.copied(), began.elapsed()), (expected, millis(took)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_late_a_tenth_of_a_second_after_its_deadline() {
    let fixture = Fixture::new(Act::Pass(Duration::ZERO), 60 * SECOND);
    fixture.check().await;
    pass(20 * SECOND).await;
    for waited in [0, 5_000, 5_100, 5_101, 20_000] {
        let arrival = Instant::now() - millis(waited);
        fixture.gate.check(arrival, "id").await;
    }
    assert_eq!(lates(&fixture), [false, false, false, false, true, true]);
    assert_eq!((fixture.runs(), fixture.gate.timeout()), (1, 5 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn who_joins_with_less_time_left_is_answered_at_its_own_deadline() {
    let fixture = Fixture::new(Act::Fail(None), Duration::ZERO);
    let before = fixture.check().await.outcome;
    fixture.now(Act::Hang);
    let began = Instant::now();
    let (first, hasty) = tokio::join!(async { (fixture.check().await, began.elapsed()) }, async {
        let answer = fixture.gate.check(began - 3 * SECOND, "id").await;
        (answer, began.elapsed())
    });
    assert_eq!((first.1, hasty.1), (5 * SECOND, millis(2_040)));
    let outcome = &hasty.0.outcome;
    let fault = outcome.result.as_ref().expect_err("it did not end");
    assert_eq!(
        (fault.code, fault.detail.as_ref()),
        (Code::DbTimeout, "nowhere")
    );
    let seen = &outcome.observation;
    assert_eq!(seen.fault.as_ref(), Some(fault));
    assert_eq!((seen.verdict, seen.is_abandoned), (Verdict::Critical, true));
    assert_eq!(
        (seen.consecutive_failures, seen.since),
        (2, before.observation.since)
    );
    assert_eq!(
        (seen.latency, hasty.0.retry_in),
        (5 * SECOND, Duration::ZERO)
    );
    assert_eq!(hasty.0.source, Source::Shared);
    // Nobody else is told of it: it was no run.
    let second = &first.0.outcome.observation;
    assert_eq!((fixture.runs(), second.consecutive_failures), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_counted_down_and_ends_at_its_moment() {
    let fixture = Fixture::new(Act::Fail(Some(60 * SECOND)), SECOND);
    let answer = fixture.check().await;
    let seen = &answer.outcome.observation;
    let next = seen.next_attempt.expect("a silence").at;
    assert_eq!(next.duration_since(seen.finished_at).as_secs(), 60);
    assert_eq!((answer.age, answer.retry_in), (Duration::ZERO, 60 * SECOND));
    pass(millis(59_999)).await;
    let answer = fixture.check().await;
    assert_eq!(
        (answer.source, answer.age, answer.retry_in),
        (Source::Cached, millis(59_999), millis(1))
    );
    pass(millis(1)).await;
    assert_eq!(fixture.check().await.source, Source::Live);
    assert_eq!(fixture.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_is_fresh_for_longer_than_the_silence_is_shared_so_long() {
    let fixture = Fixture::new(Act::Fail(Some(SECOND)), 5 * SECOND);
    assert_eq!(fixture.check().await.retry_in, 5 * SECOND);
    pass(2 * SECOND).await;
    let answer = fixture.check().await;
    assert_eq!(
        (answer.source, answer.retry_in),
        (Source::Cached, 3 * SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_says_where_its_time_went_and_what_went_before() {
    let fixture = Fixture::new(Act::Pass(millis(250)), Duration::ZERO);
    let first = fixture.check().await.outcome;
    let passed = &first.observation;
    assert_eq!(passed.latency, millis(250));
    let phases: Vec<_> = passed
        .phases
        .iter()
        .map(|phase| (phase.name, phase.took))
        .collect();
    assert_eq!(phases, [("query", millis(250))]);
    assert_eq!(
        (passed.since, passed.last_ok),
        (passed.finished_at, Some(passed.finished_at))
    );
    assert_eq!((passed.code(), passed.is_abandoned), (None, false));
    assert!(passed.next_attempt.is_none() && passed.fault.is_none());
    let second = fixture.check().await.outcome;
    let again = &second.observation;
    assert_eq!(
        (again.since, again.last_ok),
        (passed.since, Some(again.finished_at))
    );
    fixture.now(Act::Fail(None));
    let third = fixture.check().await.outcome;
    let failed = &third.observation;
    assert_eq!(
        (failed.since, failed.last_ok),
        (failed.finished_at, again.last_ok)
    );
    assert_eq!(
        (failed.code(), failed.consecutive_failures),
        (Some(Code::DbConnection), 1)
    );
    fixture.now(Act::Pass(Duration::ZERO));
    let fourth = fixture.check().await.outcome;
    let recovered = &fourth.observation;
    assert_eq!(
        (recovered.since, recovered.consecutive_failures),
        (recovered.finished_at, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_of_all_has_no_time_at_which_it_was_well() {
    let fixture = Fixture::new(Act::Fail(None), Duration::ZERO);
    let outcome = fixture.check().await.outcome;
    let seen = &outcome.observation;
    assert_eq!((seen.last_ok, seen.consecutive_failures), (None, 1));
    assert_eq!(seen.since, seen.finished_at);
}

#[test]
fn a_panic_is_told_only_where_it_is_plain_text() {
    for (panic, said) in [
        (
            Box::new("a bug") as Box<dyn std::any::Any + Send>,
            "panic: a bug",
        ),
        (
            Box::new("computed: zq".to_owned()),
            "a panic with a computed message",
        ),
    ] {
        let fault = panicked(panic.as_ref());
        assert_eq!(fault.code, Code::Internal);
        assert_eq!(
            fault.detail,
            "The service failed in a way that nobody foresaw."
        );
        assert_eq!(fault.causes, [said]);
    }
}

#[test]
fn a_dependency_rests_for_twenty_times_as_long_and_half_a_minute_at_most() {
    for (latency, expected) in [
        (0, 0),
        (1, 20),
        (1_499, 29_980),
        (1_500, 30_000),
        (1_501, 30_000),
    ] {
        assert_eq!(rest_after(millis(latency)), millis(expected));
    }
}

#[test]
fn a_duration_is_said_in_tenths_of_a_millisecond() {
    for (micros, expected) in [
        (0, 0.0),
        (49, 0.0),
        (50, 0.1),
        (1_250, 1.3),
        (5_001_300, 5_001.3),
    ] {
        let found = super::super::millis(Duration::from_micros(micros));
        assert_eq!(Some(found), Some(expected));
    }
}

#[test]
fn where_an_answer_comes_from_is_one_word_and_a_live_one_is_the_greatest() {
    let mut sources = [Source::Live, Source::Cached, Source::Shared];
    sources.sort();
    assert_eq!(sources.map(Source::as_str), ["cached", "shared", "live"]);
}

#[test]
fn a_gate_shows_its_name_and_its_limits() {
    let fixture = Fixture::new(Act::Hang, SECOND);
    let shown = format!("{:?}", fixture.gate);
    let expected = "Gate { name: \"test\", limits: GateLimits { timeout: 5s, freshness: 1s }, .. }";
    assert_eq!(shown, expected);
}
