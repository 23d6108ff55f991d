//! An incident from the page alone, by keyboard: reported, held, judged, averted, over, written up, closed.

use serde_json::{Value, json};

use super::driver::{Browser, ENTER};
use super::orders::sign_in;
use super::tools::{assert_accessible, assert_valid};
use crate::harness::OPERATOR;
use crate::outage_commands::{address, without_database};

const HOSTILE: &str = "\"><script>alert(1)</script> [x](https://evil.example)";
const SPACE: &str = " ";

/// Opens the form whose fields end so.
async fn open(browser: &Browser, id: &str) {
    browser
        .tab_to(&format!("details:has(#by-{id}) > summary"))
        .await;
    browser.press(ENTER).await;
}

/// Fills a field, by keyboard.
async fn fill(browser: &Browser, css: &str, text: &str) {
    browser.tab_to(css).await;
    browser.press(text).await;
}

/// Says who, and sends the form.
async fn send(browser: &Browser, id: &str) {
    fill(browser, &format!("#by-{id}"), "Ada").await;
    browser
        .tab_to(&format!("form:has(#by-{id}) button[name=deed]"))
        .await;
    browser.press(ENTER).await;
}

/// Writes something into the form whose fields end so, and sends it.
async fn say(browser: &Browser, id: &str, text: &str) {
    open(browser, id).await;
    fill(browser, &format!("#text-{id}"), text).await;
    send(browser, id).await;
}

/// Looks at a page at both widths, with every form open; its HTML.
async fn looked_at(browser: &Browser, what: &str) -> (String, String) {
    browser
        .run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        .await;
    for width in [320, 1200] {
        let metrics =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        browser
            .cdp("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let fits = "return document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.run(fits).await, true, "{what} at {width}");
        assert_accessible(browser, &format!("{what} at {width}")).await;
    }
    let html = browser
        .run_async("const done = arguments[arguments.length - 1]; fetch(location, { headers: { accept: 'text/html' } }).then((found) => found.text()).then(done)")
        .await;
    (what.to_owned(), html.as_str().expect("a page").to_owned())
}

/// What the service answers to a form: the status, where it leads, and the page.
async fn posted(browser: &Browser, fields: Value) -> Value {
    browser
        .run_async(&format!(
            "const done = arguments[arguments.length - 1];
             fetch('/deeds', {{ method: 'POST', body: new URLSearchParams({fields}) }})
               .then(async (one) => done([one.status, new URL(one.url).pathname, await one.text()]));"
        ))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_played_from_its_report_to_its_end_by_keyboard() {
    let (service, _peer) = without_database(&[("SUPABASE_MODE", "prod")]).await;
    let url = address(&service);
    let browser = Browser::start().await;
    let mut pages = Vec::new();
    sign_in(&browser, &service, OPERATOR).await;
    browser.go(&format!("{url}/incidents")).await;
    open(&browser, "open").await;
    fill(&browser, "#title-open", HOSTILE).await;
    fill(&browser, "#message-open", "since noon").await;
    fill(&browser, "#severity-open", "P2").await;
    fill(&browser, "#code-open", "DFE-VND-003").await;
    send(&browser, "open").await;
    browser.shows("P2, open").await;
    let path = browser.run("return location.pathname").await;
    let path = path.as_str().expect("a path").to_owned();
    let page = format!("{url}{path}");
    let name = path.trim_start_matches("/incidents/").to_owned();
    assert!(name.starts_with("VND-"), "{name}");
    browser.shows("DFE-VND-003: what it means").await;

    open(&browser, "acknowledge").await;
    send(&browser, "acknowledge").await;
    browser.shows("P2, acknowledged").await;
    say(&browser, "note", "the hook is gone").await;
    browser.shows("the hook is gone").await;
    open(&browser, "severity").await;
    fill(&browser, "#severity-severity", "P1").await;
    fill(&browser, "#text-severity", "nobody gets mail").await;
    send(&browser, "severity").await;
    // It is worse than who has it was told.
    browser.shows("P1, open").await;
    say(&browser, "mitigate", "sent by hand").await;
    browser.shows("P1, mitigated").await;
    pages.push(looked_at(&browser, "played-live").await);

    browser.go(&page).await;
    open(&browser, "resolve").await;
    send(&browser, "resolve").await;
    browser.shows("Nothing has been changed yet").await;
    browser.shows("The all-clear is not given").await;
    assert_accessible(&browser, "the boxes").await;
    // Neither the browser nor the service takes it without a reason.
    let over = json!({ "deed": "resolve", "incident": name, "form": "x", "step": "confirm" });
    let refused = posted(&browser, over).await;
    assert_eq!(refused[0], 409, "{refused}");
    fill(&browser, "#text-over", "mail arrives").await;
    browser.tab_to("button.danger").await;
    browser.press(ENTER).await;
    browser.shows("P1, resolved").await;
    browser
        .shows("It is over against the all-clear: mail arrives")
        .await;

    // It does not close before it is written up.
    let close = async |lacks: &str| {
        browser.go(&page).await;
        open(&browser, "close").await;
        send(&browser, "close").await;
        browser
            .shows("The report of the incident is not complete")
            .await;
        browser.shows(lacks).await;
        browser.go(&page).await;
    };
    close("Root cause analysis").await;
    for heading in ["impact", "root_cause", "what_worked"] {
        say(&browser, heading, &format!("of {heading}: {HOSTILE}")).await;
        browser.shows(&format!("of {heading}: ")).await;
    }
    close("Action items").await;
    open(&browser, "item-new").await;
    fill(&browser, "#title-item-new", "alert earlier").await;
    send(&browser, "item-new").await;
    browser
        .shows("lacks an owner and a date and an issue's link")
        .await;
    close("an owner and a date and an issue's link of `alert earlier`").await;
    open(&browser, "item-1").await;
    fill(&browser, "#owner-item-1", "Ada").await;
    fill(&browser, "#due-item-1", "12242026").await;
    fill(&browser, "#issue-item-1", "https://example.com/7").await;
    send(&browser, "item-1").await;
    browser.shows("until 2026-12-24").await;
    browser.shows("It is complete.").await;
    pages.push(looked_at(&browser, "played-over").await);
    browser.go(&page).await;
    open(&browser, "close").await;
    send(&browser, "close").await;
    browser.shows("P1, closed").await;

    browser.go(&format!("{page}/report")).await;
    browser.shows("Time to resolve").await;
    browser.shows("of root_cause").await;
    let foreign = "return document.querySelectorAll('main script, main a[href*=evil]').length";
    assert_eq!(browser.run(foreign).await, 0);
    pages.push(looked_at(&browser, "played-report").await);

    browser.go(&page).await;
    open(&browser, "reopen").await;
    fill(&browser, "#text-reopen", "it is back").await;
    send(&browser, "reopen").await;
    browser.shows("Say that you have it").await;

    // What is sent twice is done once.
    let note =
        json!({ "deed": "note", "incident": name, "form": "twice", "text": "said once\r\nonly" });
    for _ in 0..2 {
        let answer = posted(&browser, note.clone()).await;
        assert_eq!((&answer[0], &answer[1]), (&json!(200), &json!(path)));
        let shown = answer[2].as_str().expect("a page");
        assert_eq!(shown.matches("said once").count(), 1, "{shown}");
    }
    pages.extend(a_quiet_window(&browser, &url).await);

    let complaints = browser.log("browser").await;
    let policy: Vec<_> = complaints
        .iter()
        .filter(|one| one.to_string().contains("Content Security Policy"))
        .collect();
    assert!(policy.is_empty(), "{policy:#?}");
    tokio::task::block_in_place(|| assert_valid(&pages));
}

/// Has nobody told for a while, and ends that.
async fn a_quiet_window(browser: &Browser, url: &str) -> Vec<(String, String)> {
    browser.go(&format!("{url}/quiet")).await;
    browser.shows("Nothing is kept quiet").await;
    open(browser, "quiet").await;
    fill(browser, "#reason-quiet", "a migration").await;
    fill(browser, "#series-db", SPACE).await;
    send(browser, "quiet").await;
    browser.shows("Preview: a quiet window").await;
    for part in ["(UTC+00:00), which is", "Lasts", "db", "a migration"] {
        browser.shows(part).await;
    }
    assert_accessible(browser, "the preview of a window").await;
    browser.tab_to("button.danger").await;
    browser.press(ENTER).await;
    browser.shows("A quiet window lasts").await;
    let mut pages = vec![looked_at(browser, "played-quiet").await];
    browser.go(&format!("{url}/incidents")).await;
    browser.shows("Nobody is told until").await;
    pages.push(looked_at(browser, "played-list").await);
    browser.go(&format!("{url}/quiet")).await;
    browser.tab_to(".sessions details > summary").await;
    browser.press(ENTER).await;
    browser.tab_to(".sessions form button").await;
    browser.press(ENTER).await;
    browser.shows("Nothing is kept quiet").await;
    browser.shows("before its time").await;
    pages
}
