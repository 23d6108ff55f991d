//! Whether a node fits what n8n says of its version.

use super::*;

/// What a node of this type and version is found to have, by id.
fn said(id: &str, kind: &str, version: f64, parameters: Value) -> Vec<String> {
    let node = with(node("A", kind, parameters), json!({"typeVersion": version}));
    summaries(id, vec![started(node)])
}

#[test]
fn a_parameter_is_one_of_the_version() {
    let id = "flow.unknown-parameter";
    let request = "n8n-nodes-base.httpRequest";
    let url = "https://api.test/x";
    for (version, name, expected) in [
        (1.0, "requestMethod", None),
        (
            1.0,
            "method",
            Some("Version 1 of the node has no parameter method."),
        ),
        (4.2, "method", None),
        (
            4.2,
            "requestMethod",
            Some("Version 4.2 of the node has no parameter requestMethod."),
        ),
        (
            4.2,
            "requestmethod",
            Some("Version 4.2 of the node has no parameter requestmethod."),
        ),
        (4.2, "httpVariantWarning", None),
        (4.2, "", None),
        (99.0, "requestMethod", None),
    ] {
        let found = said(id, request, version, json!({"url": url, name: "POST"}));
        assert_eq!(
            found,
            Vec::from_iter(expected.map(str::to_owned)),
            "{version} {name}"
        );
    }
    for (kind, version, parameters) in [
        (
            "n8n-nodes-base.slackTool",
            2.2,
            json!({"toolDescription": "x", "descriptionType": "manual"}),
        ),
        (
            "n8n-nodes-base.slackHitlTool",
            2.2,
            json!({"approval": true}),
        ),
        (
            "n8n-nodes-base.gmailTrigger",
            1.0,
            json!({"pollTimes": {"item": [{"mode": "everyHour"}]}}),
        ),
        ("n8n-nodes-pdf.convert", 1.0, json!({"pages": 1})),
    ] {
        assert_eq!(said(id, kind, version, parameters), [""; 0], "{kind}");
    }
}

/// What another version has was relied on; what none has is a leftover.
#[test]
fn a_parameter_that_moved_is_graver_than_one_that_is_none() {
    let of_request = |version: f64, parameters: Value| {
        let request = node("A", "n8n-nodes-base.httpRequest", parameters);
        findings([started(with(request, json!({"typeVersion": version})))])
    };
    let url = "https://api.test/x";
    let checks = of_request(
        4.2,
        json!({"url": url, "requestMethod": "POST", "jsonParameters": true, "a": 1, "b": 2}),
    );
    let found = of("flow.unknown-parameter", &checks);
    let subject = "0.json: A".to_owned();
    assert_eq!(
        found,
        [
            (Verdict::Critical, subject.clone()),
            (Verdict::Warning, subject)
        ]
    );
    let advice = |checks: &[Check]| {
        let mut checks = checks
            .iter()
            .filter(|check| check.id == "flow.unknown-parameter");
        checks
            .next()
            .and_then(|check| check.advice.clone())
            .unwrap_or_default()
    };
    assert_eq!(
        advice(&checks),
        "n8n ignores it. Version 2 has it: set the node up anew in n8n."
    );
    let capitals = of_request(4.2, json!({"url": url, "jsonbody": "{}"}));
    assert_eq!(advice(&capitals), "Capitals matter: jsonBody exists.");
}

#[test]
fn an_operation_is_one_of_the_version_and_the_resource() {
    let id = "flow.unknown-choice";
    let slack = "n8n-nodes-base.slack";
    let supabase = "n8n-nodes-base.supabase";
    for (kind, version, parameters, expected) in [
        (
            slack,
            2.2,
            json!({"resource": "message", "operation": "post"}),
            None,
        ),
        (
            slack,
            2.2,
            json!({"resource": "message", "operation": "sendMessage"}),
            Some("Version 2.2 of the node has no operation sendMessage for the resource message."),
        ),
        (
            slack,
            2.2,
            json!({"operation": "archive"}),
            Some("Version 2.2 of the node has no operation archive for the resource message."),
        ),
        (
            slack,
            2.2,
            json!({"resource": "channel", "operation": "archive"}),
            None,
        ),
        (
            slack,
            2.2,
            json!({"resource": "letter", "operation": "post"}),
            Some("Version 2.2 of the node has no resource letter."),
        ),
        (
            slack,
            2.2,
            json!({"resource": "={{ $json.a }}", "operation": "x"}),
            None,
        ),
        (slack, 2.2, json!({"operation": "={{ $json.a }}"}), None),
        (
            slack,
            2.2,
            json!({"operation": "__CUSTOM_API_CALL__"}),
            None,
        ),
        (
            slack,
            2.2,
            json!({"authentication": "{{ template }}"}),
            None,
        ),
        (
            supabase,
            1.0,
            json!({"operation": "getAll", "tableId": "plaintiffs"}),
            None,
        ),
        (
            supabase,
            1.0,
            json!({"operation": "upsert", "tableId": "plaintiffs"}),
            Some("Version 1 of the node has no operation upsert for the resource row."),
        ),
        (
            "n8n-nodes-base.httpRequest",
            4.2,
            json!({"url": "https://a.test", "authentication": "headerAuth"}),
            Some("Version 4.2 of the node has no authentication headerAuth."),
        ),
        // An older one, which n8n still takes.
        (
            "n8n-nodes-base.code",
            2.0,
            json!({"language": "python", "pythonCode": "x"}),
            None,
        ),
    ] {
        let found = said(id, kind, version, parameters.clone());
        assert_eq!(
            found,
            Vec::from_iter(expected.map(str::to_owned)),
            "{kind} {parameters}"
        );
    }
}

#[test]
fn what_is_required_is_filled_in() {
    let id = "flow.required";
    let required = |name: &str| {
        format!("The parameter {name} is required and empty: n8n does not run the node.")
    };
    let request = "n8n-nodes-base.httpRequest";
    let supabase = "n8n-nodes-base.supabase";
    let telegram = "n8n-nodes-base.telegram";
    for (kind, version, parameters, expected) in [
        (request, 4.2, json!({"url": "https://a.test"}), None),
        (request, 4.2, json!({"url": "={{ $json.url }}"}), None),
        (request, 4.2, json!({"url": ""}), Some("url")),
        (request, 4.2, json!({}), Some("url")),
        (
            supabase,
            1.0,
            json!({"operation": "getAll"}),
            Some("tableId"),
        ),
        (supabase, 1.0, json!({"operation": "={{ $json.a }}"}), None),
        (
            supabase,
            1.0,
            json!({"operation": "getAll", "tableId": {"__rl": true, "value": ""}}),
            Some("tableId"),
        ),
        (
            supabase,
            1.0,
            json!({"operation": "getAll", "tableId": {"__rl": true, "value": "plaintiffs"}}),
            None,
        ),
        (telegram, 1.2, json!({"text": "x"}), Some("chatId")),
        (telegram, 1.2, json!({"text": "x", "chatId": 12}), None),
        (request, 99.0, json!({}), None),
    ] {
        let found = said(id, kind, version, parameters.clone());
        assert_eq!(
            found,
            Vec::from_iter(expected.map(required)),
            "{kind} {parameters}"
        );
    }
}

#[test]
fn a_version_is_one_that_n8n_has() {
    let id = "flow.unknown-version";
    let node = |kind: &str, version: Value| {
        with(node("A", kind, json!({})), json!({"typeVersion": version}))
    };
    for (kind, version, verdict) in [
        ("n8n-nodes-base.slack", json!(99), Verdict::Critical),
        ("n8n-nodes-base.slack", json!(2.25), Verdict::Critical),
        // n8n has one description for all of its versions.
        ("n8n-nodes-base.noOp", json!(2), Verdict::Warning),
    ] {
        fires(id, verdict, "0.json: A", started(node(kind, version)));
    }
    for (kind, version) in [
        ("n8n-nodes-base.slack", json!(2.2)),
        ("n8n-nodes-base.slack", json!(1)),
        ("n8n-nodes-base.slack", Value::Null),
        ("n8n-nodes-base.noOp", json!(1)),
        ("n8n-nodes-pdf.convert", json!(99)),
    ] {
        silent(id, started(node(kind, version)));
    }
    let off = with(
        node("n8n-nodes-base.slack", json!(99)),
        json!({"disabled": true}),
    );
    fires(id, Verdict::Warning, "0.json: A", started(off));
}

#[test]
fn a_part_that_a_node_needs_is_connected() {
    let id = "flow.part";
    let agent = node("Agent", "@n8n/n8n-nodes-langchain.agent", json!({}));
    let agent = || with(agent.clone(), json!({"typeVersion": 2}));
    let model = node("Model", "@n8n/n8n-nodes-langchain.lmChatOpenAi", json!({}));
    let connected = |output: &str| {
        let connections = json!({
            "Go": {"main": [[{"node": "Agent"}]]},
            "Model": {output: [[{"node": "Agent"}]]},
        });
        flow(vec![trigger(), agent(), model.clone()], connections)
    };
    silent(id, connected("ai_languageModel"));
    fires(id, Verdict::Critical, "0.json: Agent", connected("ai_tool"));
    fires(id, Verdict::Critical, "0.json: Agent", started(agent()));
    let store = |mode: &str| {
        let parameters = json!({"tableName": "plaintiffs", "mode": mode});
        let kind = "@n8n/n8n-nodes-langchain.vectorStoreSupabase";
        summaries(id, vec![started(node("A", kind, parameters))])
    };
    let needs = |name: &str| format!("The node needs a {name}, and none is connected to it.");
    assert_eq!(store("load"), [needs("embedding")]);
    assert_eq!(
        store("insert"),
        [needs("embedding"), needs("document loader")]
    );
    assert_eq!(store("={{ $json.mode }}"), [needs("embedding")]);
}

#[test]
fn a_webhook_is_answered_by_a_node_or_by_itself() {
    let id = "flow.respond";
    let judged = |mode: &str, names: &[&str]| {
        let hook = node(
            "In",
            "n8n-nodes-base.webhook",
            json!({"path": "a", "responseMode": mode}),
        );
        let hook = with(hook, json!({"typeVersion": 2}));
        let out = node("Out", "n8n-nodes-base.respondToWebhook", json!({}));
        let wait = node("Wait", "n8n-nodes-base.wait", json!({}));
        flow(vec![hook, code("Work"), wait, out], chain(names))
    };
    let grave = (Verdict::Critical, "0.json: In");
    fires(
        id,
        grave.0,
        grave.1,
        judged("responseNode", &["In", "Work"]),
    );
    fires(
        id,
        grave.0,
        grave.1,
        judged("onReceived", &["In", "Work", "Out"]),
    );
    fires(id, grave.0, grave.1, judged("lastNode", &["In", "Out"]));
    for (mode, names) in [
        ("responseNode", &["In", "Work", "Out"][..]),
        ("streaming", &["In", "Out"]),
        ("onReceived", &["In", "Work"]),
        ("lastNode", &["In", "Wait", "Out"]),
        ("={{ $json.mode }}", &["In", "Out"]),
    ] {
        silent(id, judged(mode, names));
    }
}

#[test]
fn what_stands_inside_of_a_collection_is_one_of_its_members() {
    let model = "@n8n/n8n-nodes-langchain.lmChatOpenAi";
    let request = "n8n-nodes-base.httpRequest";
    let id = "flow.unknown-parameter";
    let response =
        |inner: Value| json!({"url": "https://api.test/x", "options": {"response": inner}});
    for (kind, version, parameters, expected) in [
        (
            model,
            1.2,
            json!({"options": {"baseURL": "https://api.test/v1"}}),
            None,
        ),
        (
            model,
            1.2,
            json!({"options": {"baseUrl": "https://api.test/v1"}}),
            Some("Version 1.2 of the node has no parameter options.baseUrl."),
        ),
        (
            request,
            4.2,
            response(json!({"response": {"neverError": true}})),
            None,
        ),
        (
            request,
            4.2,
            response(json!({"response": {"always": true}})),
            Some("Version 4.2 of the node has no parameter options.response.response.always."),
        ),
        (
            request,
            4.2,
            response(json!({"neverError": true})),
            Some("Version 4.2 of the node has no parameter options.response.neverError."),
        ),
        // A list of a group, twice the same.
        (
            "n8n-nodes-base.set",
            2.0,
            json!({"values": {"string": [{"name": "a", "valu": "b"}, {"valu": "c"}]}}),
            Some("Version 2 of the node has no parameter values.string.valu."),
        ),
        // What the editor only says, and what an execution makes.
        (model, 1.2, json!({"options": {"noticeWarning": ""}}), None),
        (model, 1.2, json!({"options": "={{ $json.options }}"}), None),
        (model, 99.0, json!({"options": {"baseUrl": "x"}}), None),
        (
            "n8n-nodes-pdf.convert",
            1.0,
            json!({"options": {"pages": 1}}),
            None,
        ),
    ] {
        let found = said(id, kind, version, parameters.clone());
        let expected = Vec::from_iter(expected.map(str::to_owned));
        assert_eq!(found, expected, "{kind} {version} {parameters}");
    }
}

/// Whose name differs in its capitals only was relied on.
#[test]
fn a_member_is_as_grave_as_a_parameter() {
    let model = node(
        "A",
        "@n8n/n8n-nodes-langchain.lmChatOpenAi",
        json!({"options": {"baseUrl": "https://api.test/v1", "aspectRatio": 2}}),
    );
    let checks = findings([started(with(model, json!({"typeVersion": 1.2})))]);
    let rows = checks
        .iter()
        .filter(|check| check.id == "flow.unknown-parameter");
    let rows: Vec<_> = rows
        .map(|check| (check.verdict, check.advice.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        rows,
        [
            (Verdict::Critical, "Capitals matter: baseURL exists."),
            (
                Verdict::Warning,
                "n8n ignores it: make sure that nothing depends on it, and remove it."
            ),
        ]
    );
}

#[test]
fn a_value_inside_of_a_collection_is_one_of_its_choices() {
    let id = "flow.unknown-choice";
    let operation = |value: Value| {
        let rows = json!([{"value1": 1, "value2": 2, "operation": value}]);
        said(
            id,
            "n8n-nodes-base.if",
            1.0,
            json!({"conditions": {"number": rows}}),
        )
    };
    assert_eq!(
        operation(json!("greater")),
        ["The value of conditions.number.operation is none that version 1 of the node offers."]
    );
    for fine in [
        json!("larger"),
        json!("={{ $json.operation }}"),
        json!("{{operation}}"),
        json!(""),
        json!(null),
    ] {
        assert_eq!(operation(fine.clone()), [""; 0], "{fine}");
    }
}
