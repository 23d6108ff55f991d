//! The page in each situation, as pictures, for whoever changes how it looks: `make gallery`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragonfly_ops::dev::scene::Scene;
use serde_json::json;

use super::driver::Browser;
use super::stage::{Stage, operator_cookie};

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
    browser.go(url).await;
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
}
