//! The page in each situation, as pictures, for whoever changes how it looks: `make gallery`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragonfly_ops::dev::scene::Scene;
use serde_json::json;

use super::driver::Browser;
use super::stage::{Stage, operator_cookie};
use crate::harness::{OPERATOR, World};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/gallery");

type View = (&'static str, u32, &'static [(&'static str, &'static str)]);

/// How it is looked at: a name, a width, and what is different about it.
const VIEWS: &[View] = &[
    ("320", 320, &[]),
    ("390", 390, &[]),
    ("768", 768, &[]),
    ("1440", 1440, &[]),
    ("390-dark", 390, &[("prefers-color-scheme", "dark")]),
    ("1440-dark", 1440, &[("prefers-color-scheme", "dark")]),
    ("1440-forced", 1440, &[("forced-colors", "active")]),
    ("print", 800, &[("media", "print")]),
    ("390-plain", 390, &[("script", "off")]),
];

/// A picture of all of a page.
async fn picture(browser: &Browser, url: &str, name: &str, view: &str) {
    look_as(browser, view).await;
    browser.go(url).await;
    shoot(browser, name, view).await;
}

/// Looks in this way from now on.
async fn look_as(browser: &Browser, view: &str) {
    let (_, width, features) = VIEWS
        .iter()
        .find(|(other, _, _)| *other == view)
        .expect("a view");
    let media = features.iter().find(|(name, _)| *name == "media");
    let colors: Vec<_> = features
        .iter()
        .filter(|(name, _)| name.contains('-'))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let script = features.contains(&("script", "off"));
    let metrics =
        json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": *width < 500 });
    browser
        .cdp("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    let media = json!({ "media": media.map_or("", |(_, value)| value), "features": colors });
    browser.cdp("Emulation.setEmulatedMedia", media).await;
    browser
        .cdp(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": script }),
        )
        .await;
}

async fn shoot(browser: &Browser, name: &str, view: &str) {
    let shot = json!({ "format": "png", "captureBeyondViewport": true });
    let shot = browser.cdp("Page.captureScreenshot", shot).await;
    let bytes = STANDARD.decode(shot["data"].as_str().expect("a picture"));
    let path = Path::new(FOLDER).join(format!("{name}.{view}.png"));
    std::fs::write(path, bytes.expect("base64")).expect("it is written");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures and holds nothing"]
async fn gallery() {
    std::fs::create_dir_all(FOLDER).expect("a folder");
    let browser = Browser::start().await;
    for (name, scene) in Scene::ALL {
        let stage = Stage::set(*scene, &[]);
        let views: &[&str] = match scene {
            Scene::Well | Scene::OneRed => &[
                "320",
                "390",
                "768",
                "1440",
                "390-dark",
                "1440-dark",
                "1440-forced",
                "print",
                "390-plain",
            ],
            _ => &["390", "1440"],
        };
        for view in views {
            picture(&browser, &format!("{}/status", stage.url), name, view).await;
        }
        if *scene == Scene::Crowd {
            let cookie = operator_cookie(&stage).await;
            let (name, value) = cookie.split_once('=').expect("a pair");
            let cookie = json!({ "name": name, "value": value, "url": stage.url });
            browser.cdp("Network.setCookie", cookie).await;
            for view in ["390", "1440"] {
                let url = format!("{}/status", stage.url);
                picture(&browser, &url, "operator", view).await;
            }
            browser.cdp("Network.clearBrowserCookies", json!({})).await;
        }
        if *scene == Scene::OneRed {
            let workers = format!("{}/status/workers", stage.url);
            for view in ["390", "1440", "1440-dark"] {
                picture(&browser, &workers, "check", view).await;
            }
            for (page, path) in [
                ("errors", "/errors"),
                ("code", "/errors/DFE-DB-002"),
                ("sign-in", "/sign-in"),
            ] {
                picture(&browser, &format!("{}{path}", stage.url), page, "390").await;
            }
        }
    }
    act(&browser).await;
}

/// A preview and what comes of it.
async fn act(browser: &Browser) {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute("INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('mail')")
        .await;
    let service = world.start(&[("SUPABASE_MODE", "prod")]);
    look_as(browser, "390").await;
    browser
        .go(&format!("http://127.0.0.1:{}/sign-in", service.port))
        .await;
    browser.fill("#token", OPERATOR).await;
    browser.click("main button").await;
    browser
        .until("it is signed in", "!!document.getElementById('queue')")
        .await;
    browser
        .click("section[aria-labelledby=queue] summary")
        .await;
    browser.fill("#reason-pause", "letters go out twice").await;
    shoot(browser, "form", "390").await;
    browser.click("button[value='queue.pause']").await;
    browser
        .until("the preview", "!!document.querySelector('.danger')")
        .await;
    shoot(browser, "preview", "390").await;
    browser.click("button.danger").await;
    browser
        .until(
            "the outcome",
            "document.body.innerText.includes('On record')",
        )
        .await;
    shoot(browser, "outcome", "390").await;
}
