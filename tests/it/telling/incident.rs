//! People are told of incidents: by the real service, while the database is dead, once.

use std::time::Duration;

use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;

use super::SECRET;
use super::chats::{
    Chats, MESSAGE, button, click, head, link, order, outbox, press, shown, until_entry,
    until_written, well,
};
use super::stand_in::StandIn;
use crate::harness::command;

#[tokio::test]
async fn an_outage_is_told_acknowledged_and_kept_once_though_the_database_is_dead_and_the_process_killed()
 {
    let mut world = well().await;
    let chats = Chats::start().await;
    let state = tempfile::tempdir().expect("a folder");
    let state_dir = [("STATE_DIR", state.path().to_str().expect("a path"))];
    let mut service = chats.serve(&world, &state_dir);
    service.logged("who writes the history", 1).await;
    world.cluster.crash().expect("it dies");

    let told = chats.slack.next().await;
    let (value, name) = button(&told);
    assert_eq!(head(&told), format!("P1 {name}: Incident"));
    let text = told.body["text"].as_str().expect("a text");
    assert!(
        text.contains("DFE-DB-001") && text.contains("Postgres refused the connection"),
        "{text}"
    );
    let path = link(&chats.discord.next().await);

    // A chat looks at the link; that is nothing.
    let looked = service.get(&path).await;
    assert_eq!(looked.status, 200, "{}", looked.body);
    assert!(looked.body.contains("<form"));
    assert_eq!(shown(&service, &name).await["state"], "open");
    let other = path.replace(&name, "DB-999");
    for method in [Method::GET, Method::POST] {
        let refused = service.send(method, &other, &[]).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
    }
    let body = click(&value);
    let altered = press(&service, &format!("{body}0"), &body, 0).await;
    assert_eq!(altered.status, 401, "{}", altered.body);
    let old = press(&service, &body, &body, 301).await;
    assert_eq!(old.status, 401, "{}", old.body);
    assert_eq!(shown(&service, &name).await["state"], "open");

    let pressed = press(&service, &body, &body, 0).await;
    assert_eq!((pressed.status, &*pressed.body), (200, ""));
    assert_eq!(shown(&service, &name).await["state"], "acknowledged");
    let has_it = chats.slack.next().await;
    assert_eq!(head(&has_it), format!("P1 {name}: Somebody has it"));
    chats.discord.next().await;
    let linked = service.send(Method::POST, &path, &[]).await;
    assert_eq!(linked.status, 200, "{}", linked.body);
    assert!(linked.body.contains("ada (Slack U1) has it already"));
    for channel in ["Slack", "Discord"] {
        until_entry(
            &service,
            &name,
            &format!("Told in {channel} (Somebody has it)"),
        )
        .await;
    }
    for channel in ["slack", "discord"] {
        let entry = format!("{name}/delivered/acknowledged/1/{channel}/1");
        until_written(state.path(), &entry).await;
    }
    let log = service.log_text();
    assert!(!log.contains("zq") && !log.contains("token="), "{log}");

    service.signal(Signal::KILL);
    service.wait();
    let service = chats.serve(&world, &state_dir);
    until_entry(&service, &name, "Told in Slack (Somebody has it)").await;
    world.cluster.recover(&[]).expect("it is back");
    let mut admin = world.admin().await;
    let rows = outbox(&mut admin, 4).await;
    let expected = [
        "acknowledged/1/discord",
        "acknowledged/1/slack",
        "told/1/discord",
        "told/1/slack",
    ];
    let expected = expected.map(|row| (format!("{name}/{row}"), true));
    assert_eq!(rows, expected);

    let resolve = json!({ "deed": "resolve", "text": "it is back" });
    order(&service, &format!("/api/ops/incidents/{name}"), &resolve).await;
    assert_eq!(
        head(&chats.slack.next().await),
        format!("P1 {name}: All clear")
    );
    let report = chats.slack.next().await;
    assert_eq!(
        head(&report),
        format!("P1 {name}: Its report is to be completed")
    );
    let rows = outbox(&mut admin, 8).await;
    assert_eq!(rows.len(), 8, "{rows:?}");
    let (incidents, entries): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM ops.incidents), (SELECT count(*) FROM ops.incident_entries)",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    assert_eq!(incidents, 1);
    let shown = shown(&service, &name).await;
    let known = shown["timeline"].as_array().expect("a timeline").len();
    // What only says again why it was opened is kept, and not shown.
    assert!(i64::try_from(known).expect("a count") + 1 >= entries);
    assert!(chats.slack.asked().is_empty(), "nothing is told twice");
    assert_eq!(chats.discord.asked().len(), 2);
}

#[tokio::test]
async fn a_link_that_is_posted_twice_is_one_acknowledgement_and_survives_a_kill() {
    let world = well().await;
    let chats = Chats::start().await;
    let state = tempfile::tempdir().expect("a folder");
    let state_dir = [("STATE_DIR", state.path().to_str().expect("a path"))];
    let mut service = chats.serve(&world, &state_dir);
    let title = "\"><script>alert(1)</script> <!channel> @everyone postgres://me:zqpassword@db/x";
    let opened = order(&service, "/api/ops/incidents", &json!({ "title": title })).await;
    let name = opened["name"].as_str().expect("a name").to_owned();
    let slack = chats.slack.next().await.body.to_string();
    let discord = chats.discord.next().await;
    // Nothing of it is anything but text.
    for inert in ["<script", "<!channel", "zqpassword"] {
        assert!(!slack.contains(inert), "{slack}");
    }
    let said = discord.body.to_string();
    assert!(
        !said.contains("@everyone") && !said.contains("zqpassword"),
        "{said}"
    );
    assert_eq!(discord.body["allowed_mentions"], json!({ "parse": [] }));
    let path = link(&discord);
    let form = "application/x-www-form-urlencoded";
    for by in ["ada", "bob"] {
        let body = format!("by={by}");
        let reply = service
            .send_body(Method::POST, &path, &[("content-type", form)], body)
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    service.signal(Signal::KILL);
    service.wait();
    let service = chats.serve(&world, &state_dir);
    until_entry(&service, &name, "Has it").await;
    let shown = shown(&service, &name).await;
    let all = shown["timeline"].as_array().expect("a timeline");
    let acknowledged = all.iter().filter(|entry| entry["kind"] == "acknowledged");
    let who: Vec<_> = acknowledged.map(|entry| &entry["who"]).collect();
    assert_eq!(who.len(), 1, "{who:?}");
    assert!(who[0].as_str().is_some_and(|who| who.starts_with("ada (")));
}

#[tokio::test]
async fn two_that_see_an_outage_tell_it_under_one_name_and_keep_it_as_one() {
    let mut world = well().await;
    let chats = Chats::start().await;
    let replicas = [(), ()].map(|()| chats.serve(&world, &[]));
    // While it lives, they agree who tells.
    world
        .execute("UPDATE ops.worker_heartbeats SET last_heartbeat = now() - interval '2 hours'")
        .await;
    let told = chats.slack.next().await;
    let (_, name) = button(&told);
    for replica in &replicas {
        // In both: a message that is sent later says how bad it is by then, and nothing is left to be raised.
        for channel in ["Slack", "Discord"] {
            until_entry(replica, &name, &format!("Told in {channel} (Incident)")).await;
        }
    }
    assert!(chats.slack.asked().is_empty(), "it is told once");
    // While it is dead, each may. Workers that cannot be seen are part of what goes on already.
    world.cluster.crash().expect("it dies");
    let worse = chats.slack.next().await;
    assert_eq!(head(&worse), format!("P1 {name}: Worse than it was told"));
    for replica in &replicas {
        for channel in ["Slack", "Discord"] {
            let told = format!("Told in {channel} (Worse than it was told)");
            until_entry(replica, &name, &told).await;
        }
    }
    let again = chats.slack.asked();
    assert!(again.len() < 2 && again.iter().all(|again| head(again) == head(&worse)));
    world.cluster.recover(&[]).expect("it is back");
    let mut admin = world.admin().await;
    let rows = outbox(&mut admin, 4).await;
    let expected = [
        "severity_raised/1/discord",
        "severity_raised/1/slack",
        "told/1/discord",
        "told/1/slack",
    ];
    let expected = expected.map(|row| (format!("{name}/{row}"), true));
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn who_asks_to_wait_is_waited_for_and_who_is_broken_holds_up_nobody() {
    let world = well().await;
    let chats = Chats::start().await;
    chats
        .slack
        .reply(Some((429, Some(("retry-after", "2")), "rate_limited")));
    chats.discord.reply(Some((
        404,
        None,
        r#"{"message":"Unknown Webhook","code":10015}"#,
    )));
    let service = chats.serve(&world, &[]);
    let opened = order(
        &service,
        "/api/ops/incidents",
        &json!({ "title": "it is slow" }),
    )
    .await;
    let name = opened["name"].as_str().expect("a name").to_owned();
    let first = chats.slack.next().await;
    chats.slack.reply(Some((200, None, "ok")));
    let second = chats.slack.next().await;
    assert_eq!(button(&first), button(&second));
    assert!(second.at.duration_since(first.at) >= Duration::from_secs(2));
    until_entry(&service, &name, "Told in Slack (Incident)").await;
    // It waits until somebody has mended the channel, and is not asked again at once.
    chats.discord.next().await;
    assert!(chats.discord.asked().is_empty());
    let mut admin = world.admin().await;
    let rows = outbox(&mut admin, 1).await;
    assert_eq!(rows, [(format!("{name}/told/1/slack"), true)]);
    let counted = service.metrics().await;
    for (metric, channel, value) in [
        ("dragonfly_notices_sent_total", "slack", 1),
        ("dragonfly_notices_failed_total", "slack", 1),
        ("dragonfly_notices_failed_total", "discord", 1),
        ("dragonfly_notices_sent_total", "discord", 0),
    ] {
        assert_eq!(
            counted.value(metric, &[("channel", channel)]),
            value,
            "{metric} {channel}"
        );
    }
    let headers = [("accept", "text/html")];
    let page = service.send(Method::GET, "/incidents", &headers).await;
    assert!(
        page.body.contains("Nobody can be told in Discord"),
        "{}",
        page.body
    );
    chats.discord.reply(Some((200, None, MESSAGE)));
    chats.discord.next().await;
    until_entry(&service, &name, "Told in Discord (Incident)").await;
}

#[tokio::test]
async fn what_was_said_first_in_discord_is_changed_to_how_it_stands() {
    let world = well().await;
    let chats = Chats::start().await;
    let state = tempfile::tempdir().expect("a folder");
    let state_dir = [("STATE_DIR", state.path().to_str().expect("a path"))];
    let mut service = chats.serve(&world, &state_dir);
    let all = "/api/ops/incidents";
    let opened = order(&service, all, &json!({ "title": "it is slow" })).await;
    let name = opened["name"].as_str().expect("a name").to_owned();
    let one = format!("{all}/{name}");
    chats.discord.next().await;
    // Else it would be told again.
    until_written(state.path(), "Told in Discord (Incident)").await;
    // Whoever goes on knows from its entry what the message is called there.
    service.signal(Signal::KILL);
    service.wait();
    let service = chats.serve(&world, &state_dir);
    let has_it = json!({ "deed": "acknowledge", "by": "ada" });
    order(&service, &one, &has_it).await;
    let has_it = chats.discord.next().await;
    let content = has_it.body["content"].as_str().expect("a text");
    assert!(content.contains("Somebody has it"), "{content}");
    let changed = chats.discord.next_change().await;
    let message = "/messages/1310986500012343296?";
    assert!(changed.uri.contains(message), "{}", changed.uri);
    for part in ["content", "embeds", "components"] {
        assert_eq!(changed.body[part], has_it.body[part], "{part}");
    }
    assert_eq!(changed.body["allowed_mentions"], json!({ "parse": [] }));
    // That somebody has taken the first one away is nothing to the channel.
    let unknown = r#"{"message":"Unknown Message","code":10008}"#;
    chats.discord.reply_to_changes(Some((404, None, unknown)));
    let over = json!({ "deed": "resolve", "text": "it was the disk" });
    order(&service, &one, &over).await;
    let is_over = chats.discord.next().await.body.to_string();
    assert!(is_over.contains("All clear"), "{is_over}");
    chats.discord.next_change().await;
    order(&service, all, &json!({ "title": "another one" })).await;
    let told = chats.discord.next().await.body.to_string();
    assert!(told.contains("another one"), "{told}");
    let metrics = service.metrics().await;
    let failed = metrics.value("dragonfly_notices_failed_total", &[("channel", "discord")]);
    assert_eq!(failed, 0);
}

#[tokio::test]
async fn somebody_else_hears_that_all_is_in_order() {
    let world = well().await;
    let chats = Chats::start().await;
    let receiver = StandIn::start(Some((200, None, "OK"))).await;
    let url = format!("{}/ping/{SECRET}", receiver.base);
    let _service = chats.serve(&world, &[("HEARTBEAT_URL", &url)]);
    let heard = receiver.next().await;
    assert_eq!(
        (heard.method, &*heard.uri),
        (Method::GET, &*format!("/ping/{SECRET}"))
    );
}

#[tokio::test]
async fn a_test_message_says_of_each_channel_what_came_of_it() {
    let chats = Chats::start().await;
    let settings = chats.settings();
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let run = async |settings: &[(&str, &str)]| {
        let mut notify = tokio::process::Command::from(command(settings));
        let output = notify
            .args(["notify", "test"])
            .output()
            .await
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("zq"), "{text}");
        (output.status.code(), text)
    };
    let (code, text) = run(&settings).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        head(&chats.slack.next().await),
        "TEST: A test: nothing is wrong"
    );
    chats.discord.next().await;
    chats.slack.reply(Some((404, None, "no_service")));
    let (code, text) = run(&settings).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("SLACK_WEBHOOK_URL leads to no channel"),
        "{text}"
    );
    let (code, text) = run(&[]).await;
    assert_eq!(code, Some(3), "{text}");
    let mut doctor = tokio::process::Command::from(command(&settings));
    let output = doctor.arg("doctor").output().await.expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("telling.slack: Slack is told of incidents"),
        "{text}"
    );
    assert_eq!(chats.slack.asked().len(), 1, "doctor sends nothing");
}
