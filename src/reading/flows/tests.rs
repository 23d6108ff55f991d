//! Each finding, in a flow where it is due and in one where it is not.

mod anything;
mod asks;
mod clocks;
mod contents;
mod fits;
mod forms;
mod reads;
mod shapes;
mod ways;

use serde_json::{Value, json};

use super::*;

/// A node; its id is its name.
fn node(name: &str, kind: &str, parameters: Value) -> Value {
    let mut node = json!({"id": name, "name": name, "type": kind, "typeVersion": 1});
    node["parameters"] = parameters;
    node
}

/// The same with other members.
fn with(mut node: Value, members: Value) -> Value {
    if let (Value::Object(node), Value::Object(members)) = (&mut node, members) {
        node.extend(members);
    }
    node
}

fn trigger() -> Value {
    node("Go", "n8n-nodes-base.manualTrigger", json!({}))
}

fn code(name: &str) -> Value {
    node(name, "n8n-nodes-base.code", json!({"jsCode": "return [];"}))
}

/// Connections along `main`, one after the other.
fn chain(names: &[&str]) -> Value {
    let links = names.windows(2).filter_map(|pair| match pair {
        [from, to] => Some((
            (*from).to_owned(),
            json!({"main": [[{"node": to, "type": "main", "index": 0}]]}),
        )),
        _ => None,
    });
    Value::Object(links.collect())
}

fn flow(nodes: Vec<Value>, connections: Value) -> Value {
    let mut flow = json!({"name": "f", "active": true});
    flow["nodes"] = Value::Array(nodes);
    flow["connections"] = connections;
    flow
}

/// A trigger and what it leads to.
fn started(other: Value) -> Value {
    let name = other["name"].as_str().unwrap_or_default().to_owned();
    flow(vec![trigger(), other], chain(&["Go", &name]))
}

fn database() -> DatabaseRelations {
    let mut relations = Relations::default();
    relations.add_relation("public".to_owned(), "plaintiffs".to_owned());
    relations.add_relation("ops".to_owned(), "job_queue".to_owned());
    relations.add_function("public".to_owned(), "close_case".to_owned());
    DatabaseRelations::Asked(relations)
}

fn findings(flows: impl IntoIterator<Item = Value>) -> Vec<Check> {
    let mut judge = Flows::default();
    for (number, flow) in flows.into_iter().enumerate() {
        judge.judge_json(&format!("{number}.json"), flow);
    }
    judge.finish(&database())
}

/// What was found of one id, as verdict and subject.
fn of(id: &str, checks: &[Check]) -> Vec<(Verdict, String)> {
    checks
        .iter()
        .filter(|check| check.id == id)
        .map(|check| (check.verdict, check.subject.clone().unwrap_or_default()))
        .collect()
}

/// What was said of one id.
fn summaries(id: &str, flows: Vec<Value>) -> Vec<String> {
    findings(flows)
        .into_iter()
        .filter(|check| check.id == id)
        .map(|check| check.summary)
        .collect()
}

#[track_caller]
fn fires(id: &str, verdict: Verdict, subject: &str, flow: Value) {
    let checks = findings([flow]);
    assert_eq!(
        of(id, &checks),
        [(verdict, subject.to_owned())],
        "{checks:#?}"
    );
}

#[track_caller]
fn silent(id: &str, flow: Value) {
    let checks = findings([flow]);
    assert_eq!(of(id, &checks), [], "{checks:#?}");
}

fn sound() -> Value {
    started(code("Work"))
}

#[test]
fn a_sound_flow_is_well() {
    let checks = findings([sound()]);
    assert_eq!(
        of("flow.valid", &checks),
        [(Verdict::Ok, "0.json".to_owned())]
    );
    assert_eq!(crate::domain::check::worst(&checks), Verdict::Ok);
    let mut nameless = sound();
    nameless["name"] = json!("");
    silent("flow.valid", nameless);
}

#[test]
fn what_is_no_json_is_unreadable() {
    for (bytes, expected) in [
        (b"{\"nodes\": [".as_slice(), 1),
        (b"\xff\xfe{\0".as_slice(), 1),
        (b"".as_slice(), 1),
        (b"{}".as_slice(), 0),
        (b"{ // of the compiler\n \"strict\": true, }".as_slice(), 0),
        (
            b"{ // of n8n\n \"nodes\": [], \"connections\": {}, }".as_slice(),
            1,
        ),
    ] {
        let mut judge = Flows::default();
        judge.judge("a.json", bytes);
        let found = of("flow.unreadable", &judge.finish(&DatabaseRelations::NotSet));
        assert_eq!(found.len(), expected, "{bytes:?}");
    }
    let mut judge = Flows::default();
    judge.judge("a.json", format!("\u{feff}{}", sound()).as_bytes());
    assert_eq!(of("flow.unreadable", &judge.finish(&database())), []);
}

#[test]
fn what_is_json_but_no_flow_has_the_wrong_shape() {
    for value in [
        json!({"nodes": {}, "connections": {}}),
        json!({"connections": {}, "settings": {}}),
        json!({"data": sound()}),
    ] {
        fires("flow.shape", Verdict::Critical, "0.json", value);
    }
    fires(
        "flow.shape",
        Verdict::Critical,
        "0.json #1",
        json!([1, sound()]),
    );
    let mut torn = sound();
    torn["connections"] = json!([]);
    fires("flow.shape", Verdict::Critical, "0.json", torn);
    silent("flow.shape", json!([sound(), sound()]));
}

#[test]
fn what_is_no_flow_is_said_to_be_none_and_is_no_mistake() {
    let package = json!({"name": "app", "version": "1.0.0", "dependencies": {"n8n": "^2.0.0"}});
    for value in [
        package.clone(),
        json!({}),
        json!(1),
        json!([]),
        json!([{"id": 1}]),
    ] {
        fires("flow.other", Verdict::Ok, "0.json", value);
    }
    silent("flow.other", sound());
    let checks = findings([package.clone(), sound()]);
    assert_eq!(crate::domain::check::worst(&checks), Verdict::Ok);
    // A folder without any flow is not green.
    let checks = findings([package]);
    assert_eq!(of("flow.none", &checks).len(), 1);
    let exported =
        json!([{"id": "1", "name": "s", "type": "slackApi", "data": {"accessToken": "x"}}]);
    fires("flow.secret", Verdict::Critical, "0.json", exported);
}

#[test]
fn a_flow_has_a_name() {
    let mut nameless = sound();
    nameless["name"] = json!(" ");
    fires("flow.name", Verdict::Critical, "0.json", nameless);
    silent("flow.name", sound());
}

#[test]
fn the_name_of_a_node_is_its_own() {
    let twice = flow(
        vec![trigger(), code("A"), with(code("A"), json!({"id": "2"}))],
        chain(&["Go", "A"]),
    );
    fires("flow.node-name", Verdict::Critical, "0.json: A", twice);
    let nameless = with(code("A"), json!({"name": ""}));
    let nameless = flow(vec![trigger(), nameless], json!({}));
    fires(
        "flow.node-name",
        Verdict::Critical,
        "0.json: node 2",
        nameless,
    );
    silent("flow.node-name", sound());
}

#[test]
fn the_id_of_a_node_is_its_own() {
    let same = with(code("A"), json!({"id": "Go"}));
    fires(
        "flow.node-id",
        Verdict::Critical,
        "0.json: A",
        started(same),
    );
    let none = with(code("A"), json!({"id": null}));
    fires("flow.node-id", Verdict::Warning, "0.json: A", started(none));
    silent("flow.node-id", sound());
}

#[test]
fn both_ends_of_a_connection_exist() {
    let nowhere = flow(vec![trigger()], chain(&["Go", "Gone"]));
    fires("flow.connection", Verdict::Critical, "0.json: Go", nowhere);
    let nobody = flow(vec![trigger()], chain(&["Gone", "Go"]));
    fires("flow.connection", Verdict::Critical, "0.json: Gone", nobody);
    let unnamed = json!({"Go": {"ai_tool": [[{"type": "main"}]]}});
    fires(
        "flow.connection",
        Verdict::Critical,
        "0.json: Go",
        flow(vec![trigger()], unnamed),
    );
    // What n8n leaves behind is harmless.
    silent(
        "flow.connection",
        flow(vec![trigger()], json!({"Gone": {"main": [[], null]}})),
    );
    silent("flow.connection", sound());
}

#[test]
fn something_starts_a_flow() {
    let idle = flow(vec![code("A")], json!({}));
    fires("flow.no-trigger", Verdict::Critical, "0.json", idle.clone());
    let mut inactive = idle;
    inactive["active"] = json!(false);
    fires("flow.no-trigger", Verdict::Warning, "0.json", inactive);
    let off = with(trigger(), json!({"disabled": true}));
    fires(
        "flow.no-trigger",
        Verdict::Critical,
        "0.json",
        flow(vec![off], json!({})),
    );
    silent("flow.no-trigger", sound());
    let community = node("A", "n8n-nodes-mail.newMail", json!({}));
    silent("flow.no-trigger", flow(vec![community], json!({})));
}

#[test]
fn a_trigger_leads_to_each_node() {
    let island = flow(vec![trigger(), code("A"), code("B")], chain(&["Go", "A"]));
    fires("flow.unreachable", Verdict::Warning, "0.json: B", island);
    let note = node("Note", "n8n-nodes-base.stickyNote", json!({"content": "x"}));
    silent("flow.unreachable", flow(vec![trigger(), note], json!({})));
    let circle = flow(
        vec![trigger(), code("A"), code("B")],
        chain(&["Go", "A", "B", "A"]),
    );
    silent("flow.unreachable", circle);
    silent("flow.unreachable", sound());
}

#[test]
fn a_part_is_reached_with_the_node_that_it_serves() {
    let agent = node("Agent", "@n8n/n8n-nodes-langchain.agent", json!({}));
    let tool = node(
        "Tool",
        "@n8n/n8n-nodes-langchain.toolVectorStore",
        json!({}),
    );
    let model = node("Model", "@n8n/n8n-nodes-langchain.lmChatOpenAi", json!({}));
    let nodes = vec![trigger(), agent, tool, model];
    let mut connections = json!({
        "Go": {"main": [[{"node": "Agent"}]]},
        "Tool": {"ai_tool": [[{"node": "Agent"}]]},
        "Model": {"ai_languageModel": [[{"node": "Tool"}]]},
    });
    silent("flow.unreachable", flow(nodes.clone(), connections.clone()));
    connections["Go"] = json!({});
    assert_eq!(
        of("flow.unreachable", &findings([flow(nodes, connections)])).len(),
        3
    );
}

#[test]
fn a_disabled_node_in_the_middle_is_passed_through() {
    let off = with(code("Off"), json!({"disabled": true}));
    let nodes = vec![trigger(), off.clone(), code("End")];
    let middle = flow(nodes, chain(&["Go", "Off", "End"]));
    fires(
        "flow.disabled-node",
        Verdict::Warning,
        "0.json: Off",
        middle.clone(),
    );
    silent("flow.unreachable", middle);
    silent("flow.disabled-node", started(off));
}

#[test]
fn a_deprecated_type_is_named_with_its_replacement() {
    let old = node("A", "n8n-nodes-base.function", json!({}));
    fires(
        "flow.deprecated-node",
        Verdict::Warning,
        "0.json: A",
        started(old.clone()),
    );
    let advice = findings([started(old)])
        .into_iter()
        .find(|check| check.id == "flow.deprecated-node")
        .and_then(|check| check.advice);
    assert_eq!(advice.as_deref(), Some("Replace it by code."));
    let gone = flow(
        vec![node("Start", "n8n-nodes-base.start", json!({}))],
        json!({}),
    );
    fires(
        "flow.deprecated-node",
        Verdict::Critical,
        "0.json: Start",
        gone,
    );
    silent("flow.deprecated-node", sound());
}

#[test]
fn a_type_that_n8n_does_not_have_is_named() {
    let id = "flow.unknown-node";
    let wrong = node("A", "n8n-nodes-base.Code", json!({}));
    fires(id, Verdict::Critical, "0.json: A", started(wrong.clone()));
    let off = with(wrong, json!({"disabled": true}));
    fires(id, Verdict::Warning, "0.json: A", started(off));
    let none = with(code("A"), json!({"type": null}));
    fires(id, Verdict::Critical, "0.json: A", started(none));
    silent(id, started(node("A", "n8n-nodes-pdf.convert", json!({}))));
    silent(id, started(node("A", "n8n-nodes-base.codeTool", json!({}))));
}

#[test]
fn a_type_of_the_community_cannot_be_judged() {
    for kind in ["n8n-nodes-pdf.convert", "@somebody/n8n-nodes-pdf.convert"] {
        let other = node("A", kind, json!({}));
        fires(
            "flow.community-node",
            Verdict::Warning,
            "0.json: A",
            started(other),
        );
    }
    silent("flow.community-node", sound());
}

#[test]
fn nothing_to_check_is_not_green() {
    let checks = Flows::default().finish(&database());
    assert_eq!(
        of("flow.none", &checks),
        [(Verdict::Unknown, String::new())]
    );
    assert_eq!(checks.len(), 1);
    silent("flow.none", sound());
}

#[test]
fn what_was_not_looked_at_is_said() {
    let mut judge = Flows::default();
    judge.judge_json("a.json", sound());
    judge.too_large("b.json", 10);
    judge.too_many(1_000);
    judge.skipped("c.json");
    let checks = judge.finish(&database());
    for (id, expected) in [
        ("flow.too-large", (Verdict::Unknown, "b.json")),
        ("flow.too-many", (Verdict::Unknown, "")),
        ("flow.skipped", (Verdict::Warning, "c.json")),
    ] {
        assert_eq!(of(id, &checks), [(expected.0, expected.1.to_owned())]);
        silent(id, sound());
    }
}
