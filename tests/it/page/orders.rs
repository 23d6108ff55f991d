//! Every other order, given by keyboard: with a preview, for a reason, once, on record.

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::driver::{Browser, ENTER};
use super::tools::assert_accessible;
use crate::actions::reload::stale_rest;
use crate::actions::until;
use crate::harness::{Instance, KEY, OPERATOR, READER, World, connect};
use crate::railway::{Railway, TOKEN};

const REASON: &str = "letters go out twice";

/// Signs in with a token, by keyboard.
pub(crate) async fn sign_in(browser: &Browser, service: &Instance, token: &str) {
    browser
        .go(&format!("http://127.0.0.1:{}/sign-in", service.port))
        .await;
    browser.tab_to("#token").await;
    browser.press(token).await;
    browser.press(ENTER).await;
    browser.shows("Sign out").await;
}

/// What is on record of orders: who, why, and how it ended.
async fn on_record(admin: &mut PgConnection, action: &str) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "SELECT b.actor, b.reason, coalesce(e.phase, b.phase) FROM ops.audit_log AS b
         LEFT JOIN ops.audit_log AS e ON e.follows = b.id
         WHERE b.action = $1 AND b.follows IS NULL ORDER BY b.id",
    )
    .bind(action)
    .persistent(false)
    .fetch_all(admin)
    .await
    .expect("it answers")
}

/// An order on the page: the end of the ids of its fields, what its button sends, its name.
struct Order<'a> {
    id: &'a str,
    action: &'a str,
    title: &'a str,
    /// What is said where what it did leaves nothing to be done again.
    cannot_be_again: Option<&'a str>,
}

/// Gives an order by keyboard, and all that may go wrong on the way: without a reason, with Back and the same
/// again. The form has been opened, and what is its own has been filled in.
async fn give(browser: &Browser, admin: &mut PgConnection, order: &Order<'_>) {
    let Order {
        id, action, title, ..
    } = order;
    let send = format!("form:has(#reason-{id}) button[value='{action}']");
    // The browser does not send it without a reason, and neither does the service take it so.
    browser.tab_to(&send).await;
    browser.press(ENTER).await;
    let missing = format!("document.getElementById('reason-{id}').validity.valueMissing");
    assert_eq!(browser.run(&format!("return {missing}")).await, true);
    assert_eq!(browser.run("return location.pathname").await, "/status");
    let form = format!("document.getElementById('reason-{id}').form");
    let refused = browser
        .run_async(&format!(
            "const done = arguments[arguments.length - 1];
             const body = new URLSearchParams(new FormData({form}));
             body.set('action', '{action}');
             fetch('/actions', {{ method: 'POST', body }}).then(async (one) => done([one.status, await one.text()]));"
        ))
        .await;
    assert_eq!(refused[0], 400, "{refused}");
    assert!(
        refused[1]
            .as_str()
            .is_some_and(|text| text.contains("reason"))
    );
    browser
        .run(&format!("document.getElementById('reason-{id}').focus()"))
        .await;
    browser.press(REASON).await;
    browser.tab_to(&format!("#by-{id}")).await;
    browser.press("Ada").await;
    browser.tab_to(&send).await;
    browser.press(ENTER).await;
    browser.shows(&format!("Preview: {title}")).await;
    browser.shows("Nothing has been changed yet").await;
    browser.shows(REASON).await;
    assert_accessible(browser, "the preview").await;
    assert!(on_record(admin, action).await.is_empty(), "{action}");
    browser.tab_to("button.danger").await;
    browser.press(ENTER).await;
    browser.shows(&format!("Done: {title}")).await;
    browser.shows("Its effect was seen.").await;
    browser.shows("On record in ops.audit_log").await;
    assert_accessible(browser, "the outcome").await;
    let who = "Ada (http: 127.0.0.1)".to_owned();
    let once = vec![(who, REASON.to_owned(), "done".to_owned())];
    assert_eq!(on_record(admin, action).await, once, "{action}");
    // The preview is asked for anew: it says that there is nothing more to do, or leads to the order from before.
    browser.back().await;
    browser.reload().await;
    if let Some(refused) = order.cannot_be_again {
        browser.shows(refused).await;
        assert_eq!(on_record(admin, action).await, once, "{action}");
        return;
    }
    browser.shows("Nothing has been changed yet").await;
    browser.click("button.danger").await;
    browser.shows("the same order from before").await;
    browser.reload().await;
    browser.shows("the same order from before").await;
    assert_eq!(on_record(admin, action).await, once, "{action}");
}

/// Opens the status, until a script says that it shows what is meant.
async fn status_once(browser: &Browser, service: &Instance, script: &str) {
    for _ in 0..300 {
        browser
            .go(&format!("http://127.0.0.1:{}/status", service.port))
            .await;
        if browser.run(&format!("return {script}")).await == true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never {script}: {}", browser.text().await);
}

/// Opens a form, by the end of the ids of its fields.
async fn open(browser: &Browser, id: &str) {
    browser
        .tab_to(&format!("details:has(#reason-{id}) > summary"))
        .await;
    browser.press(ENTER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_reloaded_and_workers_are_restarted_by_keyboard() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.worker_heartbeats (worker_name, started_at) VALUES ('intake-1', now())")
        .await;
    let railway = Railway::start().await;
    railway.set(|behaviour| behaviour.workers = Some((world.url.clone(), true)));
    let (port, fresh) = stale_rest(&world.url).await;
    let service = world.start(&[
        ("SUPABASE_URL", &format!("http://127.0.0.1:{port}")),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("RAILWAY_API_URL", &railway.url),
        ("RAILWAY_TOKEN", TOKEN),
        ("RAILWAY_SERVICE_ID", "s-2"),
    ]);
    let mut admin = world.admin().await;
    let browser = Browser::start().await;
    sign_in(&browser, &service, OPERATOR).await;

    open(&browser, "reload").await;
    let reload = Order {
        id: "reload",
        action: "schema.reload",
        title: "reload the schema",
        cannot_be_again: None,
    };
    give(&browser, &mut admin, &reload).await;
    assert!(fresh.load(std::sync::atomic::Ordering::SeqCst));

    browser.tab_to("main a.button").await;
    browser.press(ENTER).await;
    browser.shows("What is being done").await;
    open(&browser, "restart").await;
    browser.tab_to("#service").await;
    browser.press("intake").await;
    let restart = Order {
        id: "restart",
        action: "workers.restart",
        title: "restart workers",
        cannot_be_again: Some("restarted less than two minutes ago"),
    };
    give(&browser, &mut admin, &restart).await;
    assert_eq!(railway.restarts(), 1);
}

/// A session that holds a table, in this way, and one that waits for it.
async fn blocked(world: &World, how: &'static str) -> (i32, Vec<tokio::task::JoinHandle<bool>>) {
    let mut holder = connect(&world.url).await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut holder)
        .await
        .expect("a pid");
    let mut waiter = connect(&world.url).await;
    let mut admin = world.admin().await;
    let held = tokio::spawn(async move {
        let _ = sqlx::raw_sql(how).execute(&mut holder).await;
        // The session stays, whatever became of its statement.
        std::future::pending().await
    });
    let is_held = format!(
        "EXISTS (SELECT FROM pg_locks WHERE pid = {pid} AND mode = 'AccessExclusiveLock' AND granted)"
    );
    until(&mut admin, is_held).await;
    let waits = tokio::spawn(async move {
        let statement = "SELECT count(*) FROM plaintiffs";
        sqlx::raw_sql(statement).execute(&mut waiter).await.is_ok()
    });
    (pid, vec![held, waits])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_blocks_others_is_cancelled_and_ended_by_keyboard() {
    let world = World::with_postgres(&[]).migrated();
    world.execute("CREATE TABLE plaintiffs (id int)").await;
    let service = world.start(&[("WATCH_INTERVAL", "1"), ("SUPABASE_MODE", "prod")]);
    let mut admin = world.admin().await;
    let browser = Browser::start().await;
    sign_in(&browser, &service, OPERATOR).await;
    for (how, action, title, cannot_be_again) in [
        (
            "BEGIN; LOCK TABLE plaintiffs; SELECT pg_sleep(600)",
            "pg.cancel",
            "cancel a statement",
            Some("runs no statement"),
        ),
        (
            "BEGIN; LOCK TABLE plaintiffs",
            "pg.terminate",
            "end a session",
            Some("no session"),
        ),
    ] {
        let (pid, mut sessions) = blocked(&world, how).await;
        let id = format!("root-{pid}");
        status_once(
            &browser,
            &service,
            &format!("!!document.getElementById('reason-{id}')"),
        )
        .await;
        browser.shows("1 session waits behind it").await;
        open(&browser, &id).await;
        let order = Order {
            id: &id,
            action,
            title,
            cannot_be_again,
        };
        give(&browser, &mut admin, &order).await;
        let waits = sessions.pop().expect("one that waits");
        assert!(waits.await.expect("it ends"), "{action}: it goes on");
        let left = match action {
            "pg.cancel" => format!(
                "EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid} AND state = 'active')"
            ),
            _ => format!("EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})"),
        };
        until(&mut admin, format!("NOT {left}")).await;
        sessions.pop().expect("one that held").abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_no_form_and_can_do_nothing() {
    let world = World::with_postgres(&[]).migrated();
    world.execute("CREATE TABLE plaintiffs (id int)").await;
    let (pid, sessions) = blocked(&world, "BEGIN; LOCK TABLE plaintiffs").await;
    let service = world.start(&[("WATCH_INTERVAL", "1"), ("SUPABASE_MODE", "prod")]);
    let browser = Browser::start().await;
    sign_in(&browser, &service, READER).await;
    // It sees who blocks whom, and nothing to act with.
    let seen = format!("session {pid}: 1 session waits behind it");
    status_once(
        &browser,
        &service,
        &format!("document.body.innerText.includes('{seen}')"),
    )
    .await;
    let forms = "return [...document.querySelectorAll('main form')].map((one) => one.action)
        .filter((action) => action.endsWith('/actions')).length";
    assert_eq!(browser.run(forms).await, 0);
    assert_eq!(
        browser.run("return !!document.getElementById('act')").await,
        false
    );
    // As if it knew what the operator's forms send.
    for action in [
        "queue.pause",
        "queue.resume",
        "schema.reload",
        "workers.restart",
        "pg.cancel",
        "pg.terminate",
    ] {
        for step in ["", "confirm"] {
            let fields = json!({
                "action": action, "step": step, "form": "x", "reason": "x", "pid": pid.to_string(),
                "backend_start": "2020-01-01 00:00:00+00", "pause": "1", "service": "intake",
            });
            let answer: Value = browser
                .run_async(&format!(
                    "const done = arguments[arguments.length - 1];
                     fetch('/actions', {{ method: 'POST', body: new URLSearchParams({fields}) }})
                       .then(async (one) => done([one.status, await one.text()]));"
                ))
                .await;
            assert_eq!(answer[0], 403, "{action} {step}: {answer}");
            assert!(
                answer[1]
                    .as_str()
                    .is_some_and(|text| text.contains("DFE-AUTH-003"))
            );
        }
    }
    let mut admin = world.admin().await;
    let recorded: i64 = sqlx::query_scalar("SELECT count(*) FROM ops.audit_log")
        .fetch_one(&mut admin)
        .await
        .expect("a number");
    assert_eq!(recorded, 0);
    until(
        &mut admin,
        format!("EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})"),
    )
    .await;
    for session in sessions {
        session.abort();
    }
}
