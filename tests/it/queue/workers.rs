//! Pauses beside workers that claim all the time.

use super::*;

/// Claims, works and finishes, as the workers do, until told to stop. One that waits for a lock for two
/// seconds fails: a batch takes milliseconds, be the machine ever so busy, and a pause in one piece
/// does not. Some jobs are given back once.
async fn worker(url: String, name: usize, stop: Arc<AtomicBool>) -> u64 {
    let mut connection = connect(&url).await;
    execute(&mut connection, "SET lock_timeout = '2s'").await;
    let claim = format!(
        "UPDATE ops.job_queue SET status = 'processing', worker_name = 'w{name}', started_at = now(),
             attempts = attempts + 1
         WHERE id = (SELECT id FROM ops.job_queue WHERE status = 'pending' ORDER BY created_at
                     LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, attempts"
    );
    let mut done = 0;
    loop {
        let claimed = sqlx::raw_sql(AssertSqlSafe(claim.clone()))
            .fetch_optional(&mut connection)
            .await
            .expect("no claim waits");
        let Some(job) = claimed else {
            // A claim that got nothing is no proof: the job that it chose may have become another
            // worker's while it chose.
            if stop.load(Ordering::SeqCst) && !is_busy(&mut connection).await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        let (id, attempts): (i64, i32) = (job.get(0), job.get(1));
        let give_back = attempts == 1 && id % 5 == 0;
        let end = if give_back {
            format!(
                "UPDATE ops.job_queue SET status = 'pending' WHERE id = {id} AND status = 'processing' RETURNING id"
            )
        } else {
            format!(
                "UPDATE ops.job_queue SET status = 'completed', finished_at = now()
                 WHERE id = {id} AND status = 'processing' AND worker_name = 'w{name}' RETURNING id"
            )
        };
        let ended = sqlx::raw_sql(AssertSqlSafe(end))
            .fetch_all(&mut connection)
            .await;
        let ended = ended.expect("no end waits").len();
        assert_eq!(ended, 1, "job {id} was taken away from its worker");
        done += u64::from(!give_back);
    }
}

/// Whether a job is pending or with a worker.
async fn is_busy(connection: &mut PgConnection) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM ops.job_queue WHERE status IN ('pending', 'processing'))",
    )
    .fetch_one(connection)
    .await
    .expect("it answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_job_is_lost_or_done_twice_however_often_the_queue_is_paused() {
    const JOBS: i64 = 3_000;
    let (_cluster, url, mut admin) = scene("SELECT 1").await;
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..4)
        .map(|name| tokio::spawn(worker(url.clone(), name, Arc::clone(&stop))))
        .collect();
    let producer = {
        let url = url.clone();
        tokio::spawn(async move {
            let mut connection = connect(&url).await;
            for _ in 0..JOBS / 100 {
                execute(
                    &mut connection,
                    "INSERT INTO ops.job_queue (job_type) SELECT 't' || n % 2 FROM generate_series(1, 100) AS n",
                )
                .await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
    };
    // Three of them pause and resume at the same time, two of them by type.
    let operators: Vec<_> = [None, Some("t0"), Some("t1")]
        .map(|job_type| {
            let url = url.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let done = act(&url, pause_type(job_type)).await.expect("it pauses");
                    let id = done.after["pause"].as_i64().expect("an id");
                    let done = act(&url, resume(id)).await.expect("it resumes");
                    assert!(done.complete, "{done:?}");
                }
            })
        })
        .into_iter()
        .collect();
    producer.await.expect("it adds all");
    for operator in operators {
        operator.await.expect("all is paused and resumed");
    }
    stop.store(true, Ordering::SeqCst);
    let mut done = 0;
    for worker in workers {
        done += worker.await.expect("it works");
    }
    let left = statuses(&mut admin).await.to_string();
    for status in ["paused", "pending", "processing"] {
        assert!(!left.contains(status), "{left}");
    }
    let (jobs, twice): (i64, i64) = {
        let row = sqlx::raw_sql(
            "SELECT count(*), count(*) FILTER (WHERE attempts > 1 AND id % 5 <> 0 OR attempts > 2) FROM ops.job_queue",
        )
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
        (row.get(0), row.get(1))
    };
    assert_eq!((jobs, twice), (JOBS, 0));
    assert_eq!(done, JOBS.unsigned_abs());
}

#[tokio::test]
async fn a_large_queue_is_paused_in_batches_and_no_claim_waits() {
    let (_cluster, url, mut admin) =
        scene("INSERT INTO ops.job_queue (job_type) SELECT 't' FROM generate_series(1, 60000)")
            .await;
    let stop = Arc::new(AtomicBool::new(false));
    let working = tokio::spawn(worker(url.clone(), 0, Arc::clone(&stop)));
    let done = act(&url, pause_type(None)).await.expect("it pauses");
    stop.store(true, Ordering::SeqCst);
    let worked = working.await.expect("no claim waits");
    assert_eq!(done.verified, Some(true), "{done:?}");
    let held = done.after["held"].as_u64().expect("a number");
    let transactions: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT xmin::text) FROM ops.job_queue WHERE status = 'paused'",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    assert!(
        transactions >= i64::try_from(held / 1000).expect("small"),
        "{transactions} for {held}"
    );
    let id = done.after["pause"].as_i64().expect("an id");
    let done = act(&url, resume(id)).await.expect("it resumes");
    assert_eq!(done.after["pending"], held, "{done:?}");
    assert_eq!(held + worked, 60_000);
}
