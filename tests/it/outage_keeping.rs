//! What happens is kept: what the database refuses holds up nothing, and all of it is read.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{OPERATOR, Peer, World};
use crate::outage::{all_is_well, order, start};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_holds_up_nothing_else() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let path = "/api/ops/incidents";
    let report = json!({ "title": "nobody gets mail" });
    let reply = order(&service, path, OPERATOR, "k", report).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    drop(service);
    let mut admin = world.admin().await;
    sqlx::raw_sql("ALTER TABLE ops.incident_entries DISABLE TRIGGER append_only; TRUNCATE ops.incident_entries")
        .execute(&mut admin)
        .await
        .expect("all is forgotten");
    // A NUL is no text to Postgres; an older version may have written one down.
    let folder = std::fs::read_dir(state.path()).expect("a folder");
    let folder = folder.into_iter().next().expect("one").expect("it is read");
    let files = std::fs::read_dir(folder.path()).expect("files");
    let entries = files
        .map(|file| file.expect("a file").path())
        .find(|path| path.extension().is_some_and(|end| end == "entries"))
        .expect("entries");
    let text = std::fs::read_to_string(&entries).expect("lines");
    let refused = text.lines().next().expect("a line");
    let mut refused: Value = serde_json::from_str(refused).expect("an entry");
    refused["id"] = json!("refused");
    refused["text"] = json!("a\0b");
    std::fs::write(&entries, format!("{refused}\n{text}")).expect("it writes");
    let service = start(&world, state.path(), &peer, &[]);
    let lines = i64::try_from(text.lines().count()).expect("a few");
    for _ in 0..1_500 {
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM ops.incident_entries")
            .persistent(false)
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
        if kept >= lines {
            service
                .logged("incidents are not kept in the database", 1)
                .await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("they are held up: {}", service.log_text());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_disk_what_the_database_refuses_is_not_said_to_be_kept_and_all_else_is() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let home = tempfile::tempdir().expect("a folder");
    let no_folder = home.path().join("file");
    std::fs::write(&no_folder, "in the way").expect("it writes");
    let mut admin = world.admin().await;
    let minded =
        "ALTER TABLE ops.incident_entries ADD CONSTRAINT minded CHECK (text NOT LIKE '%zqword%')";
    let executed = sqlx::raw_sql(minded).execute(&mut admin).await;
    executed.expect("it minds a word");
    let service = start(&world, &no_folder, &peer, &[]);
    all_is_well(&service).await;
    let path = "/api/ops/incidents";
    let refused = json!({ "title": "zqword" });
    for key in ["one", "two"] {
        let reply = order(&service, path, OPERATOR, "refused", refused.clone()).await;
        assert_eq!(reply.json()["code"], "DFE-INT-002", "{}", reply.body);
        let other = json!({ "title": "nobody gets mail" });
        let reply = order(&service, path, OPERATOR, key, other).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let no_more = "ALTER TABLE ops.incident_entries DROP CONSTRAINT minded";
    let executed = sqlx::raw_sql(no_more).execute(&mut admin).await;
    executed.expect("it minds nothing");
    // It is tried again about once a minute.
    for _ in 0..1_500 {
        let kept: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM ops.incident_entries WHERE text LIKE '%zqword%'",
        )
        .persistent(false)
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
        if kept > 0 {
            let reply = order(&service, path, OPERATOR, "refused", refused).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is not tried again: {}", service.log_text());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_kept_is_read_however_much_it_is() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world.admin().await;
    // All at one time, and what says what it is about comes last.
    sqlx::raw_sql(
        "INSERT INTO ops.incident_entries (id, incident, number, at, recorded_at, who, how, kind, what, text)
         SELECT 'a' || n, 'DB-1', 1 + n, now(), now(), 'ada', 'http', 'note', '{\"kind\": \"note\"}', 'a note'
         FROM generate_series(1, 6000) AS n
         UNION ALL
         SELECT 'z', 'DB-1', 1, now(), now(), 'ada', 'http', 'opened',
             jsonb_build_object('kind', 'opened', 'title', 'the last one', 'severity', 'P1', 'began_at', '2026-11-01T00:00:00Z'),
             'opened'",
    )
    .execute(&mut admin)
    .await
    .expect("it is kept");
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    for _ in 0..1_500 {
        let all = service.get("/incidents").await.json();
        if all["is_whole"] == true {
            assert_eq!(all["incidents"][0]["severity"], "P1", "{all}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is not read: {}", service.log_text());
}
