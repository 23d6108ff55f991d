//! Files that are attached from the page, incidents that turn out to be one, and what is written for the runbook: by
//! keyboard, with and without a script; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::driver::{Browser, ENTER};
use super::orders::sign_in;
use super::stage::{cookie, staying};
use super::tools::assert_accessible;
use crate::harness::{Instance, OPERATOR, READER};
use crate::outage::order;
use crate::outage_commands::without_database;

const BOUNDARY: &str = "----dragonfly";
const SECRET: &str = "zqcanary";
const HOSTILE: &str = "\"><script>alert(1)</script> postgres://me:zqcanary@db.example.com/app";

async fn opened(service: &Instance, title: &str) -> String {
    let body = json!({ "title": title, "severity": "P1", "code": "DFE-VND-003", "by": "ada" });
    let key = title.replace(' ', "-");
    let reply = order(service, "/api/ops/incidents", OPERATOR, &key, body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["name"].as_str().expect("a name").to_owned()
}

async fn incident(service: &Instance, name: &str) -> Value {
    let bearer = format!("Bearer {READER}");
    let headers = [("authorization", bearer.as_str())];
    let path = format!("/incidents/{name}");
    service.send(Method::GET, &path, &headers).await.json()
}

/// The form as a browser sends it.
fn form(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .bytes(),
        );
    }
    if let Some((name, content)) = file {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_the_page_is_kept_once_and_what_is_none_or_too_large_is_refused() {
    let (service, _peer) = without_database(&[]).await;
    let name = opened(&service, "No mail").await;
    let own = format!("http://127.0.0.1:{}", service.port);
    let (operator, reader) = (cookie(&own, OPERATOR).await, cookie(&own, READER).await);
    let send = async |path: &str, headers: &[(&str, &str)], body: Vec<u8>| {
        let media = format!("multipart/form-data; boundary={BOUNDARY}");
        let mut request = staying().post(format!("{own}{path}"));
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", media);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let location = answer.headers().get("location");
        let location = location.map(|value| value.to_str().expect("ASCII").to_owned());
        (status, location, answer.text().await.expect("a body"))
    };
    let path = format!("/incidents/{name}/attach");
    let log = format!("it failed\n{HOSTILE}\n");
    let whole = |form_name: &str, file: Option<(&str, &[u8])>| {
        form(&[("form", form_name), ("by", "ada")], file)
    };
    let good = || whole("a", Some(("worker.log", log.as_bytes())));
    let origin = ("origin", own.as_str());
    let (operator, reader) = (("cookie", operator.as_str()), ("cookie", reader.as_str()));
    let urlencoded = ("content-type", "application/x-www-form-urlencoded");
    let pdf = vec![0_u8; 10_000_001];
    let too_large = vec![0_u8; 11_000_000];
    for (path, headers, body, status) in [
        (&*path, &[origin][..], good(), 401),
        (&*path, &[origin, reader], good(), 403),
        (&*path, &[operator], good(), 403),
        (
            &*path,
            &[operator, ("origin", "https://evil.example")],
            good(),
            403,
        ),
        (&*path, &[operator, ("origin", "null")], good(), 403),
        (
            &*path,
            &[operator, origin, urlencoded],
            b"form=a".to_vec(),
            415,
        ),
        (&*path, &[operator, origin], whole("a", None), 400),
        (
            &*path,
            &[operator, origin],
            whole("a", Some(("", b""))),
            400,
        ),
        (
            &*path,
            &[operator, origin],
            form(&[], Some(("a.txt", b"text"))),
            400,
        ),
        (
            &*path,
            &[operator, origin],
            form(&[("form", "a"), ("form", "b")], Some(("a.txt", b"text"))),
            400,
        ),
        (
            &*path,
            &[operator, origin],
            whole("a", Some(("a.exe", b"MZ\x90\0\x03"))),
            400,
        ),
        (
            &*path,
            &[operator, origin],
            whole("a", Some(("a.pdf", &pdf))),
            400,
        ),
        (
            &*path,
            &[operator, origin],
            whole("a", Some(("a.pdf", &too_large))),
            413,
        ),
        (&*path, &[operator, origin], good()[..100].to_vec(), 400),
        (&format!("{path}?token=x"), &[operator, origin], good(), 400),
        (
            "/incidents/no-name/attach",
            &[operator, origin],
            good(),
            400,
        ),
    ] {
        let (answered, _, body) = send(path, headers, body).await;
        assert_eq!(answered, status, "{path} {headers:?}: {body}");
        assert!(!body.contains(SECRET), "{body}");
    }
    let evidence = async || {
        let shown = incident(&service, &name).await;
        let all = shown["evidence"].as_array().cloned().unwrap_or_default();
        let attached = all.into_iter().filter(|one| one["occasion"].is_null());
        attached.collect::<Vec<_>>()
    };
    assert_eq!(evidence().await, Vec::<Value>::new());
    for (body, count) in [
        (good(), 1),
        (good(), 1),
        (whole("a", Some(("worker.log", b"another"))), 2),
    ] {
        let (status, location, body) = send(&path, &[operator, origin], body).await;
        assert_eq!(
            (status, location),
            (303, Some(format!("/incidents/{name}"))),
            "{body}"
        );
        assert_eq!(evidence().await.len(), count);
    }
    let all = evidence().await;
    let first = all
        .iter()
        .find(|one| one["bytes"] != 7)
        .expect("it is there");
    assert_eq!(
        (&first["name"], &first["media_type"]),
        (&json!("worker.log"), &json!("text/plain"))
    );
    assert!(
        first["who"]
            .as_str()
            .is_some_and(|who| who.starts_with("ada (")),
        "{first}"
    );
    let content = staying()
        .get(format!("{own}{}", first["url"].as_str().expect("a path")))
        .bearer_auth(OPERATOR)
        .send()
        .await
        .expect("an answer");
    let content = content.text().await.expect("a text");
    assert!(content.starts_with("it failed\n\"><script>"), "{content}");
    assert!(!content.contains(SECRET), "{content}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_merges_and_suggestions_by_keyboard_with_and_without_a_script() {
    let (service, _peer) = without_database(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seen.txt");
    std::fs::write(&file, HOSTILE).expect("it is written");
    for script in [true, false] {
        let (one, other) = (
            opened(&service, &format!("{HOSTILE} {script}")).await,
            opened(&service, &format!("No letters {script}")).await,
        );
        let browser = Browser::start().await;
        sign_in(&browser, &service, OPERATOR).await;
        let off = json!({ "value": !script });
        browser
            .cdp("Emulation.setScriptExecutionDisabled", off)
            .await;
        let url = format!("http://127.0.0.1:{}/incidents/{one}", service.port);

        browser.go(&url).await;
        browser.tab_to("details:has(#file-attach) > summary").await;
        browser.press(ENTER).await;
        browser.tab_to("#file-attach").await;
        browser
            .choose("#file-attach", &file.to_string_lossy())
            .await;
        if script {
            assert_accessible(&browser, "the form of a file").await;
        }
        browser.tab_to("#by-attach").await;
        browser.press("Ada").await;
        browser.tab_to("form:has(#file-attach) button").await;
        browser.press(ENTER).await;
        browser.shows("Evidence was attached: seen.txt").await;

        browser.tab_to("details:has(#text-runbook) > summary").await;
        browser.press(ENTER).await;
        browser.tab_to("#text-runbook").await;
        browser.press(&format!("ask them {HOSTILE}")).await;
        browser.tab_to("button[value=runbook]").await;
        browser.press(ENTER).await;
        browser.shows("What it has taught").await;
        browser
            .go(&format!(
                "http://127.0.0.1:{}/errors/DFE-VND-003",
                service.port
            ))
            .await;
        browser.shows("What incidents have taught").await;
        browser.shows("ask them \"><script>alert(1)</script>").await;
        assert!(!browser.text().await.contains(SECRET));
        if script {
            assert_accessible(&browser, "a code and what was taught of it").await;
        }
        browser.go(&url).await;
        browser
            .tab_to("details:has(#text-withdraw-1) > summary")
            .await;
        browser.press(ENTER).await;
        if script {
            assert_accessible(&browser, "the form to take it back").await;
        }
        browser.tab_to("#text-withdraw-1").await;
        browser.press("they do not answer").await;
        browser.tab_to("button[value=withdraw_runbook]").await;
        browser.press(ENTER).await;
        browser.shows("Withdraws what was suggested").await;
        assert!(!browser.text().await.contains("What it has taught"));

        browser.tab_to("details:has(#other-merge) > summary").await;
        browser.press(ENTER).await;
        browser.tab_to("#other-merge").await;
        browser.press(&other).await;
        browser.tab_to("button[value=merge]").await;
        browser.press(ENTER).await;
        browser.shows("are one?").await;
        browser.shows("Nothing has been changed yet").await;
        browser.shows("\"><script>alert(1)</script>").await;
        assert!(!browser.text().await.contains(SECRET));
        if script {
            assert_accessible(&browser, "the preview of a merge").await;
        }
        for name in [&one, &other] {
            assert_eq!(incident(&service, name).await["merged_into"], Value::Null);
        }
        browser.tab_to("button.danger").await;
        browser.press(ENTER).await;
        let (into, from) = match one < other {
            true => (&one, &other),
            false => (&other, &one),
        };
        browser.shows(&format!("{from} is the same")).await;
        assert_eq!(incident(&service, from).await["merged_into"], into.as_str());
        assert_eq!(incident(&service, into).await["merged_into"], Value::Null);
    }
}
