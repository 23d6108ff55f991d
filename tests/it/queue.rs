//! Pausing and resuming the job queue: nothing is lost, nothing is done twice, nobody waits.

mod workers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dragonfly_ops::app::App;
use dragonfly_ops::dev::cluster::Cluster;
use dragonfly_ops::domain::action::{Action, Done};
use dragonfly_ops::domain::fault::Fault;
use dragonfly_ops::domain::order::Order;
use dragonfly_ops::settings::Settings;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::harness::{Instance, PASSWORD, SUPERUSER, World, connect, execute, url_as};
use crate::pooler::Pooler;

fn settings(url: &str) -> Settings {
    let environment = BTreeMap::from([("DATABASE_URL".to_owned(), url.to_owned())]);
    Settings::load(environment, None)
}

/// Whoever carries out actions on this database.
fn app(url: &str) -> Arc<App> {
    App::new(settings(url))
}

fn order(key: Option<&str>) -> Order {
    Order {
        reason: "the mailer sends twice".to_owned(),
        actor: "tests".to_owned(),
        environment: "test".to_owned(),
        request_id: "request".to_owned(),
        key: key.map(ToOwned::to_owned),
        dry_run: false,
    }
}

fn pause_type(job_type: Option<&str>) -> Action {
    Action::PauseQueue {
        job_type: job_type.map(ToOwned::to_owned),
        lasts: None,
    }
}

fn resume(pause: i64) -> Action {
    Action::ResumeQueue { pause: Some(pause) }
}

async fn act(url: &str, action: Action) -> Result<Done, Fault> {
    app(url).perform(action, order(None)).await
}

/// Pauses, and gives the pause's id.
async fn pause(url: &str, job_type: Option<&str>) -> i64 {
    let done = act(url, pause_type(job_type)).await.expect("it pauses");
    assert_eq!(
        (done.complete, done.verified),
        (true, Some(true)),
        "{done:?}"
    );
    done.after["pause"].as_i64().expect("an id")
}

/// The statuses of all jobs by their type, in the order of their ids.
async fn statuses(admin: &mut PgConnection) -> Value {
    let rows = sqlx::raw_sql(
        "SELECT job_type, string_agg(status, ' ' ORDER BY id) AS statuses FROM ops.job_queue GROUP BY 1",
    )
    .fetch_all(admin)
    .await
    .expect("it answers");
    let by_type = rows
        .iter()
        .map(|row| (row.get::<String, _>(0), json!(row.get::<String, _>(1))));
    Value::Object(by_type.collect())
}

async fn scene(jobs: &'static str) -> (Cluster, String, PgConnection) {
    let World { cluster, url } = World::with_postgres(&[]).migrated();
    let mut admin = connect(&url).await;
    execute(&mut admin, jobs).await;
    (cluster, url, admin)
}

#[tokio::test]
async fn a_pause_holds_what_is_pending_and_what_arrives_and_gives_exactly_that_back() {
    let (_cluster, url, mut admin) = scene(
        "INSERT INTO ops.job_queue (job_type, status) VALUES
             ('mail', 'pending'), ('mail', 'processing'), ('mail', 'paused'), ('mail', 'completed'), ('scan', 'pending')",
    )
    .await;
    let id = pause(&url, None).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('mail');
         UPDATE ops.job_queue SET status = 'pending' WHERE status = 'processing';
         INSERT INTO ops.job_queue (job_type, status) VALUES ('scan', 'processing'), ('scan', 'completed')",
    )
    .await;
    assert_eq!(
        statuses(&mut admin).await,
        json!({ "mail": "paused paused paused completed paused", "scan": "paused processing completed" })
    );
    let done = act(&url, resume(id)).await.expect("it resumes");
    assert_eq!(
        (done.complete, done.verified),
        (true, Some(true)),
        "{done:?}"
    );
    assert_eq!(
        (&done.before["held"], &done.after["held"]),
        (&json!(4), &json!(0))
    );
    // The one that somebody else has paused stays so.
    assert_eq!(
        statuses(&mut admin).await,
        json!({ "mail": "pending pending paused completed pending", "scan": "pending processing completed" })
    );
    // Once more changes nothing, and says so; what arrives now is not held.
    let rehearsal = Order {
        dry_run: true,
        ..order(None)
    };
    let plan = app(&url)
        .perform(resume(id), rehearsal)
        .await
        .expect("it can be planned");
    assert!(
        plan.notes.iter().any(|note| note.contains("lifted before")),
        "{plan:?}"
    );
    let again = act(&url, resume(id)).await.expect("it is lifted already");
    assert_eq!(again.verified, Some(true), "{again:?}");
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('new')",
    )
    .await;
    assert_eq!(statuses(&mut admin).await["new"], "pending");
}

#[tokio::test]
async fn pauses_may_overlap_and_each_lifts_only_itself() {
    let (_cluster, url, mut admin) =
        scene("INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('scan')").await;
    let mail = pause(&url, Some("mail")).await;
    assert_eq!(
        statuses(&mut admin).await,
        json!({ "mail": "paused", "scan": "pending" })
    );
    let all = pause(&url, None).await;
    let unclear = act(&url, Action::ResumeQueue { pause: None }).await;
    let fault = unclear.expect_err("there are two");
    assert!(fault.detail.contains(&format!("{mail}, {all}")), "{fault}");
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('mail')",
    )
    .await;
    // Lifted in the order in which they began: the later one takes over.
    let done = act(&url, resume(mail)).await.expect("it resumes");
    assert!(
        done.notes
            .iter()
            .any(|note| note.starts_with("2 jobs stay paused")),
        "{done:?}"
    );
    assert_eq!(
        statuses(&mut admin).await,
        json!({ "mail": "paused paused", "scan": "paused" })
    );
    let done = act(&url, Action::ResumeQueue { pause: None })
        .await
        .expect("only one is left");
    assert_eq!(done.after["pause"], all);
    assert_eq!(
        statuses(&mut admin).await,
        json!({ "mail": "pending pending", "scan": "pending" })
    );
    let none = act(&url, Action::ResumeQueue { pause: None }).await;
    assert!(
        none.expect_err("none is left")
            .detail
            .contains("No pause lasts")
    );
    let unknown = act(&url, resume(999)).await;
    assert!(
        unknown
            .expect_err("no such pause")
            .detail
            .contains("no pause 999")
    );
}

#[tokio::test]
async fn a_job_of_a_transaction_that_had_not_seen_the_pause_is_held_too() {
    let (_cluster, url, mut admin) = scene("SELECT 1").await;
    let mut slow = connect(&url).await;
    execute(
        &mut slow,
        "BEGIN; INSERT INTO ops.job_queue (job_type) VALUES ('slow')",
    )
    .await;
    let pausing = {
        let url = url.clone();
        tokio::spawn(async move { act(&url, pause_type(None)).await })
    };
    // The pause is on record; whoever looks now would see no job.
    until(&mut admin, "EXISTS (SELECT FROM ops.queue_pauses)").await;
    execute(&mut slow, "COMMIT").await;
    let done = pausing.await.expect("it ran").expect("it pauses");
    assert_eq!(
        (done.verified, &done.after["held"]),
        (Some(true), &json!(1)),
        "{done:?}"
    );
    assert_eq!(statuses(&mut admin).await, json!({ "slow": "paused" }));
}

/// The transaction gets its id after the pause's and sees nothing of it, and it is still under way when
/// the pause is on record: nothing that has ended is newer.
#[tokio::test]
async fn a_job_of_a_transaction_that_is_younger_than_the_pause_is_held_too() {
    let (_cluster, url, mut admin) = scene("SELECT 1").await;
    let mut blocker = connect(&url).await;
    execute(
        &mut blocker,
        "BEGIN; LOCK TABLE ops.audit_log IN SHARE MODE",
    )
    .await;
    let mut pausing = {
        let url = url.clone();
        tokio::spawn(async move { act(&url, pause_type(None)).await })
    };
    until(
        &mut admin,
        "EXISTS (SELECT FROM pg_locks WHERE NOT granted)",
    )
    .await;
    let mut slow = connect(&url).await;
    execute(
        &mut slow,
        "BEGIN; INSERT INTO ops.job_queue (job_type) VALUES ('slow')",
    )
    .await;
    execute(&mut blocker, "ROLLBACK").await;
    until(&mut admin, "EXISTS (SELECT FROM ops.queue_pauses)").await;
    let early = tokio::time::timeout(Duration::from_secs(1), &mut pausing).await;
    assert!(early.is_err(), "it did not wait for the job: {early:?}");
    execute(&mut slow, "COMMIT").await;
    let done = pausing.await.expect("it ran").expect("it pauses");
    assert_eq!(
        (done.verified, &done.after["held"]),
        (Some(true), &json!(1)),
        "{done:?}"
    );
    assert_eq!(statuses(&mut admin).await, json!({ "slow": "paused" }));
}

/// Waits until a condition of SQL holds.
async fn until(admin: &mut PgConnection, condition: &str) {
    loop {
        let holds: bool = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {condition}")))
            .fetch_one(&mut *admin)
            .await
            .expect("it answers");
        if holds {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_order_is_carried_out_once_per_key_and_is_on_record_for_good() {
    let (_cluster, url, mut admin) =
        scene("INSERT INTO ops.job_queue (job_type) VALUES ('mail')").await;
    let app = app(&url);
    let all = (0..50).map(|_| app.perform(pause_type(None), order(Some("k-1"))));
    let all = futures_util::future::join_all(all).await;
    let mut rows: Vec<_> = all
        .into_iter()
        .map(|done| done.expect("it pauses, or is the same").audit_id)
        .collect();
    rows.dedup();
    assert_eq!(rows.len(), 1, "{rows:?}");
    let again = app
        .perform(pause_type(None), order(Some("k-1")))
        .await
        .expect("it is on record");
    assert_eq!((again.replayed, again.complete), (true, true), "{again:?}");
    assert_eq!(again.after["held"], 1, "{again:?}");
    let other = app.perform(pause_type(Some("x")), order(Some("k-1"))).await;
    assert_eq!(other.expect_err("another order").code.id(), "DFE-VAL-003");
    let mut dry = order(None);
    dry.dry_run = true;
    let rehearsed = app
        .perform(pause_type(None), dry)
        .await
        .expect("it is rehearsed");
    assert!(
        rehearsed.dry_run && rehearsed.audit_id.is_none(),
        "{rehearsed:?}"
    );
    let counted = sqlx::raw_sql(
        "SELECT (SELECT count(*) FROM ops.queue_pauses), string_agg(phase || ' ' || reason, ', ' ORDER BY id)
         FROM ops.audit_log",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    assert_eq!(counted.get::<i64, _>(0), 1, "one pause");
    assert_eq!(
        counted.get::<String, _>(1),
        "begun the mailer sends twice, done the mailer sends twice"
    );
    for change in [
        "UPDATE ops.audit_log SET reason = 'x'",
        "DELETE FROM ops.audit_log",
        "TRUNCATE ops.audit_log CASCADE",
    ] {
        let error = sqlx::raw_sql(change).execute(&mut admin).await;
        let error = error.expect_err("it is append-only").to_string();
        assert!(error.contains("append-only"), "{change}: {error}");
    }
}

#[tokio::test]
async fn an_expired_pause_warns_and_still_holds_and_a_leak_is_seen() {
    let (_cluster, url, mut admin) =
        scene("INSERT INTO ops.job_queue (job_type) VALUES ('mail')").await;
    let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_FRESHNESS_MS", "0")]);
    let lasts = Some(Duration::from_secs(600));
    let action = Action::PauseQueue {
        job_type: None,
        lasts,
    };
    act(&url, action).await.expect("it pauses");
    let queue = |body: Value| body["sections"]["queue"].clone();
    let section = queue(service.get("/api/health/ops").await.assert_ok());
    assert_eq!(
        (&section["verdict"], &section["pauses"][0]["held"]),
        (&json!("ok"), &json!(1)),
        "{section}"
    );
    assert!(
        section["pauses"][0].get("reason").is_none(),
        "anybody may read this: {section}"
    );
    execute(
        &mut admin,
        "UPDATE ops.queue_pauses SET expires_at = clock_timestamp() - interval '10 minutes'",
    )
    .await;
    let section = queue(service.get("/api/health/ops").await.assert_ok());
    assert_eq!(section["verdict"], "warning");
    assert!(
        section["summary"]
            .as_str()
            .expect("text")
            .contains("expired 10 min ago"),
        "{section}"
    );
    assert_eq!(statuses(&mut admin).await["mail"], "paused");
    // Somebody gets past the trigger.
    execute(
        &mut admin,
        "UPDATE ops.queue_pauses SET expires_at = NULL; SET session_replication_role = replica;
         INSERT INTO ops.job_queue (job_type) VALUES ('sneaked')",
    )
    .await;
    let section = queue(service.get("/api/health/ops").await.assert_ok());
    assert!(
        section["summary"]
            .as_str()
            .expect("text")
            .contains("1 job is pending in spite of"),
        "{section}"
    );
}

#[tokio::test]
async fn it_works_through_a_transaction_pooler_as_well() {
    let (cluster, _, mut admin) =
        scene("INSERT INTO ops.job_queue (job_type) SELECT 't' FROM generate_series(1, 2500)")
            .await;
    let pooler = Pooler::start(&cluster, &[]).await;
    let through = url_as(pooler.port(), SUPERUSER, PASSWORD);
    let both = tokio::join!(pause(&through, None), pause(&through, Some("t")));
    for id in [both.0, both.1] {
        let done = act(&through, resume(id)).await.expect("it resumes");
        assert_eq!(done.verified, Some(true), "{done:?}");
    }
    let pending: i64 =
        sqlx::query_scalar("SELECT count(*) FROM ops.job_queue WHERE status = 'pending'")
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
    assert_eq!(pending, 2500);
}
