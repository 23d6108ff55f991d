//! Evidence of incidents: taken by itself, kept whatever dies, shown to whom it concerns, and what people attach.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnection;

use crate::connections::raw;
use crate::harness::{Instance, KEY, OPERATOR, Peer, READER, World, command};
use crate::outage::{all_is_well, order, report, start, until};

/// What is taken at each occasion.
const PIECES: usize = 8;
/// What must stand nowhere.
const SECRET: &str = "zqcanary";

fn list<'a>(incident: &'a Value, member: &str) -> Vec<&'a Value> {
    incident[member].as_array().into_iter().flatten().collect()
}

/// The pieces that an incident has, by what they show and when they were taken.
fn pieces(incident: &Value) -> BTreeMap<(String, String), Value> {
    let text = |value: &Value| value.as_str().unwrap_or("attached").to_owned();
    let all = list(incident, "evidence").into_iter();
    all.map(|one| ((text(&one["occasion"]), text(&one["name"])), one.clone()))
        .collect()
}

/// What could not be taken, in words.
fn failures(incident: &Value) -> Vec<String> {
    let entries = list(incident, "timeline").into_iter();
    let failed = entries.filter(|entry| entry["kind"] == "evidence_failed");
    failed
        .map(|entry| entry["text"].as_str().expect("a text").to_owned())
        .collect()
}

/// How many pieces are kept or known to be lacking.
fn known(incident: &Value) -> usize {
    list(incident, "evidence").len() + failures(incident).len()
}

/// What a piece holds; its hash is right.
async fn content(service: &Instance, piece: &Value) -> Vec<u8> {
    let client = crate::harness::client();
    let url = format!(
        "http://127.0.0.1:{}{}",
        service.port,
        piece["url"].as_str().expect("a path")
    );
    let reply = client
        .get(url)
        .bearer_auth(OPERATOR)
        .send()
        .await
        .expect("it answers");
    assert_eq!(reply.status(), 200);
    let bytes = reply.bytes().await.expect("its body").to_vec();
    let hash = Sha256::digest(&bytes)
        .iter()
        .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    assert_eq!(piece["sha256"], hash.as_str());
    assert_eq!(piece["bytes"], bytes.len());
    bytes
}

async fn text(service: &Instance, piece: &Value) -> String {
    String::from_utf8(content(service, piece).await).expect("a text")
}

/// The files of evidence below a folder.
fn files(state: &Path) -> Vec<PathBuf> {
    let mut open = vec![state.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "evidence") {
                found.push(path);
            }
        }
    }
    found
}

async fn in_database(admin: &mut PgConnection) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "SELECT v.id, v.name, v.occasion FROM ops.evidence AS v
         JOIN ops.incident_entries AS e ON e.id = v.id AND e.what ->> 'sha256' = v.sha256
         WHERE encode(sha256(v.content), 'hex') = v.sha256 ORDER BY v.id",
    )
    .persistent(false)
    .fetch_all(admin)
    .await
    .expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_taken_with_the_database_dead_and_brought_to_it_afterwards() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    all_is_well(&service).await;
    world.cluster.crash().expect("it dies");
    until(&service, OPERATOR, "the first of it is taken", |one| {
        known(one) > 0
    })
    .await;
    // Killed in the middle of it.
    drop(service);
    let service = start(&world, state.path(), &peer, &[]);
    let opened = until(&service, OPERATOR, "all of it is taken", |one| {
        known(one) >= PIECES
    })
    .await;
    let kept = pieces(&opened);
    let failed = failures(&opened);
    assert_eq!(
        (kept.len() + failed.len(), known(&opened)),
        (PIECES, PIECES),
        "{opened:#}"
    );
    let piece = |name: &str| &kept[&("opening".to_owned(), name.to_owned())];
    for (name, holds) in [
        ("problem of the checks", "DFE-DB-001"),
        ("doctor", "critical database.reach"),
        ("deployment", "\"version\""),
        (
            "status pages of vendors",
            "No status page of a vendor has been read.",
        ),
    ] {
        let text = text(&service, piece(name)).await;
        assert!(text.contains(holds), "{name}: {text}");
    }
    // The database is not there to be asked, and its disk is.
    assert_eq!(files(state.path()).len(), kept.len());
    world.cluster.recover(&[]).expect("it comes back");
    let mitigated = until(&service, OPERATOR, "it is taken once more", |one| {
        known(one) >= 2 * PIECES
    })
    .await;
    let recovery = pieces(&mitigated);
    let tree = &recovery[&("recovery".to_owned(), "activity of the database".to_owned())];
    assert!(text(&service, tree).await.contains("\"long_running\""));
    let mut admin = world.admin().await;
    let expected = list(&mitigated, "evidence").len();
    let mut found = Vec::new();
    for _ in 0..1_500 {
        found = in_database(&mut admin).await;
        if found.len() == expected && files(state.path()).is_empty() {
            // From there, once it is nowhere else.
            assert!(
                text(&service, piece("problem of the checks"))
                    .await
                    .contains("DFE-DB-001")
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!(
        "{expected}: {found:?}, {:?}: {}",
        files(state.path()),
        service.log_text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_an_entry() {
    let peer = Peer::http("200 OK", "", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let service = Instance::start(&[
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/postgres"),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("WATCH_INTERVAL", "1"),
    ]);
    let opened = until(&service, OPERATOR, "it is taken", |one| {
        known(one) >= PIECES
    })
    .await;
    let failed = failures(&opened);
    for name in ["activity of the database", "lock tree"] {
        let said = |text: &&String| {
            text.starts_with(&format!("{name} could not be taken at the opening: DFE-"))
        };
        assert_eq!(failed.iter().filter(said).count(), 1, "{failed:?}");
    }
    assert_eq!(pieces(&opened).len(), PIECES - 2, "{opened:#}");
    // What could not be taken counts: nobody is kept from mending it for ever.
    let budgets = list(&opened, "budgets");
    assert!(
        budgets.iter().all(|budget| budget["step"] != "aftermath"),
        "{budgets:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_attach_is_what_it_holds_and_nothing_of_it_runs() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let opened = report(&service, json!({ "title": "nobody gets mail" })).await;
    let name = opened["name"].as_str().expect("a name").to_owned();
    let path = format!("/api/ops/incidents/{name}/evidence");
    let attach = async |token: &str, key: &str, file: &str, holds: &[u8]| {
        let body = json!({ "name": file, "content": STANDARD.encode(holds), "by": "ada" });
        order(&service, &path, token, key, body).await
    };
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![7; 100_000]].concat();
    let page = format!("<script>alert(1)</script>\npostgres://me:{SECRET}@db/x\n");
    // Who is refused before the body is read may not get to read why where it is long.
    assert_eq!(attach(READER, "one", "a.png", &png[..9]).await.status, 403);
    for _ in 0..2 {
        let attached = attach(OPERATOR, "one", "a.png", &png).await;
        assert_eq!(attached.status, 200, "{}", attached.body);
    }
    for (key, file, holds, status) in [
        ("two", "a.html", page.as_bytes(), 200),
        ("one", "b.png", &*png, 409),
        ("three", "a.png", b"PK\x03\x04", 400),
        ("four", "a.txt", b"a\0b", 400),
        ("five", "\u{1b}", &*png, 400),
        ("six", "a.txt", &vec![b'a'; 10 * 1024 * 1024 + 1], 400),
    ] {
        let reply = attach(OPERATOR, key, file, holds).await;
        assert_eq!(reply.status, status, "{key}: {}", reply.body);
    }
    let largest = vec![b'a'; 10 * 1024 * 1024];
    assert_eq!(
        attach(OPERATOR, "eight", "a.log", &largest).await.status,
        200
    );
    for (path, length) in [(&*path, 16_000_000), ("/api/ops/incidents", 70_000)] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {OPERATOR}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        let answer = raw(service.port, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
    }

    let shown = until(&service, READER, "it is shown", |one| {
        list(one, "evidence")
            .iter()
            .filter(|one| one["occasion"].is_null())
            .count()
            == 3
    })
    .await;
    let kept = pieces(&shown);
    let piece = |name: &str| &kept[&("attached".to_owned(), name.to_owned())];
    assert_eq!(content(&service, piece("a.png")).await, png);
    assert_eq!(content(&service, piece("a.log")).await, largest);
    let written = text(&service, piece("a.html")).await;
    assert!(
        written.contains("<script>") && !written.contains(SECRET),
        "{written}"
    );
    let url = piece("a.html")["url"].as_str().expect("a path");
    let bearer = format!("Bearer {OPERATOR}");
    let operator = [("authorization", &*bearer), ("accept", "text/html")];
    let reply = service.send(Method::GET, url, &operator).await;
    for (header, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ),
        (
            "content-disposition",
            &*format!("attachment; filename=\"{name}-a-html.txt\""),
        ),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(reply.header(header), value);
    }
    let png = piece("a.png")["url"].as_str().expect("a path");
    let client = crate::harness::client();
    let png = client
        .get(format!("http://127.0.0.1:{}{png}", service.port))
        .bearer_auth(OPERATOR);
    let png = png.send().await.expect("it answers");
    assert_eq!(png.headers()["content-type"], "application/octet-stream");
    let reader = format!("Bearer {READER}");
    for (token, status) in [(&*reader, 403), ("Bearer wrong-token-1234567", 401)] {
        let headers = [("authorization", token)];
        assert_eq!(
            service.send(Method::GET, url, &headers).await.status,
            status
        );
    }
    assert_eq!(service.get(url).await.status, 401);
    let none = format!("/incidents/{name}/evidence/01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(
        service.send(Method::GET, &none, &operator).await.status,
        404
    );
    // Strangers do not hear of it.
    let stranger = service.get(&format!("/incidents/{name}")).await.json();
    assert_eq!(stranger["evidence"], Value::Null);
    let page = service
        .send(Method::GET, &format!("/incidents/{name}"), &operator)
        .await;
    assert!(
        page.body.contains(&format!("href=\"{url}\"")),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_attached_from_the_terminal() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let opened = report(&service, json!({ "title": "nobody gets mail" })).await;
    let name = opened["name"].as_str().expect("a name");
    let home = tempfile::tempdir().expect("a folder");
    let file = |name: &str, holds: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, holds).expect("it writes");
        path.to_string_lossy().into_owned()
    };
    let log = file("worker.log", b"it\ndies\n");
    let large = file("large.log", &vec![b'a'; 10 * 1024 * 1024 + 1]);
    let zip = file("a.zip", b"PK\x03\x04");
    let via = format!("http://127.0.0.1:{}", service.port);
    let run = async |arguments: &[&str]| {
        let mut process = tokio::process::Command::from(command(&[("DRAGONFLY_TOKEN", OPERATOR)]));
        let output = process
            .args(["incident"])
            .args(arguments)
            .args(["--via", &via])
            .output();
        let output = output.await.expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let (code, said) = run(&["attach", name, &log]).await;
    assert_eq!(code, Some(0), "{said}");
    for (file, says) in [
        (&*large, "it is larger than 10 MB"),
        (&*zip, "DFE-VAL-001"),
        ("/nowhere/at.all", "cannot be attached"),
    ] {
        let (code, said) = run(&["attach", name, file]).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(says), "{said}");
    }
    let (code, said) = run(&["show", name]).await;
    assert_eq!(code, Some(0), "{said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("worker.log, attached: 8 B, sha256 "),
        "{said}"
    );
    assert!(said.contains("Evidence was attached: worker.log"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_cannot_be_brought_holds_up_no_other_and_is_complained_of() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let opened = report(&service, json!({ "title": "nobody gets mail" })).await;
    let name = opened["name"].as_str().expect("a name");
    let folder = std::fs::read_dir(state.path()).expect("it reads");
    let folder = folder.flatten().next().expect("its own").path();
    // No JSON takes the first one to a database, the second cannot be read, the third is none.
    let content = b"seen";
    let hash = Sha256::digest(content)
        .iter()
        .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    let head = json!({
        "id": "0A", "incident": name, "taken_at": "2026-11-30T00:00:00Z", "taken_by": "a\0b",
        "piece": {
            "name": "a", "media_type": "text/plain", "bytes": content.len(), "sha256": hash, "is_cut": false,
            "occasion": null,
        },
    });
    let refused = [head.to_string().as_bytes(), b"\n", content].concat();
    std::fs::write(folder.join("0A-a.evidence"), refused).expect("it writes");
    std::fs::create_dir(folder.join("0B-b.evidence")).expect("it is made");
    std::fs::write(folder.join("0C-c.evidence"), "what is this?").expect("it writes");
    let body = json!({ "name": "a.txt", "content": STANDARD.encode("a"), "by": "ada" });
    let path = format!("/api/ops/incidents/{name}/evidence");
    let attached = order(&service, &path, OPERATOR, "one", body).await;
    assert_eq!(attached.status, 200, "{}", attached.body);
    let left = ["0A-a.evidence", "0B-b.evidence"].map(|file| folder.join(file));
    for _ in 0..1_500 {
        let mut here = Vec::new();
        for file in std::fs::read_dir(&folder).expect("it reads").flatten() {
            let file = file.path();
            if file.extension().is_some_and(|end| end == "evidence") {
                here.push(file);
            }
        }
        here.sort();
        if here == left && known(&opened_of(&service, name).await) > PIECES {
            assert!(folder.join("0C-c.evidence-damaged").exists());
            let bearer = format!("Bearer {OPERATOR}");
            let headers = [("authorization", &*bearer), ("accept", "text/html")];
            let page = service.send(Method::GET, "/incidents", &headers).await;
            assert!(page.body.contains("Evidence is kept on this machine alone"));
            assert!(
                service
                    .log_text()
                    .contains("evidence is not kept in the database")
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{}", service.log_text());
}

async fn opened_of(service: &Instance, name: &str) -> Value {
    let bearer = format!("Bearer {OPERATOR}");
    let headers = [("authorization", &*bearer)];
    let path = format!("/incidents/{name}");
    service.send(Method::GET, &path, &headers).await.json()
}
