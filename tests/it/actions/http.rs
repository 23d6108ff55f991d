//! Over HTTP: who may, what is refused, what is on record.

use reqwest::Method;
use serde_json::json;
use sqlx::Row;

use crate::actions::{CANCEL, PAUSE, RELOAD, RESTART, RESUME, TERMINATE, because, coded, post};
use crate::harness::{Instance, OPERATOR, READER, World};

#[tokio::test]
async fn only_the_operator_may_act_and_who_guesses_is_not_listened_to() {
    let service = Instance::start(&[]);
    for path in [PAUSE, RESUME, RELOAD, RESTART, CANCEL, TERMINATE] {
        for (token, status, code) in [
            ("", 401, "DFE-AUTH-001"),
            ("nobody's", 401, "DFE-AUTH-002"),
            (READER, 403, "DFE-AUTH-003"),
        ] {
            let reply = post(&service, path, token, &[], &because()).await;
            assert_eq!(coded(&reply), (status, code.to_owned()), "{path} {token}");
            assert_eq!(
                reply.headers.contains_key("www-authenticate"),
                status == 401
            );
        }
        let reply = service.get(path).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, "POST"),
            "{path}"
        );
    }
    let unset = Instance::start(&[("OPS_TOKEN", "")]);
    let reply = post(&unset, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(
        coded(&reply),
        (500, "DFE-CFG-001".to_owned()),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn what_is_not_understood_is_refused_before_anything_is_done() {
    let service = Instance::start(&[("SUPABASE_MODE", "staging")]);
    for body in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "x", "dryrun": true }),
        json!({ "reason": "x", "seconds": 0 }),
        json!({ "reason": "x", "job_type": "" }),
        json!({ "reason": "x", "environment": "prod" }),
        json!({ "reason": "x".repeat(301) }),
        json!([]),
        json!(["the mailer sends twice", null, null, true, "mail", 60]),
        json!({ "reason": "\u{200b}\u{3164}" }),
    ] {
        let reply = post(&service, PAUSE, OPERATOR, &[], &body).await;
        assert_eq!(
            coded(&reply),
            (400, "DFE-VAL-001".to_owned()),
            "{body}: {}",
            reply.body
        );
    }
    for key in ["", "a b", &"x".repeat(201)] {
        let reply = post(
            &service,
            PAUSE,
            OPERATOR,
            &[("idempotency-key", key)],
            &because(),
        )
        .await;
        assert_eq!(
            coded(&reply),
            (400, "DFE-VAL-001".to_owned()),
            "{key:?}: {}",
            reply.body
        );
    }
    let authorization = format!("Bearer {OPERATOR}");
    for media in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", media),
        ];
        let reply = service
            .send_body(Method::POST, PAUSE, &headers, because().to_string())
            .await;
        assert_eq!(reply.status, 415, "{media}");
    }
    let contradicted = Instance::start(&[
        ("SUPABASE_MODE", "staging"),
        ("RAILWAY_ENVIRONMENT_NAME", "production"),
    ]);
    let reply = post(&contradicted, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (500, "DFE-CFG-002".to_owned()));
    assert!(
        reply.json()["detail"]
            .as_str()
            .expect("text")
            .contains("SUPABASE_MODE says staging")
    );
}

#[tokio::test]
async fn the_queue_is_paused_and_resumed_over_http_and_the_order_is_on_record() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after("INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('scan')")
        .await;
    let service = world.start(&[
        ("SUPABASE_MODE", "prod"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
    ]);
    let body = json!({
        "reason": format!("it said {OPERATOR}"), "by": format!("anna {OPERATOR}"), "job_type": "mail", "seconds": 600, "environment": "production",
    });
    let mut dry = body.clone();
    dry["dry_run"] = true.into();
    let rehearsed = post(&service, PAUSE, OPERATOR, &[], &dry).await;
    assert_eq!(rehearsed.status, 200, "{}", rehearsed.body);
    assert_eq!(
        (
            &rehearsed.json()["dry_run"],
            &rehearsed.json()["after"]["paused"]
        ),
        (&json!(true), &json!(1))
    );
    let headers = [
        ("idempotency-key", "k-1"),
        ("x-request-id", "r-1"),
        ("x-real-ip", "192.0.2.7"),
    ];
    let reply = post(&service, PAUSE, OPERATOR, &headers, &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let done = reply.json();
    assert_eq!(
        (&done["complete"], &done["verified"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&done["before"]["pending"], &done["after"]["pending"]),
        (&json!(2), &json!(1))
    );
    let again = post(&service, PAUSE, OPERATOR, &headers, &body)
        .await
        .json();
    assert_eq!(
        (&again["replayed"], &again["audit_id"]),
        (&json!(true), &done["audit_id"])
    );
    let row = sqlx::raw_sql(
        "SELECT action, actor, reason, environment, request_id, request::text, before::text, count(*) OVER ()
         FROM ops.audit_log ORDER BY id LIMIT 1",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it is on record");
    let text = |at: usize| row.get::<String, _>(at);
    assert_eq!(text(0), "queue.pause");
    assert_eq!(text(1), "anna [redacted] (http: 192.0.2.7)");
    assert_eq!(text(2), "it said [redacted]");
    assert_eq!((text(3), text(4)), ("prod".to_owned(), "r-1".to_owned()));
    assert!(
        text(5).contains("mail") && text(6).contains("pending"),
        "{} {}",
        text(5),
        text(6)
    );
    assert_eq!(row.get::<i64, _>(7), 2, "its beginning and its end");
    let log = service.logged("an action was carried out", 1).await;
    assert!(!log.contains(OPERATOR), "{log}");
    let reply = post(&service, RESUME, OPERATOR, &[], &because()).await;
    assert_eq!(
        (reply.status, &reply.json()["after"]["pending"]),
        (200, &json!(2)),
        "{}",
        reply.body
    );
    let reply = post(&service, RESUME, OPERATOR, &[], &because()).await;
    assert_eq!(
        coded(&reply),
        (400, "DFE-VAL-001".to_owned()),
        "nothing is left to resume"
    );
}

#[tokio::test]
async fn without_its_tables_an_action_says_how_to_get_them() {
    let world = World::with_postgres(&[]);
    let service = world.start(&[]);
    let reply = post(&service, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (422, "DFE-VAL-002".to_owned()));
    assert!(
        reply.body.contains("run dragonfly-ops migrate"),
        "{}",
        reply.body
    );
}
