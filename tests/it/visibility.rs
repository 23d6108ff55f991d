//! What the database role may not see is unknown, and neither well nor nothing.

use serde_json::{Value, json};

use crate::harness::{Instance, OPERATOR, Peer, World, command, execute, url_as};
use crate::outage::{order, start, until};

/// Pauses the queue as the operator, on a terminal.
fn pause(url: &str) -> (Option<i32>, String) {
    let settings = [
        ("DATABASE_URL", url),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let output = command(&settings)
        .args(["queue", "pause", "--reason", "a test", "--yes"])
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

/// Row level security hides rows without an error: 50 jobs that are hours overdue look like none.
#[tokio::test]
async fn rows_that_may_be_hidden_are_never_taken_for_none() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after(
            "CREATE ROLE blind LOGIN PASSWORD 'blind-password-1';
             GRANT USAGE ON SCHEMA ops TO blind;
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ops TO blind;
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO blind;
             INSERT INTO ops.job_queue (job_type, created_at) SELECT 'mail', now() - interval '3 hours' FROM generate_series(1, 50);
             INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake-1')",
        )
        .await;
    let url = url_as(world.cluster.port(), "blind", "blind-password-1");
    let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_FRESHNESS_MS", "0")]);
    let all = "CREATE POLICY all_rows ON ops.job_queue FOR SELECT TO blind USING (true)";
    for (change, is_seen) in [
        ("SELECT", true),
        ("ALTER TABLE ops.job_queue ENABLE ROW LEVEL SECURITY", false),
        (
            "CREATE POLICY some_rows ON ops.job_queue FOR SELECT TO blind USING (job_type <> 'mail')",
            false,
        ),
        (
            "CREATE POLICY elsewhere ON ops.job_queue FOR SELECT TO dragonfly USING (true)",
            false,
        ),
        (all, true),
        (
            "CREATE POLICY all_but ON ops.job_queue AS RESTRICTIVE FOR SELECT TO blind USING (job_type <> 'mail')",
            false,
        ),
        ("DROP POLICY all_but ON ops.job_queue", true),
        (
            "DROP POLICY all_rows ON ops.job_queue; ALTER ROLE blind BYPASSRLS",
            true,
        ),
    ] {
        execute(&mut admin, change).await;
        let report = service.get("/api/health/ops").await.json();
        let queue = &report["sections"]["queue"];
        if is_seen {
            assert_eq!(queue["pending"], 50, "{change}: {report}");
            assert_eq!(queue["verdict"], "critical", "{change}: {report}");
        } else {
            assert_eq!(queue["verdict"], "unknown", "{change}: {report}");
            assert_eq!(queue["problem"]["code"], "DFE-AUTH-003", "{change}");
            let detail = queue["problem"]["detail"].as_str().expect("a detail");
            assert!(detail.contains("ops.job_queue"), "{detail}");
            assert!(!detail.contains("blind"), "anybody reads it: {detail}");
            let (code, text) = pause(&url);
            assert_eq!(code, Some(2), "{change}: {text}");
            let policy = "CREATE POLICY dragonfly_ops_select ON \"ops\".\"job_queue\" FOR SELECT TO \"blind\"";
            assert!(text.contains(policy), "{change}: {text}");
        }
        let workers = &report["sections"]["workers"];
        assert_eq!(workers["items"][0]["name"], "intake-1", "{report}");
    }
    // Who sees all and may not change all would hold some, and report that it were all.
    execute(
        &mut admin,
        "ALTER ROLE blind NOBYPASSRLS; CREATE POLICY all_rows ON ops.job_queue FOR SELECT TO blind USING (true)",
    )
    .await;
    let (code, text) = pause(&url);
    assert_eq!(code, Some(2), "{text}");
    let policy =
        "CREATE POLICY dragonfly_ops_update ON \"ops\".\"job_queue\" FOR UPDATE TO \"blind\"";
    assert!(text.contains(policy), "{text}");
    execute(&mut admin, "DROP POLICY all_rows ON ops.job_queue").await;
    let pauses: i64 = sqlx::query_scalar("SELECT count(*) FROM ops.queue_pauses")
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
    assert_eq!(pauses, 0, "nobody paused what they do not see");
    execute(
        &mut admin,
        "ALTER ROLE blind NOBYPASSRLS; ALTER TABLE ops.worker_heartbeats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )
    .await;
    let report = service.get("/api/health/ops").await.json();
    let workers = &report["sections"]["workers"];
    assert_eq!(workers["verdict"], "unknown", "{report}");
    assert_eq!(workers["problem"]["code"], "DFE-AUTH-003", "{report}");
    let output = command(&[("DATABASE_URL", &url)])
        .args(["doctor", "--output", "json"])
        .output()
        .expect("it runs");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = found["checks"].as_array().expect("rows");
    for table in ["ops.worker_heartbeats", "ops.job_queue"] {
        let is_told = rows.iter().any(|row| {
            row["verdict"] == "unknown"
                && row["code"] == "DFE-AUTH-003"
                && row["summary"]
                    .as_str()
                    .is_some_and(|text| text.contains(table))
        });
        assert!(is_told, "{table}: {found}");
    }
}

/// Of a name that nothing is known of here it is not said that there is none.
async fn nobody_can_know_whether_there_is_one(service: &Instance, name: &str) {
    let unknown = "Whether there is an incident of that name cannot be known. Row level security";
    let path = format!("/incidents/{name}");
    let found = service.get(&path).await;
    assert_eq!(found.status, 503, "{}", found.body);
    let problem = found.json();
    assert_eq!(problem["code"], "DFE-INT-002", "{problem}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.starts_with(unknown), "{detail}");
    let (of, deed) = (format!("/api/ops{path}"), json!({ "deed": "acknowledge" }));
    let refused = order(service, &of, OPERATOR, "d", deed).await;
    assert_eq!(refused.json()["code"], "DFE-INT-002", "{}", refused.body);
    let html = [("accept", "text/html")];
    let page = service.send(hyper::Method::GET, &path, &html).await;
    assert!(page.body.contains("cannot be known"), "{}", page.body);
    let run = async |arguments: &[&str]| {
        let port = service.port.to_string();
        let settings = [("HOST", "127.0.0.1"), ("PORT", port.as_str())];
        let mut command = tokio::process::Command::from(command(&settings));
        let output = command.args(arguments).output().await.expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.code(), text)
    };
    let (code, text) = run(&["incident", "show", name]).await;
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains(unknown) && !text.contains("There is no"),
        "{text}"
    );
    let (code, text) = run(&["incident", "list"]).await;
    assert_eq!(code, Some(3), "{text}");
    let why = "What the database knows of incidents cannot be read: Row level security may hide";
    assert!(text.contains(why), "{text}");
    assert!(!text.contains("yet"), "{text}");
    // Where nobody names a URL, HOST and PORT do.
    let (code, text) = run(&["check"]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("check.version"), "{text}");
    assert!(!text.contains("DFE-NET-002"), "{text}");
}

/// An outage that goes on, and that another replica has noticed, looks like none.
#[tokio::test]
async fn incidents_that_may_be_hidden_are_never_taken_for_none() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let first = start(&world, folders[0].path(), &peer, &[]);
    let path = "/api/ops/incidents";
    let report = json!({ "title": "Nobody gets mail", "severity": "P1" });
    let opened = order(&first, path, OPERATOR, "a", report).await.json();
    let mut admin = world
        .admin_after(
            "CREATE ROLE blind LOGIN PASSWORD 'blind-password-1';
             GRANT USAGE ON SCHEMA ops TO blind;
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ops TO blind;
             ALTER TABLE ops.incident_entries ENABLE ROW LEVEL SECURITY",
        )
        .await;
    let url = url_as(world.cluster.port(), "blind", "blind-password-1");
    let second = start(&world, folders[1].path(), &peer, &[("DATABASE_URL", &url)]);
    second
        .logged("incidents are not read from the database", 1)
        .await;
    let found = second.get("/incidents").await.json();
    assert_eq!(
        (&found["is_whole"], &found["incidents"]),
        (&json!(false), &json!([])),
        "nothing is said to go on, and not to be all: {found}"
    );
    let html = [("accept", "text/html")];
    let may_be_others =
        "What the database knows of incidents could not be read: there may be others.";
    for path in ["/status", "/api/v2/summary.json"] {
        let page = second.send(hyper::Method::GET, path, &html).await;
        assert!(page.body.contains(may_be_others), "{path}: {}", page.body);
    }
    let status = second.get("/status.json").await.json();
    assert_eq!(status["incidents_are_known"], false, "{status}");
    let page = second.send(hyper::Method::GET, "/incidents", &html).await;
    let banner = "Row level security may hide rows of ops.incident_entries";
    assert!(page.body.contains(banner), "{}", page.body);
    nobody_can_know_whether_there_is_one(&second, opened["name"].as_str().expect("a name")).await;
    drop(second);
    // Who may read and not write hears of what others do, and says that its own waits.
    execute(
        &mut admin,
        "ALTER TABLE ops.incident_entries DISABLE ROW LEVEL SECURITY; REVOKE INSERT ON ops.incident_entries FROM blind",
    )
    .await;
    let second = start(&world, folders[1].path(), &peer, &[("DATABASE_URL", &url)]);
    let name = opened["name"].as_str().expect("a name");
    let is_it = |one: &Value| one["name"] == name;
    until(&second, OPERATOR, "it is read", is_it).await;
    for path in ["/status", "/api/v2/summary.json"] {
        let page = second.send(hyper::Method::GET, path, &html).await;
        assert!(!page.body.contains(may_be_others), "{path}: {}", page.body);
    }
    let of = format!("{path}/{name}");
    let note = json!({ "deed": "note", "text": "what I see" });
    assert_eq!(order(&second, &of, OPERATOR, "b", note).await.status, 200);
    second
        .logged("incidents are not kept in the database", 1)
        .await;
    let acknowledge = json!({ "deed": "acknowledge", "by": "ada" });
    let reply = order(&first, &of, OPERATOR, "c", acknowledge).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    until(&second, OPERATOR, "it hears of it", |one| {
        one["state"] == "acknowledged"
    })
    .await;
    let page = second.send(hyper::Method::GET, "/incidents", &html).await;
    assert!(page.body.contains("1 entries wait"), "{}", page.body);
}
