//! Alerts from outside, from each sender's body to the incident that it leads to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Instance, OPERATOR, Peer, READER, REPORTER, Reply, World, execute};
use crate::outage::{order, start, until};

const PATH: &str = "/api/ops/alerts";
const MULTIPART: &str =
    "multipart/form-data; boundary=--------------------------012345678901234567890123";

/// A body that is sent.
type Step = (
    &'static str,
    Option<&'static str>,
    u16,
    &'static [&'static str],
);

/// What the bodies of the corpus lead to, sent one after the other: the file, the source that its address names where
/// it is sent to a hook, the status, and each alert as its outcome, or what is set aside as `-`.
const SENT: &[&[Step]] = &[
    &[("alertmanager.json", None, 202, &["opened", "nothing"])],
    &[(
        "alertmanager_templated.json",
        None,
        202,
        &["opened", "known"],
    )],
    &[
        ("better_stack.json", None, 202, &["opened"]),
        ("better_stack_resolved.json", None, 202, &["ended"]),
    ],
    &[
        ("gatus_backslash.json", None, 400, &[]),
        ("gatus_newline.json", None, 400, &[]),
        ("gatus.json", None, 202, &["opened"]),
    ],
    &[("generic.json", None, 202, &["opened"])],
    &[("grafana.json", None, 202, &["nothing", "opened"])],
    &[("grafana_test.json", None, 202, &["-"])],
    &[
        ("n8n_execution.json", Some("n8n"), 202, &["opened"]),
        ("n8n_trigger.json", Some("n8n"), 202, &["joined"]),
    ],
    &[
        ("oncall_outgoing.json", None, 202, &["nothing"]),
        ("pagerduty_event.json", None, 202, &["nothing"]),
        ("oncall_formatted.json", None, 202, &["opened"]),
    ],
    &[
        ("railway_building.json", Some("railway"), 202, &["-"]),
        ("railway_pull_request.json", Some("railway"), 202, &["-"]),
        ("railway_crashed.json", Some("railway"), 202, &["opened"]),
        ("railway_volume.json", Some("railway"), 202, &["joined"]),
        ("railway_example.json", Some("railway"), 202, &["ended"]),
    ],
    &[
        ("uptime_kuma_test.json", Some("uptime-kuma"), 202, &["-"]),
        (
            "uptime_kuma_maintenance.json",
            Some("uptime-kuma"),
            202,
            &["-"],
        ),
        ("uptime_kuma.json", Some("uptime-kuma"), 202, &["opened"]),
        (
            "uptime_kuma.multipart",
            Some("uptime-kuma"),
            202,
            &["known"],
        ),
        ("uptime_kuma_up.json", Some("uptime-kuma"), 202, &["ended"]),
        ("uptime_kuma.form", Some("uptime-kuma"), 202, &["known"]),
        ("uptime_kuma.query", Some("uptime-kuma"), 202, &["joined"]),
        (
            "uptime_kuma_certificate.json",
            Some("uptime-kuma"),
            202,
            &["joined"],
        ),
        (
            "uptime_kuma_local.json",
            Some("uptime-kuma"),
            202,
            &["joined"],
        ),
    ],
    &[
        ("uptimerobot.query", Some("uptimerobot"), 202, &["nothing"]),
        ("uptimerobot.json", Some("uptimerobot"), 202, &["opened"]),
        ("uptimerobot.form", Some("uptimerobot"), 202, &["joined"]),
        ("uptimerobot.query", Some("uptimerobot"), 202, &["ended"]),
    ],
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/alerts")
}

/// What somebody reports with this token.
async fn report(service: &Instance, token: &str, body: impl Into<String>) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*bearer),
    ];
    service
        .send_body(Method::POST, PATH, &headers, body.into())
        .await
}

/// Sends a body of the corpus as its name says.
async fn send(service: &Instance, file: &str, source: Option<&str>) -> Reply {
    let text = std::fs::read_to_string(corpus().join(file)).expect("it is there");
    let hook = format!("/api/hooks/{}/{REPORTER}", source.unwrap_or_default());
    let bearer = format!("Bearer {REPORTER}");
    let (method, path, kind) = match file.rsplit_once('.') {
        Some((_, "query")) => {
            let path = format!("{hook}?{}", text.trim());
            return service.send(Method::GET, &path, &[]).await;
        }
        Some((_, "form")) => (Method::POST, &*hook, "application/x-www-form-urlencoded"),
        Some((_, "multipart")) => (Method::POST, &*hook, MULTIPART),
        _ if source.is_some() => (Method::POST, &*hook, "application/json"),
        _ => (Method::POST, PATH, "application/json"),
    };
    let headers = [("content-type", kind), ("authorization", &*bearer)];
    let headers = match source {
        Some(_) => &headers[..1],
        None => &headers[..],
    };
    service.send_body(method, path, headers, text).await
}

/// What became of each alert, and `-` for what is set aside.
fn outcomes(taken: &Value) -> Vec<&str> {
    let alerts = taken["alerts"].as_array().expect("alerts").iter();
    let aside = taken["set_aside"].as_array().expect("a list").iter();
    let outcomes = alerts.map(|alert| alert["outcome"].as_str().expect("an outcome"));
    outcomes.chain(aside.map(|_| "-")).collect()
}

async fn shown(service: &Instance, name: &str) -> Value {
    let bearer = format!("Bearer {OPERATOR}");
    let path = format!("/incidents/{name}");
    let headers = [("authorization", &*bearer)];
    service.send(Method::GET, &path, &headers).await.json()
}

fn length(incident: &Value) -> usize {
    incident["timeline"].as_array().map_or(0, Vec::len)
}

/// A world in which all is well, and nothing is shared by those who live in it: there are no tables.
async fn world() -> (World, Peer) {
    let world = World::with_postgres(&[]);
    (world, Peer::http("200 OK", "", "[]").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_senders_body_leads_to_its_incident_and_twice_to_no_other() {
    let (world, peer) = world().await;
    let mut sent = BTreeSet::new();
    for steps in SENT {
        let state = tempfile::tempdir().expect("a folder");
        let service = start(&world, state.path(), &peer, &[]);
        for (file, source, status, expected) in *steps {
            sent.insert((*file).to_owned());
            let reply = send(&service, file, *source).await;
            assert_eq!(reply.status, *status, "{file}: {}", reply.body);
            if reply.status != 202 {
                let body = reply.json();
                assert_eq!(body["code"], "DFE-VAL-001", "{body}");
                assert!(
                    body["detail"]
                        .as_str()
                        .is_some_and(|said| said.contains("line 4, column"))
                );
                continue;
            }
            let taken = reply.json();
            assert_eq!(outcomes(&taken), *expected, "{file}: {taken}");
            for alert in taken["alerts"].as_array().expect("alerts") {
                let Some(name) = alert["incident"].as_str() else {
                    assert_eq!(alert["outcome"], "nothing", "{file}");
                    continue;
                };
                let incident = shown(&service, name).await;
                assert!(length(&incident) >= 2, "{file}: {incident}");
            }
            // The same once more changes nothing.
            let before: Vec<Value> = all(&service).await;
            let again = send(&service, file, *source).await;
            assert_eq!(again.status, 202, "{file}: {}", again.body);
            let again = again.json();
            for outcome in outcomes(&again) {
                assert!(
                    ["known", "nothing", "-"].contains(&outcome),
                    "{file}: {again}"
                );
            }
            let after = all(&service).await;
            let lengths = |all: &[Value]| all.iter().map(length).collect::<Vec<_>>();
            assert_eq!(lengths(&before), lengths(&after), "{file}");
        }
    }
    let files = std::fs::read_dir(corpus()).expect("a folder");
    let files: BTreeSet<String> = files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(sent, files);
}

/// All incidents, with their timelines.
async fn all(service: &Instance) -> Vec<Value> {
    let listed = service.get("/incidents").await.json();
    let mut all = Vec::new();
    for one in listed["incidents"].as_array().expect("incidents") {
        all.push(shown(service, one["name"].as_str().expect("a name")).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_at_its_sender_is_good_again_here() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let opened = send(&service, "better_stack.json", None).await.json();
    let name = opened["alerts"][0]["incident"].as_str().expect("a name");
    let incident = shown(&service, name).await;
    assert_eq!(incident["state"], "open", "{incident}");
    assert_eq!(incident["title"], "portal.example.com");
    assert_eq!(incident["began_at"], "2026-11-24T09:21:00.000Z");
    let timeline = incident["timeline"].to_string();
    assert!(
        timeline.contains("Status 502 https://portal.example.com/"),
        "{timeline}"
    );
    send(&service, "better_stack_resolved.json", None).await;
    let good = until(&service, OPERATOR, "it is good", |one| {
        one["state"] == "mitigated"
    })
    .await;
    assert!(
        good["timeline"]
            .to_string()
            .contains("better-stack says that it is over")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_die_with_their_deployment_have_no_incident_of_their_own() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let reply = send(&service, "railway_crashed.json", Some("railway")).await;
    let name = reply.json()["alerts"][0]["incident"].clone();
    let mut admin = world.admin().await;
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('w', now() - interval '1 hour')",
    )
    .await;
    let follows = until(&service, OPERATOR, "it follows", |one| {
        one["timeline"]
            .to_string()
            .contains("failing, too, which follows from it")
    })
    .await;
    assert_eq!(follows["name"], name);
    assert_eq!(all(&service).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_taken_or_asked_to_come_back_and_nothing_that_was_taken_is_lost() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let mut taken = BTreeSet::new();
    let mut refused = 0;
    for n in 0..200 {
        let alert = json!({ "key": format!("storm-{n}"), "status": "firing", "title": format!("storm {n}") });
        let reply = report(&service, REPORTER, alert.to_string()).await;
        match reply.status {
            202 => {
                let body = reply.json();
                let name = body["alerts"][0]["incident"].as_str().expect("a name");
                taken.insert((name.to_owned(), n));
            }
            503 => {
                refused += 1;
                let wait: u64 = reply.header("retry-after").parse().expect("seconds");
                assert!((1..=60).contains(&wait), "{wait}");
                assert_eq!(reply.json()["code"], "DFE-INT-002");
            }
            other => panic!("{other}: {}", reply.body),
        }
    }
    assert!(
        refused > 0 && taken.len() >= 60,
        "{refused} {}",
        taken.len()
    );
    let known = all(&service).await;
    let names: BTreeSet<_> = taken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), known.len(), "{names:?}");
    for incident in known {
        let timeline = incident["timeline"].to_string();
        let own = taken.iter().filter(|(name, _)| incident["name"] == **name);
        for (_, n) in own {
            assert!(
                timeline.contains(&format!("storm {n}\"")),
                "{n}: {timeline}"
            );
        }
    }
    let metrics = service.metrics().await;
    let counted = |outcome| metrics.value("dragonfly_alerts_total", &[("outcome", outcome)]);
    assert_eq!(counted("limited"), refused);
    let took = i64::try_from(taken.len()).expect("a few");
    assert_eq!(counted("opened") + counted("joined"), took);
    // Once, however many there are.
    assert_eq!(
        service
            .log_text()
            .matches("too many alerts: those that come")
            .count(),
        1
    );
}

#[tokio::test]
async fn who_may_report_and_where_their_token_is_never_seen() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[("RUST_LOG", "trace")]);
    let alert = json!({ "title": "Portal is down" });
    for (token, status, code) in [
        (READER, 403, "DFE-AUTH-003"),
        ("wrong-token-1234567", 401, "DFE-AUTH-002"),
    ] {
        let reply = report(&service, token, alert.to_string()).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &json!(code))
        );
    }
    let bare = service.send(Method::POST, PATH, &[]).await;
    assert_eq!(
        (bare.status, &bare.json()["code"]),
        (401, &json!("DFE-AUTH-001"))
    );
    for token in [OPERATOR, REPORTER] {
        assert_eq!(report(&service, token, alert.to_string()).await.status, 202);
    }
    // It may report and nothing else.
    let opened = order(&service, "/api/ops/incidents", REPORTER, "k", alert.clone()).await;
    assert_eq!(opened.status, 401);
    let bearer = format!("Bearer {REPORTER}");
    let look = [("authorization", &*bearer)];
    assert_eq!(
        service.send(Method::GET, "/incidents", &look).await.status,
        401
    );
    let wrong = "kuma-token-that-is-not-right";
    let mut answers = String::new();
    for (method, path, status) in [
        (Method::POST, format!("/api/hooks/kuma/{wrong}"), 401),
        (Method::POST, format!("/api/hooks/kuma/{OPERATOR}"), 403),
        (
            Method::GET,
            format!("/api/hooks/kuma/{READER}?title=x"),
            403,
        ),
        (Method::GET, format!("/api/hooks/kuma/{REPORTER}"), 400),
        (
            Method::HEAD,
            format!("/api/hooks/kuma/{REPORTER}?title=x"),
            405,
        ),
        (Method::PUT, format!("/api/hooks/kuma/{REPORTER}"), 405),
        (
            Method::POST,
            format!("/api/hooks/no%20name/{REPORTER}"),
            400,
        ),
        (Method::POST, format!("/api/hooks/kuma/{REPORTER}"), 400),
        (Method::POST, format!("/api/hooks/kuma/{REPORTER}/"), 404),
        (Method::POST, format!("/api/hooks/{REPORTER}"), 404),
        (Method::GET, format!("/hooks/kuma/{wrong}"), 404),
        (Method::GET, format!("/api/hook/kuma/{REPORTER}"), 404),
        (
            Method::GET,
            format!("/status?ops_alert_token={REPORTER}"),
            400,
        ),
    ] {
        let reply = service.send(method.clone(), &path, &[]).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        answers.push_str(&reply.body);
    }
    let reply = service
        .send(
            Method::GET,
            &format!("/api/hooks/kuma/{REPORTER}?title=x"),
            &[],
        )
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    // Wrong ones count where they stand in an address, too.
    for _ in 0..12 {
        let path = format!("/api/hooks/kuma/{wrong}");
        assert_eq!(service.send(Method::POST, &path, &[]).await.status, 401);
    }
    let log = service.logged("too many wrong tokens", 1).await;
    for token in [REPORTER, wrong, READER, OPERATOR] {
        assert!(!answers.contains(token), "{answers}");
        assert!(!log.contains(token), "{token}");
    }
}

#[tokio::test]
async fn without_a_watch_or_a_token_nothing_is_taken() {
    let alert = json!({ "title": "Portal is down" }).to_string();
    let service = Instance::start(&[]);
    let reply = report(&service, REPORTER, &*alert).await;
    assert_eq!(reply.status, 500);
    let body = reply.json();
    assert_eq!(body["code"], "DFE-CFG-002");
    assert_eq!(body["first_check"], "WATCH_INTERVAL");
    drop(service);
    let service = Instance::start(&[("OPS_ALERT_TOKEN", "")]);
    let hook = format!("/api/hooks/kuma/{REPORTER}");
    let reply = service.send_body(Method::POST, &hook, &[], alert).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (500, &json!("DFE-CFG-001"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hostile_is_inert_and_masked_wherever_it_is_shown() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let title = r#""><script>alert(1)</script> <!channel> @everyone postgres://app:zqcanary@db.internal:5432/app"#;
    let alert = json!({
        "key": format!("key {title}"), "status": "firing", "title": title, "message": format!("{title} {REPORTER}"),
        "source": "<img src=x onerror=alert(1)>", "url": "https://me:zqcanary@example.com/a",
    });
    let reply = report(&service, REPORTER, alert.to_string()).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let taken = reply.json();
    let name = taken["alerts"][0]["incident"]
        .as_str()
        .expect("a name")
        .to_owned();
    let incident = shown(&service, &name).await;
    let expected = r#""><script>alert(1)</script> <!channel> @everyone [redacted]"#;
    assert_eq!(incident["title"], expected, "{incident}");
    let bearer = format!("Bearer {OPERATOR}");
    let mut seen = vec![reply.body, incident.to_string(), service.log_text()];
    for path in [
        &format!("/incidents/{name}"),
        "/incidents",
        "/status",
        "/feed.atom",
        "/api/v2/summary.json",
        "/status.json",
    ] {
        for accept in ["text/html", "*/*"] {
            for bearer in [None, Some(&*bearer)] {
                let mut headers = vec![("accept", accept)];
                headers.extend(bearer.map(|bearer| ("authorization", bearer)));
                let reply = service.send(Method::GET, path, &headers).await;
                assert_eq!(reply.status, 200, "{path}");
                if !reply.header("content-type").contains("json") {
                    for live in ["<script>alert", "<!channel>", "<img src=x"] {
                        assert!(!reply.body.contains(live), "{path}: {}", reply.body);
                    }
                }
                seen.push(reply.body);
            }
        }
    }
    for file in std::fs::read_dir(state.path()).expect("a folder") {
        let folder = file.expect("one").path();
        for file in std::fs::read_dir(folder).expect("files") {
            seen.push(std::fs::read_to_string(file.expect("a file").path()).unwrap_or_default());
        }
    }
    for text in seen {
        for secret in ["zqcanary", REPORTER] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_right_after_202_loses_nothing() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    for round in 0..5 {
        let service = start(&world, state.path(), &peer, &[]);
        let alert = json!({ "key": format!("round-{round}"), "status": "firing", "title": format!("round {round}") });
        let reply = report(&service, REPORTER, alert.to_string()).await;
        assert_eq!(reply.status, 202, "{}", reply.body);
        let taken = reply.json();
        // Dropped, an instance is killed.
        drop(service);
        let service = start(&world, state.path(), &peer, &[]);
        let name = taken["alerts"][0]["incident"].as_str().expect("a name");
        let kept = until(&service, OPERATOR, "it is remembered", |one| {
            one["name"] == name
        })
        .await;
        let said = kept["timeline"].to_string();
        assert!(said.contains(&format!("round {round}\"")), "{said}");
        // Whoever has not heard the answer sends it again.
        let again = report(&service, REPORTER, alert.to_string()).await.json();
        assert_eq!(again["alerts"][0]["outcome"], "known", "{again}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_taken_is_refused_with_the_place_and_changes_nothing() {
    let (world, peer) = world().await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let one = json!({ "status": "firing", "labels": { "alertname": "x" } });
    let hundred_and_one = json!({ "alerts": vec![one; 101] }).to_string();
    let large = json!({ "title": "x", "message": "y".repeat(256 * 1024) }).to_string();
    for (body, status, code, said) in [
        (
            "{\"title\": \"x\", ".to_owned(),
            400,
            json!("DFE-VAL-001"),
            "line 1, column",
        ),
        ("down".to_owned(), 400, json!("DFE-VAL-001"), "not JSON"),
        ("[]".to_owned(), 422, json!("DFE-VAL-002"), "an empty list"),
        (
            "{\"alerts\": [{}]}".to_owned(),
            422,
            json!("DFE-VAL-002"),
            "alerts[0]",
        ),
        (
            "{\"title\": \"x\", \"status\": \"perhaps\"}".to_owned(),
            422,
            json!("DFE-VAL-002"),
            "status",
        ),
        (hundred_and_one, 413, json!("DFE-VAL-001"), "100 alerts"),
        (large, 413, Value::Null, "too large"),
    ] {
        let reply = report(&service, REPORTER, &*body).await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (status, &code),
            "{}",
            reply.body
        );
        assert!(reply.body.contains(said), "{said}: {}", reply.body);
    }
    // As large as it may be.
    let fits =
        json!({ "title": "x", "status": "ok", "message": "y".repeat(250 * 1024) }).to_string();
    assert_eq!(report(&service, REPORTER, fits).await.status, 202);
    // In chunks, nobody knows how large it will be.
    let chunk = format!("8000\r\n{}\r\n", "z".repeat(0x8000)).repeat(9);
    for (length, body, status) in [
        ("transfer-encoding: chunked", &*chunk, "413"),
        ("content-length: 100", "{\"title\": \"cut", "400"),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port))
            .await
            .expect("it listens");
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {REPORTER}\r\n{length}\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        stream.shutdown().await.expect("it ends");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it answers");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    assert_eq!(all(&service).await.len(), 0);
    let refused = service.metrics().await;
    let refused = refused.value("dragonfly_alerts_total", &[("outcome", "refused")]);
    assert_eq!(refused, 6);
}
