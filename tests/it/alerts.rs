//! Alerts from outside, from each sender's body to the incident that it leads to.

mod guarded;

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

/// How many entries there are of what its senders say. Evidence comes by itself, a little later.
fn length(incident: &Value) -> usize {
    let timeline = incident["timeline"].as_array().into_iter().flatten();
    let is_told = |entry: &&Value| {
        !["evidence", "evidence_failed"]
            .iter()
            .any(|kind| entry["kind"] == *kind)
    };
    timeline.filter(is_told).count()
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

/// Senders reach one replica with what begins, and another with what is over.
#[tokio::test(flavor = "multi_thread")]
async fn what_begins_at_one_replica_is_known_at_the_other() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [one, other] = [0, 1].map(|at| start(&world, folders[at].path(), &peer, &[]));
    let alert = |status: &str| {
        json!({ "key": "mail", "status": status, "title": "Nobody gets mail", "source": "cron" })
            .to_string()
    };
    let opened = report(&one, REPORTER, alert("firing")).await.json();
    let name = opened["alerts"][0]["incident"].as_str().expect("a name");
    let shown = shown(&other, name).await;
    assert_eq!(
        shown["name"], name,
        "whoever is told of it may ask any replica"
    );
    let acknowledge = json!({ "deed": "acknowledge", "by": "ada" });
    let path = format!("/api/ops/incidents/{name}");
    assert_eq!(
        order(&other, &path, OPERATOR, "a", acknowledge)
            .await
            .status,
        200
    );
    let over = report(&other, REPORTER, alert("resolved")).await.json();
    assert_eq!(outcomes(&over), ["ended"], "{over}");

    let next = report(&one, REPORTER, alert("firing").replace("mail", "post")).await;
    assert_eq!(next.status, 202);
    let over = report(&other, REPORTER, alert("resolved").replace("mail", "post"))
        .await
        .json();
    assert_eq!(
        outcomes(&over),
        ["ended"],
        "without a question before: {over}"
    );
}
