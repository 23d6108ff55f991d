//! Programs of others that read what we write, unmodified: readers of feeds, and a client of Statuspage.

use std::process::Command;

use dragonfly_ops::dev::scene::Scene;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::harness::{Samples, client, npm_install, pip_install};

/// What we say ourselves.
async fn own(stage: &Stage) -> Value {
    let url = format!("{}/status.json", stage.url);
    let answer = client().get(url).send().await.expect("an answer");
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

/// feedsmith is strict about what an Atom feed may hold; rss-parser is what most programs use.
#[tokio::test(flavor = "multi_thread")]
async fn readers_of_feeds_find_what_has_changed_and_when() {
    let files = ["package.json", "package-lock.json", "feed.mjs"];
    let readers = npm_install("tests/readers", &files);
    let stage = Stage::set(Scene::AllRed, &[]);
    let output = tokio::process::Command::new("node")
        .arg("feed.mjs")
        .arg(format!("{}/feed.atom", stage.url))
        .current_dir(readers.path())
        .output()
        .await
        .expect("node is installed");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let own = own(&stage).await;
    let checks = own["checks"].as_array().expect("checks");
    let mut changes: Vec<_> = checks
        .iter()
        .filter(|check| check["since_is_exact"] == true)
        .map(|check| {
            let title = check["title"].as_str().expect("a title");
            let verdict = check["verdict"].as_str().expect("a verdict");
            json!({
                "title": format!("{title}: {verdict}"), "at": check["since"], "summary": check["summary"],
                "link": format!("{}/status/{}", stage.url, check["check"].as_str().expect("a name")),
            })
        })
        .collect();
    assert!(!changes.is_empty(), "{own}");
    let sorted = |changes: &mut Vec<Value>| changes.sort_by_key(ToString::to_string);
    sorted(&mut changes);
    let read_as = |entries: &Value, entry: fn(&Value) -> Value| {
        let entries = entries.as_array().expect("entries").iter();
        let mut read: Vec<_> = entries.map(entry).collect();
        sorted(&mut read);
        read
    };
    let strict = &read["strict"];
    assert_eq!(strict["format"], "atom");
    let strict = &strict["feed"];
    let found = read_as(&strict["entries"], |one| {
        json!({
            "title": one["title"]["value"], "at": one["updated"], "summary": one["summary"]["value"],
            "link": one["links"][0]["href"],
        })
    });
    assert_eq!(found, changes, "{strict:#}");
    assert_eq!(strict["links"][0]["href"], format!("{}/status", stage.url));
    assert_eq!(
        strict["links"][1]["href"],
        format!("{}/feed.atom", stage.url)
    );
    let common = &read["common"];
    let found = read_as(
        &common["items"],
        |one| json!({ "title": one["title"], "at": one["isoDate"], "summary": one["summary"], "link": one["link"] }),
    );
    assert_eq!(found, changes, "{common:#}");
    assert_eq!(common["feedUrl"], format!("{}/feed.atom", stage.url));
}

/// The exporter polls `summary.json` of pages at Atlassian, and shows what it has understood as metrics.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_statuspage_reads_our_summary() {
    let exporter = pip_install("tests/readers/requirements.txt");
    for (scene, is_well) in [(Scene::Well, 1), (Scene::OneRed, 0)] {
        let stage = Stage::set(scene, &[]);
        let url = format!("{}/api/v2/summary.json", stage.url);
        let home = tempfile::tempdir().expect("a folder");
        let services = json!({ "ours": { "url": url, "name": "Ours" } });
        std::fs::write(home.path().join("services.json"), services.to_string())
            .expect("it is written");
        let mut command = Command::new(exporter.path().join("bin/statuspage-prometheus-exporter"));
        command
            .env("RUN_MODE", "once")
            .env("METRICS_TEXTFILE_PATH", "found.prom")
            .env("no_proxy", "*")
            .current_dir(home.path());
        let output = tokio::process::Command::from(command).output().await;
        let output = output.expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let found = std::fs::read_to_string(home.path().join("found.prom"));
        let found = Samples::parse(&found.expect("it has written"));
        let ours = ("service_name", "Ours");
        let value = |name, labels: &[_]| found.value(name, &[&[ours], labels].concat());
        assert_eq!(value("statuspage_probe_check", &[]), 1, "{said}");
        assert_eq!(value("statuspage_service_status", &[]), is_well, "{said}");
        let own = own(&stage).await;
        for check in own["checks"].as_array().expect("checks") {
            let name = ("component_name", check["title"].as_str().expect("a title"));
            let expected = i64::from(check["verdict"] == "ok");
            let shown = value("statuspage_component_status", &[name]);
            assert_eq!(shown, expected, "{scene:?} {name:?}");
        }
        let series = found.series();
        let count = |name: &str| series.iter().filter(|(one, _)| one == name).count();
        assert_eq!(count("statuspage_component_status"), 7, "{said}");
        // Of lists that are empty it says that there is none.
        for (name, label) in [
            ("statuspage_incident_info", "incident_id"),
            ("statuspage_maintenance_info", "maintenance_id"),
        ] {
            let none = format!("{label}=\"none\"");
            let found = series.iter().filter(|(one, _)| one == name);
            let found: Vec<_> = found.map(|(_, labels)| labels.contains(&none)).collect();
            assert_eq!(found, [true], "{name}: {series:?}");
        }
    }
}
