//! What the page shows in each situation, and how it can be read.

use std::collections::BTreeSet;

use dragonfly_ops::dev::scene::Scene;
use serde_json::json;

use super::driver::{Browser, END, ENTER, HOME, LEFT, RIGHT, TAB};
use super::orders::sign_in;
use super::stage::{Stage, operator_cookie};
use super::tools::{assert_accessible, assert_valid};
use crate::harness::{OPERATOR, Peer, World, client};
use crate::outage::{order, start};

/// Nothing is refused by the policy, nothing breaks, and nobody else is asked.
async fn assert_calm(browser: &Browser, stage: &Stage, what: &str) {
    let complaints = browser.log("browser").await;
    assert!(complaints.is_empty(), "{what}: {complaints:#?}");
    let asked: BTreeSet<_> = browser.asked().await.into_iter().collect();
    let own = |url: &String| {
        url.starts_with(&stage.url) || url.starts_with("data:") || url.starts_with("chrome")
    };
    assert!(
        asked.iter().any(|url| url.starts_with(&stage.url)),
        "{what}: what is asked is seen"
    );
    let foreign: Vec<_> = asked.iter().filter(|url| !own(url)).collect();
    assert!(foreign.is_empty(), "{what}: {foreign:?}");
}

/// What stands in the first line of each, and what is never green.
#[tokio::test(flavor = "multi_thread")]
async fn each_situation_is_told_in_the_first_lines_and_can_be_read_by_everybody() {
    let browser = Browser::start().await;
    let mut pages = Vec::new();
    for (name, scene) in Scene::ALL {
        let stage = Stage::set(*scene, &[]);
        browser.asked().await;
        browser.go(&format!("{}/", stage.url)).await;
        let text = browser.text().await;
        let (headline, more): (&str, &[&str]) = match scene {
            Scene::Well => (
                "All is well",
                &["at least since", "Nothing: no pause lasts"],
            ),
            Scene::OneRed => (
                "Act now: Workers",
                &[
                    "Next: Railway deployment status",
                    "Jobs of type send_letter are paused",
                ],
            ),
            Scene::AllRed => (
                "Act now: Database and Supabase API",
                &[
                    "Database connection failed",
                    "Next: Database pooler status",
                    "DFE-DB-001: what it means",
                    "Whether the queue is paused is not known",
                ],
            ),
            Scene::Blind => ("Not known: Workers and Connections", &["DFE-AUTH-003"]),
            Scene::Starting => ("Not known yet", &["The service has just started"]),
            Scene::Young => ("All is well", &["known 0 %"]),
            Scene::Late => (
                "Not known: nobody has looked for 10 min",
                &["The watch is late"],
            ),
            Scene::Crowd => (
                "Act now: Locks",
                &["191 of 200 workers are alive, 5 late, 4 stale."],
            ),
        };
        for part in std::iter::once(&headline).chain(more) {
            assert!(text.contains(part), "{name}: {part} is not in {text}");
        }
        assert_eq!(text.contains("as of "), *scene != Scene::Starting, "{name}");
        // Who cannot be seen is not shown as well.
        let green = browser
            .run("return document.querySelectorAll('.pill.v-ok').length")
            .await;
        if matches!(scene, Scene::Starting | Scene::Late | Scene::AllRed) {
            assert_eq!(green, 0, "{name}");
        }
        if *scene == Scene::Well {
            assert_ne!(green, 0, "{name}: a well one is shown so");
        }
        let wide = "return document.documentElement.scrollWidth <= innerWidth";
        for (width, media, feature, value) in [
            (320, "", "prefers-color-scheme", "light"),
            (390, "", "prefers-color-scheme", "dark"),
            (768, "", "prefers-color-scheme", "light"),
            (1440, "", "prefers-color-scheme", "dark"),
            (1280, "", "forced-colors", "active"),
            (800, "print", "prefers-color-scheme", "light"),
            (1280, "", "prefers-color-scheme", "light"),
        ] {
            let metrics =
                json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
            browser
                .cdp("Emulation.setDeviceMetricsOverride", metrics)
                .await;
            let feature = json!([{ "name": feature, "value": value }]);
            let media = json!({ "media": media, "features": feature });
            browser
                .cdp("Emulation.setEmulatedMedia", media.clone())
                .await;
            assert_eq!(browser.run(wide).await, true, "{name} at {width}");
            assert_accessible(&browser, &format!("{name} at {width}: {media}")).await;
        }
        let is_xml = "const done = arguments[arguments.length - 1];
             Promise.all(['/feed.atom', '/badge/all.svg'].map(async (path) => {
               const text = await (await fetch(path)).text();
               return new DOMParser().parseFromString(text, 'application/xml').querySelector('parsererror') === null;
             })).then(done)";
        assert_eq!(
            browser.run_async(is_xml).await,
            json!([true, true]),
            "{name}"
        );
        assert_calm(&browser, &stage, name).await;
        for (page, path) in [
            ("status", "/status"),
            ("check", "/status/db?day=2026-01-01"),
        ] {
            let request = client()
                .get(format!("{}{path}", stage.url))
                .header("accept", "text/html");
            let cookie = operator_cookie(&stage).await;
            let html = request
                .header("cookie", cookie)
                .send()
                .await
                .expect("an answer");
            pages.push((format!("{name}-{page}"), html.text().await.expect("a page")));
        }
    }
    let stage = Stage::set(Scene::Well, &[]);
    for (name, path) in [
        ("errors", "/errors"),
        ("code", "/errors/DFE-DB-002"),
        ("sign-in", "/sign-in"),
        ("missing", "/status/nothing"),
        ("one", "/status/queue"),
    ] {
        browser.go(&format!("{}{path}", stage.url)).await;
        assert_accessible(&browser, name).await;
        let request = client()
            .get(format!("{}{path}", stage.url))
            .header("accept", "text/html");
        let html = request.send().await.expect("an answer").text().await;
        pages.push((name.to_owned(), html.expect("a page")));
    }
    tokio::task::block_in_place(|| assert_valid(&pages));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_days_is_one_tab_stop_and_the_keys_go_on_from_there() {
    let stage = Stage::set(Scene::Well, &[]);
    let browser = Browser::start().await;
    browser.go(&format!("{}/status", stage.url)).await;
    browser
        .run("document.querySelector('.check h3 a').focus()")
        .await;
    let name = "return document.activeElement.getAttribute('aria-label')";
    browser.press(TAB).await;
    let today = browser.run(name).await;
    let year = jiff::Timestamp::now().strftime("%Y").to_string();
    let today = today.as_str().expect("a name");
    assert!(
        today.contains(" up, known ") && today.contains(&year),
        "{today}"
    );
    browser.press(TAB).await;
    let next = browser
        .run("return document.activeElement.textContent")
        .await;
    assert_eq!(next, "Supabase API", "a row is one tab stop");
    browser
        .run("document.querySelector('.check .day[tabindex=\"0\"]').focus()")
        .await;
    browser.press(HOME).await;
    let place = "const all = [...document.activeElement.parentNode.children]; return all.indexOf(document.activeElement)";
    assert_eq!(browser.run(place).await, 0);
    for (key, expected) in [(RIGHT, 1), (RIGHT, 2), (LEFT, 1), (END, 89), (RIGHT, 89)] {
        browser.press(key).await;
        assert_eq!(browser.run(place).await, expected);
    }
    browser.press(LEFT).await;
    let told = browser.run(name).await;
    let tip = browser
        .run("return document.querySelector('.tip').textContent")
        .await;
    assert_eq!(tip, told);
    browser.press(ENTER).await;
    browser
        .until("the day is shown", "!!document.getElementById('chosen')")
        .await;
    let chosen = browser
        .run("return document.getElementById('chosen').textContent")
        .await;
    assert_eq!(chosen, told);
    assert_calm(&browser, &stage, "keys").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_script_all_of_it_is_there() {
    let stage = Stage::set(Scene::OneRed, &[]);
    let browser = Browser::start().await;
    browser
        .cdp(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        )
        .await;
    browser.go(&format!("{}/", stage.url)).await;
    let text = browser.run("return document.body.innerText").await;
    let text = text.as_str().expect("text");
    for part in ["Act now: Workers", "as of ", " UTC", "Next:", "look again"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    browser.click(".check .day[tabindex=\"0\"]").await;
    browser
        .until("the day is shown", "!!document.getElementById('chosen')")
        .await;
}

/// What went on, for those who are let in and for those who are not.
#[tokio::test(flavor = "multi_thread")]
async fn incidents_can_be_read_by_everybody() {
    let world = World::with_postgres(&[]).migrated();
    let peer = Peer::http("200 OK", "", "[]").await;
    let state = tempfile::tempdir().expect("a folder");
    let service = start(&world, state.path(), &peer, &[]);
    let path = "/api/ops/incidents";
    let report = json!({
        "title": "Nobody gets mail", "message": "a".repeat(300), "severity": "P2", "code": "DFE-VND-003",
    });
    let opened = order(&service, path, OPERATOR, "a", report).await.json();
    let name = opened["name"].as_str().expect("a name");
    let acknowledge = json!({ "deed": "acknowledge", "by": "ada" });
    let of = format!("{path}/{name}");
    assert_eq!(
        order(&service, &of, OPERATOR, "b", acknowledge)
            .await
            .status,
        200
    );
    let browser = Browser::start().await;
    let url = format!("http://127.0.0.1:{}", service.port);
    let mut pages = Vec::new();
    for (who, sees) in [
        ("anybody", "shown to whoever signs in"),
        ("operator", "aaaaaa"),
    ] {
        if who == "operator" {
            sign_in(&browser, &service, OPERATOR).await;
        }
        for page in ["/incidents".to_owned(), format!("/incidents/{name}")] {
            browser.go(&format!("{url}{page}")).await;
            for (width, scheme) in [
                (320, "light"),
                (390, "dark"),
                (390, "light"),
                (1200, "dark"),
                (1200, "light"),
            ] {
                let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
                browser
                    .cdp("Emulation.setDeviceMetricsOverride", metrics)
                    .await;
                let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
                browser
                    .cdp("Emulation.setEmulatedMedia", json!({ "features": feature }))
                    .await;
                let what = format!("{page} at {width}, {scheme}, as {who}");
                let wide = "return document.documentElement.scrollWidth <= innerWidth";
                assert_eq!(browser.run(wide).await, true, "{what}");
                assert_accessible(&browser, &what).await;
            }
            if page != "/incidents" {
                let text = browser.text().await;
                assert!(text.contains(sees), "{who}: {text}");
            }
            let html = browser
                .run_async("const done = arguments[arguments.length - 1]; fetch(location, { headers: { accept: 'text/html' } }).then((found) => found.text()).then(done)")
                .await;
            let kind = page.matches('/').count();
            pages.push((
                format!("incidents-{who}-{kind}"),
                html.as_str().expect("a page").to_owned(),
            ));
        }
    }
    tokio::task::block_in_place(|| assert_valid(&pages));
}
