//! What Prometheus and Grafana are set up with, by Prometheus' own checker: `make test` takes promtool
//! out of Debian's package.

mod scenarios;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use dragonfly_ops::domain::history::Series;
use dragonfly_ops::domain::taxonomy::Code;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::scenarios::{Scenario, Scraped, input, lasting, of_ourselves, of_verdicts, verdict};
use crate::harness::command;

const PROMTOOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin/promtool");

fn export(settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = command(settings);
    command.arg("export").args(arguments);
    command.output().expect("it runs")
}

fn exported(arguments: &[&str]) -> String {
    let output = export(&[("PUBLIC_URL", "https://ops.example.com")], arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// What the checker says of files in a folder; fails where it does not like them.
fn promtool(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(PROMTOOL)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("make test has brought promtool");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

/// A folder with the rules in it.
fn rules(arguments: &[&str]) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = exported(&[&["alert-rules"], arguments].concat());
    std::fs::write(folder.path().join("rules.yml"), &rules).expect("it is written");
    (folder, rules)
}

#[test]
fn each_alert_fires_for_what_it_is_for_and_for_nothing_else() {
    let (folder, rules) = rules(&[]);
    let said = promtool(folder.path(), &["check", "rules", "rules.yml"]);
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    assert!(
        said.contains(&format!("{} rules found", names.len())),
        "{said}"
    );
    let scenarios: Vec<_> = of_verdicts().into_iter().chain(of_ourselves()).collect();
    let fire: BTreeSet<_> = scenarios.iter().flat_map(|one| one.fire.clone()).collect();
    assert_eq!(fire, names, "each has a scenario in which it fires");
    let tests: Vec<_> = scenarios.iter().map(Scenario::test).collect();
    test_rules(folder.path(), &tests);
}

fn test_rules(folder: &Path, tests: &[Value]) {
    let all = json!({ "rule_files": ["rules.yml"], "evaluation_interval": "30s", "tests": tests });
    // JSON is YAML.
    std::fs::write(folder.join("tests.yml"), all.to_string()).expect("it is written");
    promtool(folder, &["test", "rules", "tests.yml"]);
}

/// What is told of an alert that fires, with nothing missing and nothing else.
fn told(name: &str, differs: &[(&str, String)], labels: &Value, annotations: &Value) -> Value {
    let scenario = Scenario::new(name, differs, &[]);
    json!({
        "name": name, "interval": "30s", "input_series": input(&scenario.scraped),
        "alert_rule_test": [{
            "alertname": name, "eval_time": "20m",
            "exp_alerts": [{ "exp_labels": labels, "exp_annotations": annotations }],
        }],
    })
}

#[test]
fn an_alert_says_its_code_what_to_look_at_first_and_where_to_read_on() {
    let (folder, _) = rules(&[]);
    let db = verdict(Series::Db);
    let cause = |code: Code| {
        let check = code.entry().first_check;
        format!("dragonfly_cause{{check=\"db\",code=\"{code}\",first_check=\"{check}\"}}")
    };
    let (refused, timeout) = (cause(Code::DbConnection), cause(Code::DbTimeout));
    let of = |severity: &str| json!({ "severity": severity, "check": "db", "job": "ops", "instance": "one:8080" });
    let page = |code: &str| format!("https://ops.example.com/errors/{code}");
    let tests = [
        told(
            "DragonflyDbCritical",
            // It timed out before, and is refused now: that is the same alert.
            &[
                (&db, lasting(3.0)),
                (&timeout, "1+0x37 stale".to_owned()),
                (&refused, format!("{}1+0x20", "_ ".repeat(38))),
            ],
            &of("P1"),
            &json!({
                "summary": "Database: critical (DFE-DB-001)", "code": "DFE-DB-001",
                "first_check": "Database pooler status", "runbook_url": page("DFE-DB-001"),
            }),
        ),
        told(
            "DragonflyDbUnknown",
            &[(&db, lasting(2.0))],
            &of("P3"),
            &json!({
                "summary": "Database: nobody can tell whether it is well", "code": "",
                "first_check": "Its page: https://ops.example.com/status/db",
                "runbook_url": "https://ops.example.com/errors",
            }),
        ),
        told(
            "DragonflyNoticesOverdue",
            &[("dragonfly_notices_overdue{channel=\"slack\"}", lasting(1.0))],
            &json!({
                "severity": "P2", "code": "DFE-NET-002", "channel": "slack", "job": "ops", "instance": "one:8080",
            }),
            &json!({
                "summary": "Somebody should have been told of an incident five minutes ago (slack)",
                "first_check": "DFE-NET-002: External service status; DFE-NET-001: External service status; \
                    DFE-CFG-002: The variable that is named, then config file syntax; \
                    DFE-VND-004: Which caller sends the most requests",
                "runbook_url": page("DFE-NET-002"),
            }),
        ),
        told(
            "DragonflyWatchLate",
            &[(
                "dragonfly_watch_last_look_timestamp_seconds{}",
                lasting(0.0),
            )],
            &json!({ "severity": "P2", "code": "DFE-INT-002", "job": "ops", "instance": "one:8080" }),
            &json!({
                "summary": "dragonfly-ops has stopped looking", "runbook_url": page("DFE-INT-002"),
                "first_check": "Memory and disk metrics in Railway and Supabase",
            }),
        ),
    ];
    test_rules(folder.path(), &tests);
}

/// One of two environments that the same Prometheus scrapes under the same job.
fn of_environment(environment: &str, scraped: &Scraped) -> Scraped {
    let one = |(series, values): (&String, &String)| {
        let series = series.trim_end_matches('}');
        let comma = if series.ends_with('{') { "" } else { "," };
        let labels = format!("environment=\"{environment}\",instance=\"{environment}:8080\"");
        (format!("{series}{comma}{labels}}}"), values.clone())
    };
    scraped.iter().map(one).collect()
}

#[test]
fn an_environment_has_rules_and_a_dashboard_of_its_own() {
    let selector = "job=\"ops\",environment=~\"prod.*\"";
    let meant = ["--selector", selector];
    let (folder, text) = rules(&meant);
    promtool(folder.path(), &["check", "rules", "rules.yml"]);
    let db = verdict(Series::Db);
    let well = Scenario::new("", &[], &[]).scraped;
    let down = Scenario::new("", &[(&db, lasting(3.0))], &[]).scraped;
    let scenario = |what: &str, production: Option<&Scraped>, fire: &[&str]| {
        let mut scenario = Scenario::new(what, &[], fire);
        scenario.scraped = of_environment("staging", &down);
        let production = production.map(|scraped| of_environment("production", scraped));
        scenario.scraped.extend(production.unwrap_or_default());
        scenario.test()
    };
    let tests = [
        scenario("staging is down", Some(&well), &[]),
        scenario("both are down", Some(&down), &["DragonflyDbCritical"]),
        scenario("only staging is there", None, &["DragonflyGone"]),
    ];
    test_rules(folder.path(), &tests);
    let (folder, of_all) = rules(&[]);
    let tests = [scenario(
        "nobody says which one is meant",
        Some(&well),
        &["DragonflyDbCritical", "DragonflyHistoryWriter"],
    )];
    test_rules(folder.path(), &tests);
    assert_ne!(text, of_all);

    let dashboard = exported(&[&["dashboard"], &meant[..]].concat());
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    are_understood(&dashboard);
    assert_eq!(
        dashboard["templating"]["list"][1]["definition"],
        format!("label_values(dragonfly_build_info{{{selector}}}, job)")
    );
    for command in ["alert-rules", "dashboard"] {
        let output = export(&[], &[command, "--selector", "job=ops"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn links_lead_to_where_the_pages_are() {
    let link = |settings: &[(&str, &str)], arguments: &[&str]| {
        let output = export(settings, &[&["alert-rules"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        let mut lines = text.lines().map(str::trim);
        let found = lines.find(|line| line.ends_with("/errors/DFE-NET-004'"));
        found.expect("a link").to_owned()
    };
    let set = [("PUBLIC_URL", "https://ops.example.com/")];
    let own = "runbook_url: 'https://ops.example.com/errors/DFE-NET-004'";
    assert_eq!(link(&set, &[]), own);
    let other = link(&set, &["--url", "https://it''s.example.com/ops/"]);
    assert!(other.ends_with("/ops/errors/DFE-NET-004'"), "{other}");
    assert_eq!(link(&[], &[]), "runbook_url: '/errors/DFE-NET-004'");
    for (settings, arguments) in [
        (&[("PUBLIC_URL", "ftp://x")][..], &["alert-rules"][..]),
        (&[], &["alert-rules", "--url", "nowhere"]),
        (&[], &["alert-rules", "--url", "file:///etc/passwd"]),
    ] {
        let output = export(settings, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty());
    }
}

/// Every source of data that is named, wherever.
fn sources<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("datasource"));
            members.values().for_each(|value| sources(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| sources(value, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_imports_and_each_panel_is_understood() {
    let dashboard: Value = serde_json::from_str(&exported(&["dashboard"])).expect("JSON");
    assert!(dashboard["id"].is_null() && dashboard.get("uid").is_none());
    for (member, is_right) in [
        ("title", dashboard["title"].is_string()),
        ("schemaVersion", dashboard["schemaVersion"].is_u64()),
        ("tags", dashboard["tags"].is_array()),
        ("time", dashboard["time"]["from"].is_string()),
        ("refresh", dashboard["refresh"].is_string()),
        ("annotations", dashboard["annotations"]["list"].is_array()),
    ] {
        assert!(is_right, "{member}");
    }
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let source = variables.iter().find(|one| one["type"] == "datasource");
    let source = source.expect("a variable for the source");
    assert_eq!(
        (&source["name"], &source["query"]),
        (&"datasource".into(), &"prometheus".into())
    );
    let mut named = Vec::new();
    sources(&dashboard, &mut named);
    let expected = json!({ "type": "prometheus", "uid": "${datasource}" });
    assert!(
        named.len() > 20 && named.iter().all(|source| **source == expected),
        "{named:?}"
    );
    are_understood(&dashboard);
}

/// Each panel of a dashboard is one that Grafana shows, and Prometheus understands what it asks.
fn are_understood(dashboard: &Value) {
    let mut rules = Vec::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let kind = panel["type"].as_str().expect("a type");
        assert!(
            ["state-timeline", "timeseries", "stat"].contains(&kind),
            "{panel}"
        );
        assert!(
            panel["title"].is_string() && panel["id"].is_u64(),
            "{panel}"
        );
        for side in ["x", "y", "w", "h"] {
            assert!(panel["gridPos"][side].is_u64(), "{panel}");
        }
        assert!(panel["fieldConfig"]["defaults"].is_object(), "{panel}");
        assert!(panel["fieldConfig"]["overrides"].is_array(), "{panel}");
        let targets = panel["targets"].as_array().expect("targets");
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            assert!(
                target["refId"].is_string() && target["legendFormat"].is_string(),
                "{panel}"
            );
            // What Grafana fills in before it asks.
            let expr = target["expr"]
                .as_str()
                .expect("an expression")
                .replace("$__rate_interval", "5m");
            rules.push(json!({ "record": format!("panel:{}", rules.len()), "expr": expr }));
        }
    }
    let count = rules.len();
    let folder = tempfile::tempdir().expect("a folder");
    let file = json!({ "groups": [{ "name": "panels", "rules": rules }] });
    std::fs::write(folder.path().join("panels.yml"), file.to_string()).expect("it is written");
    let said = promtool(folder.path(), &["check", "rules", "panels.yml"]);
    assert!(said.contains(&format!("{count} rules found")), "{said}");
}
