mod exact;

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

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

    fn verdict(&self, nth: &u32) -> Verdict {
        if *nth == 1 {
            Verdict::Warning
        } else {
            Verdict::Ok
        }
    }

    fn overdue(&self, phase: Option<&'static str>, _timeout: Duration) -> Fault {
        Fault::new(Code::DbTimeout, phase.unwrap_or("nowhere"))
    }
}

struct Fixture {
    gate: Arc<Gate<u32>>,
    act: Arc<Mutex<Act>>,
    runs: Arc<AtomicU32>,
    seen: Arc<Mutex<Vec<Told>>>,
}

/// What a listener was told.
#[derive(Debug, PartialEq)]
enum Told {
    /// A run: its verdict, its code, whether it was abandoned, and whether the run before it failed.
    Run(Verdict, Option<Code>, bool, Option<bool>),
    /// An answer, and whether it was late.
    Answer(Source, bool),
}

struct Seen(Arc<Mutex<Vec<Told>>>);

impl Listener for Seen {
    fn observed(&self, now: &Observation, before: Option<&Observation>) {
        assert_eq!((now.check, &*now.request_id), ("test", "id"));
        let before = before.map(|before| before.fault.is_some());
        let told = Told::Run(now.verdict, now.code(), now.is_abandoned, before);
        self.0.lock().expect("not poisoned").push(told);
    }

    fn answered(&self, source: Source, is_late: bool) {
        let told = Told::Answer(source, is_late);
        self.0.lock().expect("not poisoned").push(told);
    }
}

impl Fixture {
    fn new(act: Act, freshness: Duration) -> Self {
        let (act, runs) = (Arc::new(Mutex::new(act)), Arc::new(AtomicU32::new(0)));
        let probe = Scripted {
            act: Arc::clone(&act),
            runs: Arc::clone(&runs),
        };
        let timeout = Duration::from_secs(5);
        let limits = GateLimits { timeout, freshness };
        let seen = Arc::<Mutex<Vec<_>>>::default();
        let listeners: Vec<Box<dyn Listener>> = vec![Box::new(Seen(Arc::clone(&seen)))];
        let gate = Gate::new("test", probe, limits, listeners);
        Self {
            gate,
            act,
            runs,
            seen,
        }
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
    assert!(answer.outcome.result.is_ok());
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
        let fault = answer.outcome.result.as_ref().expect_err("it hangs");
        assert_eq!(
            (fault.code, fault.detail.as_ref()),
            (Code::DbTimeout, "query")
        );
    }
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.outcome.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_outcome_and_the_gate_lives() {
    let fixture = Fixture::new(Act::Panic, Duration::ZERO);
    let answer = fixture.check().await;
    let fault = answer.outcome.result.as_ref().expect_err("it panicked");
    assert_eq!(fault.code, Code::Internal);
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.outcome.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_was_asked_for_is_kept() {
    let fixture = Fixture::new(Act::Fail(Some(60 * SECOND)), Duration::ZERO);
    for _ in 0..1000 {
        let answer = fixture.check().await;
        assert!(answer.outcome.observation.next_attempt.is_some());
    }
    assert_eq!(fixture.runs(), 1);
    tokio::time::advance(60 * SECOND).await;
    fixture.now(Act::Pass(Duration::ZERO));
    assert!(fixture.check().await.outcome.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn failures_are_counted_and_a_success_ends_the_count() {
    let fixture = Fixture::new(Act::Pass(Duration::ZERO), Duration::ZERO);
    let green = fixture.check().await.outcome.observation.last_ok;
    fixture.now(Act::Fail(None));
    let (first, second) = (fixture.check().await, fixture.check().await);
    let (first, second) = (&first.outcome.observation, &second.outcome.observation);
    assert_eq!(
        (first.consecutive_failures, second.consecutive_failures),
        (1, 2)
    );
    assert_eq!((first.since, first.last_ok), (second.since, green));
    fixture.now(Act::Pass(Duration::ZERO));
    assert_eq!(
        fixture
            .check()
            .await
            .outcome
            .observation
            .consecutive_failures,
        0
    );
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
    assert!(answer.outcome.result.is_err());
    assert_eq!(answer.retry_in, SECOND);
    fixture.now(Act::Pass(SECOND));
    tokio::time::advance(SECOND).await;
    assert!(fixture.check().await.outcome.result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn without_freshness_only_the_run_under_way_is_shared() {
    let fixture = Fixture::new(Act::Pass(SECOND), Duration::ZERO);
    assert_eq!(fixture.check().await.retry_in, Duration::ZERO);
    assert_eq!(fixture.check().await.source, Source::Live);
    assert_eq!(fixture.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn listeners_are_told_of_each_run_once_with_the_one_before_and_of_each_answer() {
    let fixture = Fixture::new(Act::Pass(SECOND), SECOND);
    fixture.check().await;
    fixture.check().await;
    fixture.now(Act::Hang);
    tokio::time::advance(20 * SECOND).await;
    fixture.check().await;
    let down = Some(Code::DbTimeout);
    assert_eq!(
        *fixture.seen.lock().expect("not poisoned"),
        [
            Told::Run(Verdict::Warning, None, false, None),
            Told::Answer(Source::Live, false),
            Told::Answer(Source::Cached, false),
            Told::Run(Verdict::Critical, down, true, Some(false)),
            Told::Answer(Source::Live, false),
        ]
    );
}
