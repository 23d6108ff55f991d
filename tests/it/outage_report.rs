//! What is written up of an incident, and when nobody is told on purpose.

use hyper::Method;
use markdown::{CompileOptions, Options, ParseOptions, to_html_with_options};
use serde_json::{Value, json};

use crate::actions::PAUSE;
use crate::harness::{Instance, OPERATOR, Peer, READER, Reply, World};
use crate::outage::{order, report, start};
use crate::outage_commands::{address, by_operator, run, run_printed, without_database};

const HOSTILE: &str =
    "\"><script>alert(1)</script> # [x](https://evil.example) www.evil.example @channel";

async fn get(service: &Instance, path: &str, token: Option<&str>, accept: &str) -> Reply {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let mut headers = vec![("accept", accept)];
    if token.is_some() {
        headers.push(("authorization", &bearer));
    }
    service.send(Method::GET, path, &headers).await
}

async fn opened(service: &Instance, title: &str) -> String {
    let opened = json!({ "title": title, "severity": "P1", "code": "DFE-VND-003", "by": "ada" });
    let opened = report(service, opened).await;
    opened["name"].as_str().expect("a name").to_owned()
}

/// As a reader of Markdown shows it that makes links wherever it can.
fn rendered(markdown: &str) -> String {
    let options = Options {
        parse: ParseOptions::gfm(),
        compile: CompileOptions {
            allow_dangerous_html: true,
            allow_dangerous_protocol: true,
            ..CompileOptions::default()
        },
    };
    to_html_with_options(markdown, &options).expect("it is no MDX")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_three_formats_and_what_people_wrote_is_text_in_each() {
    let mut world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let github = [
        ("GITHUB_REPOSITORY", "dragonfly/ops"),
        ("SUPABASE_MODE", "prod"),
    ];
    let service = start(&world, state.path(), &peer, &github);
    let name = opened(&service, HOSTILE).await;
    let pause = json!({ "reason": "letters <b>twice</b>", "by": "ada" });
    assert_eq!(
        order(&service, PAUSE, OPERATOR, "pause", pause)
            .await
            .status,
        200
    );
    let of = format!("/api/ops/incidents/{name}");
    for (key, body) in [
        ("a", json!({ "deed": "acknowledge", "by": "ada" })),
        (
            "b",
            json!({ "deed": "note", "text": format!("first\n\n# {HOSTILE}\n- third") }),
        ),
        (
            "c",
            json!({ "deed": "write", "heading": "impact", "text": format!("{HOSTILE}\n===") }),
        ),
        (
            "d",
            json!({ "deed": "action_item", "title": HOSTILE, "due": "2026-12-24" }),
        ),
        ("e", json!({ "deed": "resolve", "text": "seen by hand" })),
    ] {
        let reply = order(&service, &of, OPERATOR, key, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let path = format!("/incidents/{name}/report");

    let report = get(&service, &path, Some(READER), "*/*").await.json();
    assert_eq!(report["incident"]["title"], HOSTILE);
    assert_eq!(report["environment"], "prod");
    assert_eq!(report["incident"]["codes"][0]["code"], "DFE-VND-003");
    for span in [
        "to_detect_seconds",
        "to_acknowledge_seconds",
        "to_resolve_seconds",
    ] {
        assert!(
            report["durations"][span].is_u64(),
            "{span}: {}",
            report["durations"]
        );
    }
    let done = &report["actions"][0];
    assert_eq!(
        (&done["action"], &done["phase"], &done["before"]["pause"]),
        (&json!("queue.pause"), &json!("done"), &Value::Null)
    );
    assert_eq!(
        (&done["after"]["pause"], &report["actions_missing"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(report["end"]["against"], "seen by hand");
    let written = &report["incident"]["report"];
    let lacks = format!("an owner and an issue's link of `{HOSTILE}`");
    assert_eq!(
        written["lacks"],
        json!(["Root cause analysis", "What worked / what didn't", lacks])
    );
    let file = written["action_items"][0]["new_issue"]
        .as_str()
        .expect("an address");
    let file: reqwest::Url = file.parse().expect("an address");
    assert_eq!(
        (file.host_str(), file.path()),
        (Some("github.com"), "/dragonfly/ops/issues/new")
    );
    let title = file.query_pairs().find(|(name, _)| name == "title");
    assert_eq!(
        title.map(|(_, title)| title.into_owned()),
        Some(HOSTILE.to_owned())
    );

    let page = get(&service, &path, Some(READER), "text/html").await;
    let (kind, html) = (page.header("content-type"), &page.body);
    assert!(kind.starts_with("text/html"), "{kind:?}");
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{html}"
    );
    assert!(html.contains("letters &lt;b&gt;twice&lt;/b&gt;"), "{html}");
    assert!(
        html.contains("Missing: nobody has written it yet."),
        "{html}"
    );

    let reply = get(&service, &path, Some(READER), "text/markdown").await;
    let kind = reply.header("content-type");
    assert!(kind.starts_with("text/markdown"), "{kind:?}");
    let markdown = reply.body;
    for part in [
        "## Summary of impact",
        "## Root cause analysis\n\n*Missing: nobody has written it yet.*",
        "## Timeline of events",
        "## What worked / what didn't",
        "## Action items to prevent recurrence",
        "- Time to resolve: ",
        "`queue.pause`, done, by ada",
        "against the all-clear: seen by hand",
        "[file it as an issue](<https://github.com/dragonfly/ops/issues/new?",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let html = rendered(&markdown);
    // Ten headings of ours, and no other; no link but those to the form for an issue.
    assert_eq!(html.matches("<h1").count(), 1, "{html}");
    let headings = markdown
        .lines()
        .filter(|line| line.starts_with("## "))
        .count();
    assert_eq!(html.matches("<h2").count(), headings, "{html}");
    let links = html.matches("<a href=").count();
    assert_eq!(
        links,
        html.matches("<a href=\"https://github.com/dragonfly/ops/")
            .count(),
        "{html}"
    );
    assert!(
        links == 1 && !html.contains("<script") && !html.contains("<b>"),
        "{html}"
    );

    for (path, token, status) in [
        (path.clone(), None, 401),
        (format!("/incidents/{name}/export"), None, 401),
        (format!("{path}?format=pdf"), Some(READER), 400),
        ("/incidents/DB-99/report".to_owned(), Some(READER), 404),
    ] {
        for accept in ["*/*", "text/html"] {
            let reply = get(&service, &path, token, accept).await;
            assert_eq!(reply.status, status, "{path} {accept}: {}", reply.body);
            assert!(!reply.body.contains("evil.example"), "{}", reply.body);
        }
    }
    world.cluster.crash().expect("it dies");
    let markdown = get(
        &service,
        &format!("{path}?format=md"),
        Some(OPERATOR),
        "*/*",
    )
    .await;
    assert!(
        markdown
            .body
            .contains("**What was done may be missing here.** DFE-DB-00"),
        "{}",
        markdown.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_and_quiet_windows_are_there_on_the_terminal_with_the_database_dead() {
    let (service, _peer) = without_database(&[]).await;
    let via = address(&service);
    let name = opened(&service, HOSTILE).await;
    let said = async |words: &[&str]| by_operator(&[words, &["--via", &via]].concat(), "").await;
    let report = ["incident", "report", &name];
    said(&report).await.is(
        0,
        &[
            "## Root cause analysis *Missing",
            "What was done may be missing here",
            "\\<script\\>",
        ],
    );
    let page = said(&[&report[..], &["--format", "html"]].concat())
        .await
        .is(0, &["<!DOCTYPE html>"]);
    assert!(!page.stdout.contains("<script>"), "{}", page.stdout);
    let json = said(&[&report[..], &["--format", "json"]].concat())
        .await
        .is(0, &[])
        .json();
    assert_eq!(json["incident"]["title"], HOSTILE);
    let all = said(&["incident", "export", &name]).await.is(0, &[]).json();
    let entries = all["entries"].as_array().expect("entries");
    assert_eq!(entries[0]["what"]["kind"], "opened", "{all}");
    assert_eq!(all["report"]["incident"]["name"], *name);
    for format in ["md", "html", "json"] {
        let words = [&report[..], &["--format", format, "--via", &via]].concat();
        run(&[], &words, "").await.is(2, &["DFE-AUTH-001"]);
    }
    said(&["incident", "report", "DB-999"]).await.is(
        3,
        &["Whether there is an incident of that name cannot be known"],
    );

    said(&["quiet", "list"])
        .await
        .is(0, &["Nothing is kept quiet"]);
    let added = said(&["quiet", "add", "--for", "1h", "--reason", "a migration"]).await;
    let added = added.is(
        0,
        &["on: everything is quiet from", "(UTC+00:00): a migration"],
    );
    let listed = said(&["quiet", "list"])
        .await
        .is(0, &["A quiet window lasts", "a migration"]);
    let json = said(&["quiet", "list", "--output", "json"])
        .await
        .is(0, &[])
        .json();
    assert_eq!(json["windows"][0]["state"], "on", "{json}");
    assert!(
        listed.stdout.contains("dragonfly-ops quiet end "),
        "{}",
        listed.stdout
    );
    said(&["incident", "list"]).await.is(
        1,
        &[
            "Nobody is told until",
            "a quiet window lasts, of everything",
        ],
    );
    said(&["incident", "show", &name])
        .await
        .is(0, &["nobody is told of it: a quiet window lasts"]);
    run_printed(&added, "quiet end", "")
        .await
        .is(0, &["over: everything"]);
    said(&["quiet", "list"])
        .await
        .is(0, &["Nothing is kept quiet", "over"]);
    let clock = ["--from", "2026-03-28T22:00", "--to", "2026-03-29T06:00"];
    let past = [
        &["quiet", "add", "--zone", "Europe/Berlin", "--reason", "x"][..],
        &clock,
    ]
    .concat();
    said(&past)
        .await
        .is(2, &["The quiet window lies in the past"]);
    for words in [
        &["quiet", "add", "--reason", "x"][..],
        &["quiet", "add", "--for", "1h"],
        &[&["quiet", "add", "--reason", "x"][..], &clock].concat(),
        &[
            &["quiet", "add", "--reason", "x", "--for", "1h"][..],
            &clock,
        ]
        .concat(),
        &[
            "quiet", "add", "--for", "1h", "--reason", "x", "--series", "moon",
        ],
    ] {
        said(words).await.is(2, &[]);
    }
    said(&["quiet", "add", "--for", "9d", "--reason", "x"])
        .await
        .is(2, &["longer than seven days"]);
    said(&["quiet", "end", "nobody-knows"])
        .await
        .is(2, &["There is no quiet window of that id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_quiet_is_said_wherever_somebody_may_wonder() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let name = opened(&service, "No mail").await;
    let path = "/api/ops/quiet";
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    let clock = |hours: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    let window = |zone: &str, begin: String, end: String| json!({ "zone": zone, "begin": begin, "end": end, "reason": "a move", "by": "ada" });
    let good = || window("Europe/Berlin", clock(-1), clock(5));
    assert_eq!(order(&service, path, READER, "k", good()).await.status, 403);
    for (body, status) in [
        (window("Mars/Olympus", clock(-1), clock(5)), 400),
        (window("Europe/Berlin", clock(5), clock(-1)), 400),
        (window("Europe/Berlin", clock(0), clock(8 * 24)), 400),
        (
            window("Europe/Berlin", "tomorrow".to_owned(), clock(5)),
            400,
        ),
        (
            json!({ "zone": "UTC", "begin": clock(0), "end": clock(5) }),
            400,
        ),
    ] {
        let reply = order(&service, path, OPERATOR, "bad", body.clone()).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
    }
    let first = order(&service, path, OPERATOR, "k", good()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let first = first.json();
    assert_eq!(
        (&first["state"], &first["zone"]),
        (&json!("on"), &json!("Europe/Berlin"))
    );
    let again = order(&service, path, OPERATOR, "k", good()).await.json();
    assert_eq!(first["id"], again["id"], "the same key is one window");
    let id = first["id"].as_str().expect("an id");
    for (path, list) in [
        ("/status.json", "quiet"),
        ("/incidents", "quiet"),
        ("/quiet", "windows"),
    ] {
        let anybody = get(&service, path, None, "*/*").await.json();
        let reader = get(&service, path, Some(READER), "*/*").await.json();
        assert_eq!(anybody[list][0]["id"], id, "{path}");
        assert_eq!(anybody[list][0]["reason"], Value::Null, "{path}");
        assert_eq!(reader[list][0]["reason"], "a move", "{path}");
    }
    for path in ["/status", "/incidents", "/quiet"] {
        let page = get(&service, path, Some(READER), "text/html").await.body;
        assert!(
            page.contains("quiet window") && page.contains("a move"),
            "{path}: {page}"
        );
        assert!(!page.contains("action=\"/deeds\""), "{path}");
    }
    let of = format!("/incidents/{name}");
    assert_eq!(
        get(&service, &of, None, "*/*").await.json()["is_quiet"],
        true
    );
    let page = get(&service, &of, Some(READER), "text/html").await.body;
    assert!(
        page.contains("Nobody is told of it") && !page.contains("action=\"/deeds\""),
        "{page}"
    );
    let page = get(&service, &of, Some(OPERATOR), "text/html").await.body;
    assert!(page.contains("action=\"/deeds\""), "{page}");

    let end = format!("{path}/{id}/end");
    assert_eq!(
        order(&service, &end, READER, "e", json!({})).await.status,
        403
    );
    for key in ["e", "e"] {
        let ended = order(&service, &end, OPERATOR, key, json!({ "by": "ada" })).await;
        assert_eq!(
            (ended.status, &ended.json()["state"]),
            (200, &json!("over")),
            "{}",
            ended.body
        );
    }
    let reply = order(&service, &end, OPERATOR, "f", json!({})).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (409, &json!("DFE-VAL-003"))
    );
    let unknown = order(
        &service,
        "/api/ops/quiet/nobody/end",
        OPERATOR,
        "g",
        json!({}),
    )
    .await;
    assert_eq!(unknown.status, 400, "{}", unknown.body);
    assert_eq!(
        get(&service, "/status.json", None, "*/*").await.json()["quiet"],
        json!([])
    );
    assert_eq!(
        get(&service, &of, None, "*/*").await.json()["is_quiet"],
        false
    );
    let mut admin = world.admin().await;
    let kept = "EXISTS (SELECT FROM ops.quiet_windows WHERE zone = 'Europe/Berlin' AND ends_at < now() + interval '1 minute')";
    crate::actions::until(&mut admin, kept.to_owned()).await;
}
