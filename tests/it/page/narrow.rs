//! The codes on a telephone: nothing is wider than it, and the first check can be read at once.

use dragonfly_ops::dev::scene::Scene;
use dragonfly_ops::domain::taxonomy::Code;
use serde_json::{Value, json};

use super::driver::Browser;
use super::stage::Stage;
use super::tools::assert_accessible;

/// What is wider than the window, or has to be scrolled sideways within it.
const TOO_WIDE: &str = "
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *:not(.hidden):not(.skip)')].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && (box.right > width + 0.5 || box.left < -0.5 || one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).display !== 'inline');
    });
    const page = document.documentElement.scrollWidth;
    return [...wide.map((one) => one.outerHTML.slice(0, 80)), ...(page > width ? [`${page} of ${width}`] : [])]";

async fn narrow(browser: &Browser, width: u32) {
    let size = json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    browser
        .cdp("Emulation.setDeviceMetricsOverride", size)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_codes_fit_on_a_telephone_with_their_first_checks() {
    let stage = Stage::set(Scene::Well, &[]);
    let browser = Browser::start().await;
    let pages = Code::ALL.iter().map(|code| code.page());
    let pages: Vec<_> = pages.chain(["/errors".to_owned()]).collect();
    for width in [320, 390] {
        narrow(&browser, width).await;
        for path in &pages {
            browser.go(&format!("{}{path}", stage.url)).await;
            let wide = browser.run(TOO_WIDE).await;
            assert_eq!(wide, Value::Array(Vec::new()), "{path} at {width}");
        }
        // The last one is the list.
        let text = browser.text().await;
        for code in Code::ALL {
            for part in [code.id(), code.entry().title, code.entry().first_check] {
                assert!(text.contains(part), "{part} at {width}: {text}");
            }
        }
        assert_accessible(&browser, "the codes").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_code_says_leads_on() {
    let stage = Stage::set(Scene::Well, &[]);
    let browser = Browser::start().await;
    browser
        .go(&format!("{}/errors/DFE-DB-003", stage.url))
        .await;
    browser.click("dd a[href='/api/health/ops']").await;
    browser.shows("DFE-CFG-001").await;
    browser
        .go(&format!("{}/errors/DFE-DB-002", stage.url))
        .await;
    let commands = browser
        .run("return [...document.querySelectorAll('dd code')].map((one) => one.textContent)")
        .await;
    assert_eq!(
        commands,
        json!(["dragonfly-ops pg long", "dragonfly-ops pg locks"])
    );
    assert_accessible(&browser, "a code").await;
}
