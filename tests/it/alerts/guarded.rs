//! Who may report, what is refused, and what is masked.

use super::*;

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
