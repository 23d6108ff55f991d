//! What incidents have taught about codes, wherever somebody looks a code up, and nowhere for the public.

use hyper::Method;
use serde_json::{Value, json};

use crate::actions::until;
use crate::harness::{Instance, OPERATOR, Peer, READER, REPORTER, Reply, World};
use crate::outage::{order, report, start};
use crate::outage_commands::{address, by_operator, run, run_printed, without_database};

const CODE: &str = "DFE-VND-003";
const PAGE: &str = "/errors/DFE-VND-003";
/// What must stand nowhere.
const SECRET: &str = "zqcanary";
const HOSTILE: &str =
    "\"><script>alert(1)</script> \u{1b}[2J postgres://me:zqcanary@db.example.com/app";
const WRITTEN: &str =
    "\"><script>alert(1)</script> ring Grace\nthen postgres://me:zqcanary@db.example.com/app";

async fn look(service: &Instance, path: &str, token: Option<&str>, accept: &str) -> Reply {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let mut headers = vec![("accept", accept)];
    if token.is_some() {
        headers.push(("authorization", &bearer));
    }
    service.send(Method::GET, path, &headers).await
}

/// What is suggested for the code, to whoever presents this token.
async fn suggested(service: &Instance, token: &str) -> Vec<Value> {
    let reply = look(service, PAGE, Some(token), "*/*").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(!reply.body.contains(SECRET), "{}", reply.body);
    let all = reply.json()["runbook"].as_array().cloned();
    all.unwrap_or_else(|| panic!("{}", reply.body))
}

async fn opened(service: &Instance) -> String {
    let opened = json!({ "title": "No mail", "severity": "P1", "code": CODE, "by": "ada" });
    let opened = report(service, opened).await;
    opened["name"].as_str().expect("a name").to_owned()
}

/// Nothing of it is for the public, in whatever form.
async fn is_hidden(service: &Instance) {
    for (path, token, accept, status) in [
        (PAGE, None, "*/*", 200),
        (PAGE, None, "text/html", 200),
        ("/errors", None, "*/*", 200),
        ("/errors", None, "text/html", 200),
        (PAGE, Some("nobody-knows-this-token"), "*/*", 200),
        (PAGE, Some("nobody-knows-this-token"), "text/html", 200),
        (PAGE, Some(REPORTER), "*/*", 200),
        ("/errors/DFE-VND-003?token=x", None, "*/*", 400),
    ] {
        let reply = look(service, path, token, accept).await;
        assert_eq!(reply.status, status, "{path} {token:?}: {}", reply.body);
        for part in ["ring Grace", "alert(1)", "runbook", "taught", SECRET] {
            assert!(!reply.body.contains(part), "{path}: {}", reply.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_incident_has_taught_stands_beside_the_code_for_whoever_is_let_in() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[("STATUS_PAGE", "token")]);
    let name = opened(&service).await;
    let of = format!("/api/ops/incidents/{name}");
    assert_eq!(suggested(&service, READER).await, Vec::<Value>::new());

    let body = |text: &str| json!({ "deed": "runbook", "code": CODE, "text": text, "by": "ada" });
    for (token, body, status) in [
        (READER, body("x"), 403),
        (OPERATOR, body(" "), 400),
        (OPERATOR, body(HOSTILE), 400),
        (OPERATOR, body(&"x".repeat(2_001)), 400),
        (
            OPERATOR,
            json!({ "deed": "runbook", "code": "DFE-XX-999", "text": "x" }),
            400,
        ),
        (OPERATOR, json!({ "deed": "runbook", "text": "x" }), 400),
        (
            OPERATOR,
            json!({ "deed": "withdraw_runbook", "suggestion": "x", "text": "x" }),
            400,
        ),
    ] {
        let reply = order(&service, &of, token, "refused", body).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    for key in ["one", "one", "other"] {
        let reply = order(&service, &of, OPERATOR, key, body(WRITTEN)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(!reply.body.contains(SECRET), "{}", reply.body);
    }
    let all = suggested(&service, READER).await;
    assert_eq!(all.len(), 2, "the same key is one: {all:?}");
    assert_eq!(
        (&all[0]["incident"], &all[0]["code"]),
        (&json!(name), &json!(CODE))
    );
    let text = all[0]["text"].as_str().expect("a text");
    assert!(
        text.starts_with("\"><script>alert(1)</script> ring Grace\nthen "),
        "{text}"
    );
    let page = look(&service, PAGE, Some(OPERATOR), "text/html").await;
    assert!(
        page.body
            .contains("&lt;script&gt;alert(1)&lt;/script&gt; ring Grace"),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("<script>") && !page.body.contains(SECRET),
        "{}",
        page.body
    );
    is_hidden(&service).await;

    // On the terminal: by the instance that is named, or by the one on this machine.
    let in_database =
        "(SELECT count(*) = 2 FROM ops.incident_entries WHERE kind = 'runbook_suggested')";
    until(&mut world.admin().await, in_database.to_owned()).await;
    let via = address(&service);
    let token = [("DRAGONFLY_TOKEN", READER)];
    // A rejected login is not repeated for it: whoever has a URL of the database asks the instance all the same.
    let port = service.port.to_string();
    let here = [
        ("HOST", "127.0.0.1"),
        ("PORT", &*port),
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:1/x"),
        token[0],
    ];
    let words = ["explain", "vnd-003"];
    let triage = ["triage", "DFE-VND-003: it did not answer"];
    for words in [&words[..], &triage] {
        let by_instance = [words, &["--via", &via]].concat();
        for (settings, words) in [(&token[..], &by_instance[..]), (&here, words)] {
            let said = run(settings, words, "").await;
            let said = said.is(
                0,
                &["runbook ", "<script>alert(1)</script> ring Grace", "fix "],
            );
            assert!(!said.stdout.contains(SECRET), "{}", said.stdout);
            let json = run(settings, &[words, &["--output", "json"]].concat(), "").await;
            let json = json.is(0, &[]).json();
            let found = match words[0] {
                "explain" => &json["runbook"],
                _ => &json["runbook"][CODE],
            };
            assert_eq!(found.as_array().map(Vec::len), Some(2), "{json}");
            assert!(!json.to_string().contains(SECRET), "{json}");
        }
        // Who is not let in, and who cannot be asked.
        for (settings, words, says) in [
            (&[][..], &by_instance[..], "DRAGONFLY_TOKEN is not set"),
            (
                &token,
                &[words, &["--via", "http://127.0.0.1:1"]].concat(),
                "DFE-NET-002",
            ),
        ] {
            let said = run(settings, words, "").await.is(0, &["fix ", says]);
            assert!(!said.stdout.contains("runbook"), "{}", said.stdout);
        }
        // Where nobody is there who could be asked, or lets in, that is no fault.
        let nobody = [("HOST", "127.0.0.1"), ("PORT", "1"), token[0]];
        for settings in [&nobody[..], &here[..2]] {
            let said = run(settings, words, "").await.is(0, &["fix "]);
            assert!(
                !said.stdout.contains("runbook") && said.stderr.is_empty(),
                "{}",
                said.stderr
            );
        }
    }

    let shown = by_operator(&["incident", "show", &name, "--via", &via], "").await;
    let shown = shown.is(
        0,
        &[
            "Suggested for the runbook",
            "For the runbook of DFE-VND-003: ",
        ],
    );
    run_printed(&shown, "incident runbook", "the vendor has mended it")
        .await
        .is(0, &["P1, open"]);
    run_printed(&shown, "incident runbook", "again")
        .await
        .is(2, &["There is no suggestion of that id"]);
    assert_eq!(suggested(&service, READER).await.len(), 1);
    let resolve = json!({ "deed": "resolve", "text": "by hand" });
    assert_eq!(
        order(&service, &of, OPERATOR, "over", resolve).await.status,
        200
    );
    let shown = by_operator(&["incident", "show", &name, "--via", &via], "").await;
    let again = "incident runbook";
    let printed = shown.is(0, &["it is shown beside the code from then on"]);
    run_printed(
        &printed,
        &format!("{again} {name} --code"),
        "look at its status page",
    )
    .await
    .is(0, &["P1, resolved"]);
    assert_eq!(
        suggested(&service, READER).await[0]["text"],
        "look at its status page"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_taught_while_the_database_is_dead_and_known_after_a_crash_on_the_terminal_too() {
    let state = tempfile::tempdir().expect("a folder");
    let dir = state.path().to_string_lossy().into_owned();
    let settings = [("STATE_DIR", dir.as_str())];
    let (service, _peer) = without_database(&settings).await;
    let name = opened(&service).await;
    let via = address(&service);
    let words = [
        &["incident", "runbook", &name][..],
        &["--code", "dfe-vnd-003", "--text", "-", "--via", &via],
    ];
    by_operator(&words.concat(), WRITTEN)
        .await
        .is(0, &["P1, open"]);
    for words in [
        &["incident", "runbook", &name, "--text", "x"][..],
        &["incident", "runbook", &name, "--text", "x", "--code", "x"],
    ] {
        by_operator(words, "").await.is(2, &[]);
    }
    drop(service);
    // Also where there is no status page.
    let settings = [("STATE_DIR", dir.as_str()), ("STATUS_PAGE", "off")];
    let (service, _peer) = without_database(&settings).await;
    let via = address(&service);
    let said = by_operator(&["explain", CODE, "--via", &via], "").await;
    let said = said.is(0, &["runbook ", &name, "ring Grace then "]);
    assert!(!said.stdout.contains(SECRET), "{}", said.stdout);
    assert_eq!(suggested(&service, OPERATOR).await.len(), 1);
    is_hidden(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taught_by_an_incident_of_long_ago_is_known_and_the_incident_is_not() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.incident_entries (id, incident, number, at, recorded_at, who, how, kind, what, text)
             SELECT id, 'DB-1', number, at, at, 'ada', 'terminal', what ->> 'kind', what, ''
             FROM (VALUES
                 ('a', 1, now() - interval '90 days', '{\"kind\":\"runbook_suggested\",\"code\":\"DFE-VND-003\",\"text\":\"old\"}'::jsonb),
                 ('b', 2, now() - interval '89 days', '{\"kind\":\"runbook_suggested\",\"code\":\"DFE-VND-003\",\"text\":\"wrong\"}'),
                 ('c', 3, now() - interval '88 days', '{\"kind\":\"runbook_withdrawn\",\"suggestion\":\"b\"}'),
                 ('d', 4, now() - interval '87 days', '{\"kind\":\"runbook_suggested\",\"code\":\"DFE-NEW-001\",\"text\":\"newer\"}')
             ) AS v (id, number, at, what)",
        )
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    loop {
        let known = look(&service, "/incidents", Some(READER), "*/*")
            .await
            .json();
        assert_eq!(known["incidents"], json!([]));
        if known["is_whole"] == true {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Nothing waits for it.
    let all = loop {
        let all = suggested(&service, READER).await;
        if !all.is_empty() {
            break all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let texts: Vec<_> = all.iter().map(|one| one["text"].as_str()).collect();
    assert_eq!(texts, [Some("old")]);
}
