//! Signing in and acting, by keyboard and without a script; and what is refused.

use dragonfly_ops::dev::scene::Scene;
use reqwest::Method;
use serde_json::json;

use super::driver::{Browser, ENTER};
use super::stage::{Stage, operator_cookie, staying};
use super::tools::assert_accessible;
use crate::harness::{Instance, OPERATOR, READER, World};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// What is answered, wherever it leads.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("ASCII"))
    }
}

async fn post(service: &Instance, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let url = format!("http://127.0.0.1:{}{path}", service.port);
    let mut request = staying().post(url).header(FORM.0, FORM.1);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request
        .body(body.to_owned())
        .send()
        .await
        .expect("an answer");
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.text().await.expect("a body"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_pauses_and_resumes_the_queue_from_the_page() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w');
             INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('mail')",
        )
        .await;
    let service = world.start(&[("WATCH_INTERVAL", "1"), ("SUPABASE_MODE", "prod")]);
    let url = format!("http://127.0.0.1:{}", service.port);
    for script in [true, false] {
        let browser = Browser::start().await;
        let off = json!({ "value": !script });
        browser
            .cdp("Emulation.setScriptExecutionDisabled", off)
            .await;
        browser.go(&format!("{url}/sign-in")).await;
        browser.fill("#token", "not-the-operators-token").await;
        browser.click("main button").await;
        browser.shows("neither the operator's").await;
        browser.fill("#token", OPERATOR).await;
        browser.click("main button").await;
        browser.shows("Sign out operator").await;
        if script {
            let seen = browser.run("return document.cookie").await;
            assert_eq!(seen, "", "no script reads it");
        }
        browser
            .click("section[aria-labelledby=queue] summary")
            .await;
        browser.fill("#reason-pause", "letters go out twice").await;
        browser.fill("#by-pause", "Ada").await;
        browser.click("button[value='queue.pause']").await;
        browser.shows("Nothing has been changed yet").await;
        browser.shows("letters go out twice").await;
        browser.shows("Do it in prod").await;
        if script {
            assert_accessible(&browser, "the preview").await;
        }
        assert_eq!(held(&world).await, 0, "a preview changes nothing");
        browser.click("button.danger").await;
        browser.shows("On record in ops.audit_log").await;
        assert_eq!(held(&world).await, 2);
        if script {
            assert_accessible(&browser, "the outcome").await;
        }
        let told = "By Ada (http: 127.0.0.1): letters go out twice";
        loop {
            browser.go(&format!("{url}/status")).await;
            if browser.text().await.contains(told) {
                break;
            }
        }
        browser.click(".measures summary").await;
        let reason = ".measures input[name=reason]";
        browser.fill(reason, "the cause is mended").await;
        browser.click("button[value='queue.resume']").await;
        browser.shows("Nothing has been changed yet").await;
        browser.click("button.danger").await;
        browser.shows("On record in ops.audit_log").await;
        assert_eq!(held(&world).await, 0);
        browser.click("header form button").await;
        browser.shows("Sign in").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_can_be_done_by_keyboard() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.job_queue (job_type) VALUES ('mail')")
        .await;
    let service = world.start(&[("WATCH_INTERVAL", "1"), ("SUPABASE_MODE", "prod")]);
    let browser = Browser::start().await;
    browser
        .go(&format!("http://127.0.0.1:{}/", service.port))
        .await;
    browser.tab_to("a[href='/sign-in']").await;
    browser.press(ENTER).await;
    browser
        .until("the form", "!!document.getElementById('token')")
        .await;
    browser.tab_to("#token").await;
    browser.press(OPERATOR).await;
    browser.press(ENTER).await;
    browser.shows("Sign out operator").await;
    browser
        .tab_to("section[aria-labelledby=queue] summary")
        .await;
    browser.press(ENTER).await;
    browser.tab_to("#reason-pause").await;
    browser.press("a test").await;
    browser.tab_to("button[value='queue.pause']").await;
    browser.press(ENTER).await;
    browser.shows("Nothing has been changed yet").await;
    browser.tab_to("button.danger").await;
    browser.press(ENTER).await;
    browser.shows("On record in ops.audit_log").await;
    assert_eq!(held(&world).await, 1);
    // Where the page is loaded again, the order is not given again.
    browser.run("location.reload()").await;
    browser.shows("the same order from before").await;
    browser.tab_to("main a.button").await;
    browser.press(ENTER).await;
    browser.shows("What is being done").await;
}

/// How many jobs are paused.
async fn held(world: &World) -> i64 {
    let mut admin = world.admin().await;
    sqlx::query_scalar("SELECT count(*) FROM ops.job_queue WHERE status = 'paused'")
        .fetch_one(&mut admin)
        .await
        .expect("a number")
}

#[tokio::test]
async fn what_is_forged_or_comes_from_elsewhere_is_refused() {
    let service = Instance::start(&[]);
    let own = format!("http://127.0.0.1:{}", service.port);
    let origin = ("origin", own.as_str());
    let token = format!("token={OPERATOR}");
    let signed = post(&service, "/session", &[origin], &token).await;
    assert_eq!((signed.status, signed.header("location")), (303, "/status"));
    let cookie = signed.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure") && !cookie.contains(OPERATOR),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let forged = cookie.replace("operator", "reader");
    let act = "action=schema.reload&reason=a+test";
    let deed = "deed=open&title=a+test&form=x";
    let (cookie, forged) = (("cookie", cookie.as_str()), ("cookie", forged.as_str()));
    for (headers, body, path, status) in [
        (&[origin][..], act, "/actions", 401),
        (&[origin, forged], act, "/actions", 401),
        (&[cookie], act, "/actions", 403),
        (
            &[cookie, ("origin", "https://evil.example")],
            act,
            "/actions",
            403,
        ),
        (&[cookie, ("origin", "null")], act, "/actions", 403),
        (&[cookie, origin], "action=drop&reason=x", "/actions", 400),
        (&[cookie, origin], "reason=x&reason=y", "/actions", 400),
        (&[cookie, origin], act, "/actions?token=x", 400),
        (&[origin][..], deed, "/deeds", 401),
        (&[origin, forged], deed, "/deeds", 401),
        (&[cookie], deed, "/deeds", 403),
        (
            &[cookie, ("origin", "https://evil.example")],
            deed,
            "/deeds",
            403,
        ),
        (
            &[cookie, origin],
            "deed=dance&incident=DB-1&form=x",
            "/deeds",
            400,
        ),
        (&[cookie, origin], "deed=open&title=a+test", "/deeds", 400),
        (&[cookie, origin], "form=x&form=y", "/deeds", 400),
        (&[cookie, origin], deed, "/deeds?token=x", 400),
        // It is understood, and nothing watches here.
        (&[cookie, origin], deed, "/deeds", 500),
        // It is understood, and the database is missing.
        (&[cookie, origin], act, "/actions", 500),
        (&[], &token, "/session", 403),
        (&[origin], "token=nobody-knows-this-token", "/session", 401),
        (&[origin], "", "/session", 401),
        (
            &[origin],
            &token,
            &format!("/session?token={OPERATOR}"),
            400,
        ),
    ] {
        let reply = post(&service, path, headers, body).await;
        assert_eq!(
            reply.status, status,
            "{path} {headers:?} {body}: {}",
            reply.body
        );
        assert!(
            reply.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(!reply.body.contains(OPERATOR), "{path}");
    }
    let json = [("content-type", "application/json"), origin, cookie];
    let reply = service
        .send_body(Method::POST, "/actions", &json, "{}".to_owned())
        .await;
    assert_eq!(reply.status, 415);
    let query = service.get(&format!("/status?token={OPERATOR}")).await;
    assert_eq!(query.status, 400, "{}", query.body);
    assert!(!query.body.contains(OPERATOR));
    // The cookie is the page's and orders nothing elsewhere; a forged one shows what anybody sees.
    let order = [("content-type", "application/json"), cookie];
    let order = service
        .send_body(
            Method::POST,
            "/api/ops/schema/reload",
            &order,
            r#"{"reason":"x"}"#.to_owned(),
        )
        .await;
    assert_eq!(order.status, 401);
    let html = ("accept", "text/html");
    let page = service.send(Method::GET, "/status", &[forged, html]).await;
    assert!(page.status == 200 && page.body.contains("Sign in"));
    let page = service.send(Method::GET, "/status", &[cookie, html]).await;
    assert!(page.body.contains("Sign out"));
    let out = post(&service, "/session/end", &[cookie, origin], "").await;
    assert_eq!(out.status, 303);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let page = service.send(Method::GET, "/status", &[cookie, html]).await;
    assert!(page.body.contains("Sign in"), "it is signed out");
    // The reader looks and does not act.
    let reader = format!("token={READER}");
    let signed = post(&service, "/session", &[origin], &reader).await;
    let cookie = signed
        .header("set-cookie")
        .split(';')
        .next()
        .map(ToOwned::to_owned);
    let cookie = cookie.expect("a pair");
    for (path, body) in [("/actions", act), ("/deeds", deed)] {
        let reply = post(&service, path, &[origin, ("cookie", &cookie)], body).await;
        assert_eq!(reply.status, 403, "{path}");
    }
}

#[tokio::test]
async fn behind_the_edges_https_the_cookie_is_secure() {
    let service = Instance::start(&[("TRUSTED_PROXIES", "127.0.0.0/8")]);
    let host = [
        ("host", "ops.example"),
        ("origin", "https://ops.example"),
        ("x-forwarded-proto", "https"),
    ];
    let reply = post(&service, "/session", &host, &format!("token={OPERATOR}")).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert!(reply.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn wrong_tokens_are_answered_late_from_the_tenth_on() {
    let service = Instance::start(&[]);
    let own = format!("http://127.0.0.1:{}", service.port);
    for nth in 1..=11 {
        let wrong = post(&service, "/session", &[("origin", &own)], "token=wrong").await;
        assert_eq!(wrong.status, 401);
        assert_eq!(
            wrong.body.contains("Too many wrong tokens"),
            nth >= 10,
            "{nth}"
        );
    }
    let right = post(
        &service,
        "/session",
        &[("origin", &own)],
        &format!("token={OPERATOR}"),
    )
    .await;
    assert_eq!(right.status, 303, "a right one always passes");
}

#[tokio::test]
async fn who_sees_the_page_is_what_status_page_says() {
    let paths = [
        "/status",
        "/status/db",
        "/status.json",
        "/api/history/db",
        "/badge/all.svg",
        "/feed.atom",
        "/api/v2/summary.json",
        "/incidents",
        "/quiet",
    ];
    let authorization = format!("Bearer {READER}");
    for (setting, anybody, reader) in [
        ("public", 200, 200),
        ("token", 401, 200),
        ("off", 404, 404),
        ("typo", 401, 200),
    ] {
        let service = Instance::start(&[("STATUS_PAGE", setting)]);
        for path in paths {
            assert_eq!(service.get(path).await.status, anybody, "{setting}: {path}");
            let token = [("authorization", authorization.as_str())];
            let reply = service.send(Method::GET, path, &token).await;
            assert_eq!(reply.status, reader, "{setting}: {path}");
        }
        let html = [("accept", "text/html")];
        let root = service.send(Method::GET, "/", &html).await;
        let expected = if setting == "off" { 200 } else { anybody };
        assert_eq!(root.status, expected, "{setting}");
        assert_eq!(service.get("/").await.json()["service"], "dragonfly-ops");
        let sign_in = service.get("/sign-in").await.status;
        assert_eq!(sign_in, if setting == "off" { 404 } else { 200 });
    }
}

#[tokio::test]
async fn queries_and_names_are_shown_to_a_token_only() {
    let stage = Stage::set(Scene::Crowd, &[]);
    let client = crate::harness::client();
    let cookie = operator_cookie(&stage).await;
    for path in ["/status", "/status.json", "/status/locks"] {
        let get = || {
            client
                .get(format!("{}{path}", stage.url))
                .header("accept", "text/html")
        };
        let text = |request: reqwest::RequestBuilder| async {
            request
                .send()
                .await
                .expect("an answer")
                .text()
                .await
                .expect("a body")
        };
        let secret = "dragonfly_app";
        assert!(!text(get()).await.contains(secret), "{path}");
        let shown = text(get().header("cookie", &cookie)).await;
        assert_eq!(shown.contains(secret), path != "/status/locks", "{path}");
    }
}
