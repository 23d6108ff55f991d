use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::domain::metrics::Metrics;

#[derive(Clone, Copy)]
enum Act {
    Pass(Duration),
    Fail(Option<Duration>),
    Hang,
    Panic,
}

struct Scripted {
    act: Arc<Mutex<Act>>,
    runs: Arc<AtomicU32>,
}

impl Probe for Scripted {
    type Evidence = u32;

    fn run<'a>(&'a self, trace: &'a Trace, _deadline: Instant) -> Run<'a, u32> {
        Box::pin(async move {
            let nth = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
            trace.enter("query");
            let act = *self.act.lock().expect("not poisoned");
            match act {
                Act::Pass(after) => {
                    tokio::time::sleep(after).await;
                    Ok(nth)
                }
                Act::Fail(silence) => {
                    let fault = Fault::new(Code::DbConnection, "down");
                    Err(match silence {
                        Some(silence) => fault.retry_after(silence),
                        None => fault,
                    })
                }
                Act::Hang => std::future::pending().await,
                Act::Panic => panic!("a bug"),
            }
        })
    }

    fn overdue(&self, phase: Option<&'static str>, _timeout: Duration) -> Fault {
        Fault::new(Code::DbTimeout, phase.unwrap_or("nowhere"))
    }
}

struct Fixture {
    gate: Arc<Gate<u32>>,
    act: Arc<Mutex<Act>>,
    runs: Arc<AtomicU32>,
}

impl Fixture {
    fn new(act: Act, freshness: Duration) -> Self {
        let (act, runs) = (Arc::new(Mutex::new(act)), Arc::new(AtomicU32::new(0)));
        let probe = Scripted {
            act: Arc::clone(&act),
            runs: Arc::clone(&runs),
        };
        let timeout = Duration::from_secs(5);
        let limits = Limits { timeout, freshness };
        let gate = Gate::new("test", probe, limits, Metrics::new().check("test"));
        Self { gate, act, runs }
    }

    async fn check(&self) -> Answer<u32> {
        self.gate.check(Instant::now(), "id").await
    }

    fn now(&self, act: Act) {
        *self.act.lock().expect("not poisoned") = act;
    }

    fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn callers_share_a_run_and_then_its_outcome_while_it_is_fresh() {
    let fixture = Fixture::new(Act::Pass(SECOND / 20), SECOND);
    let (a, b) = tokio::join!(fixture.check(), fixture.check());
    assert_eq!((a.source, b.source), (Source::Live, Source::Shared));
    assert_eq!(fixture.check().await.source, Source::Cached);
    assert_eq!(fixture.runs(), 1);
    tokio::time::advance(SECOND).await;
    assert_eq!(fixture.check().await.source, Source::Live);
    assert_eq!(fixture.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_cancel_the_run() {
    let fixture = Fixture::new(Act::Pass(SECOND), SECOND);
    let impatient = tokio::time::timeout(Duration::from_millis(10), fixture.check()).await;
    assert!(impatient.is_err());
    let answer = fixture.check().await;
    assert_eq!((answer.source, fixture.runs()), (Source::Shared, 1));
    assert!(answer.observation.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_hang_ends_at_the_deadline_and_says_where() {
    let fixture = Fixture::new(Act::Hang, Duration::ZERO);
    let began = Instant::now();
    let late = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        fixture.check().await
    };
    let (first, joined) = tokio::join!(fixture.check(), late);
    assert_eq!(
        began.elapsed().as_secs(),
        5,
        "who joined is answered with the run"
    );
    for answer in [first, joined] {
        let fault = answer.observation.result.as_ref().expect_err("it hangs");
        assert_eq!(
            (fault.code, fault.detail.as_ref()),
            (Code::DbTimeout, "query")
        );
    }
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.observation.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_outcome_and_the_gate_lives() {
    let fixture = Fixture::new(Act::Panic, Duration::ZERO);
    let answer = fixture.check().await;
    let fault = answer.observation.result.as_ref().expect_err("it panicked");
    assert_eq!(fault.code, Code::Internal);
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.observation.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_was_asked_for_is_kept() {
    let fixture = Fixture::new(Act::Fail(Some(60 * SECOND)), Duration::ZERO);
    for _ in 0..1000 {
        let answer = fixture.check().await;
        assert!(answer.observation.next_attempt.is_some());
    }
    assert_eq!(fixture.runs(), 1);
    tokio::time::advance(60 * SECOND).await;
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.observation.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn failures_are_counted_and_a_success_ends_the_count() {
    let fixture = Fixture::new(Act::Pass(Duration::ZERO), Duration::ZERO);
    let green = fixture.check().await.observation.last_ok;
    fixture.now(Act::Fail(None));
    let first = fixture.check().await.observation;
    let second = fixture.check().await.observation;
    assert_eq!(
        (first.consecutive_failures, second.consecutive_failures),
        (1, 2)
    );
    assert_eq!((first.since, first.last_ok), (second.since, green));
    fixture.now(Act::Pass(Duration::ZERO));
    assert_eq!(fixture.check().await.observation.consecutive_failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_passes_keeps_its_dependency_busy_for_a_twentieth_of_the_time() {
    let millis = Duration::from_millis;
    for (freshness, latency, shared) in [
        (SECOND, millis(700), 14 * SECOND),
        (SECOND, millis(10), SECOND),
        (SECOND, 4 * SECOND, 30 * SECOND),
        (60 * SECOND, 4 * SECOND, 60 * SECOND),
    ] {
        let fixture = Fixture::new(Act::Pass(latency), freshness);
        let answer = fixture.check().await;
        assert_eq!(answer.retry_in, shared, "{freshness:?} {latency:?}");
        let almost = shared.saturating_sub(millis(1));
        tokio::time::advance(almost).await;
        let answer = fixture.check().await;
        assert_eq!(
            (answer.source, answer.age, answer.retry_in),
            (Source::Cached, almost, millis(1))
        );
        tokio::time::advance(millis(1)).await;
        assert_eq!(fixture.check().await.source, Source::Live);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_for_a_moment_however_long_it_took() {
    let fixture = Fixture::new(Act::Hang, SECOND);
    let answer = fixture.check().await;
    assert!(answer.observation.result.is_err());
    assert_eq!(answer.retry_in, SECOND);
    fixture.now(Act::Pass(SECOND));
    tokio::time::advance(SECOND).await;
    assert!(fixture.check().await.observation.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn without_freshness_only_the_run_under_way_is_shared() {
    let fixture = Fixture::new(Act::Pass(SECOND), Duration::ZERO);
    assert_eq!(fixture.check().await.retry_in, Duration::ZERO);
    assert_eq!(fixture.check().await.source, Source::Live);
    assert_eq!(fixture.runs(), 2);
}
