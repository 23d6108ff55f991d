//! Which way data takes, who answers where, and with which credential.

use super::*;

#[test]
fn a_node_of_the_community_starts_a_flow_unless_it_is_entered_or_serves() {
    let other = || node("A", "n8n-nodes-mail.newMail", json!({}));
    let idle =
        |nodes, connections| of("flow.no-trigger", &findings([flow(nodes, connections)])).len();
    assert_eq!(idle(vec![other()], json!({})), 0);
    assert_eq!(idle(vec![other(), code("B")], chain(&["A", "B"])), 0);
    assert_eq!(idle(vec![code("B"), other()], chain(&["B", "A"])), 1);
    let tool = json!({"A": {"ai_tool": [[{"node": "B"}]]}});
    assert_eq!(idle(vec![other(), code("B")], tool), 1);
    let served = json!({"B": {"ai_tool": [[{"node": "A"}]]}});
    assert_eq!(idle(vec![other(), code("B")], served), 0);
    let off = with(other(), json!({"disabled": true}));
    assert_eq!(idle(vec![off], json!({})), 1);
    assert_eq!(idle(vec![code("A")], json!({})), 1);
}

#[test]
fn what_is_switched_off_need_not_be_reached() {
    let off = with(code("B"), json!({"disabled": true}));
    silent("flow.unreachable", flow(vec![trigger(), off], json!({})));
    let behind = flow(vec![trigger(), code("A"), code("B")], chain(&["A", "B"]));
    let found = of("flow.unreachable", &findings([behind]));
    let expected = ["0.json: A", "0.json: B"].map(|node| (Verdict::Warning, node.to_owned()));
    assert_eq!(found, expected);
    let diamond = json!({
        "Go": {"main": [[{"node": "A"}, {"node": "B"}]]},
        "A": {"main": [[{"node": "C"}]]},
        "B": {"main": [null, [{"node": "C"}]]},
    });
    let nodes = vec![trigger(), code("A"), code("B"), code("C")];
    silent("flow.unreachable", flow(nodes, diamond));
}

#[test]
fn a_node_that_is_off_is_in_the_middle_if_data_enters_and_leaves_it() {
    let id = "flow.disabled-node";
    let off = || with(code("Off"), json!({"disabled": true}));
    let nodes = || vec![trigger(), off(), code("End")];
    fires(
        id,
        Verdict::Warning,
        "0.json: Off",
        flow(nodes(), chain(&["Go", "Off", "End"])),
    );
    silent(id, flow(nodes(), chain(&["Go", "Off"])));
    silent(id, flow(nodes(), chain(&["Off", "End"])));
    let serves = json!({
        "Go": {"main": [[{"node": "Off"}]]},
        "Off": {"ai_tool": [[{"node": "End"}]]},
    });
    silent(id, flow(nodes(), serves));
    silent(
        id,
        flow(
            vec![trigger(), code("Off"), code("End")],
            chain(&["Go", "Off", "End"]),
        ),
    );
}

fn hook(path: &str, members: Value) -> Value {
    let parameters = with(json!({"path": path}), members);
    flow(
        vec![node("In", "n8n-nodes-base.webhook", parameters)],
        json!({}),
    )
}

#[test]
fn webhooks_collide_by_method_and_by_path() {
    let id = "flow.webhook";
    let collide = |a: Value, b: Value| summaries(id, vec![a, b]);
    let get = |path| hook(path, json!({}));
    let with_method = |method: Value| hook("a", json!({"httpMethod": method}));
    let said = |method: &str| vec![format!("{method} /a is also the webhook of 1.json: In.")];
    assert_eq!(collide(get("a"), get("/a")), said("GET"));
    assert_eq!(
        collide(with_method(json!("post")), with_method(json!("POST"))),
        said("POST")
    );
    assert_eq!(collide(with_method(json!("GET")), get("a")), said("GET"));
    assert_eq!(collide(with_method(json!("={{ 1 }}")), get("a")), [""; 0]);
    assert_eq!(collide(with_method(json!("PUT")), get("a")), [""; 0]);
    let several = || with_method(json!(["GET", "PUT", "GET"]));
    assert_eq!(
        collide(several(), several()),
        [said("GET"), said("PUT")].concat()
    );
    let multiple = |on: bool| hook("a", json!({"multipleMethods": on}));
    assert_eq!(
        collide(multiple(true), multiple(true)),
        [said("GET"), said("POST")].concat()
    );
    assert_eq!(collide(multiple(false), multiple(true)), said("GET"));
    assert_eq!(collide(get("a{{ 1 }}"), get("a{{ 1 }}")), [""; 0]);
    let off = with(
        node("In", "n8n-nodes-base.webhook", json!({"path": "a"})),
        json!({"disabled": true}),
    );
    assert_eq!(collide(get("a"), flow(vec![off], json!({}))), [""; 0]);
    assert_eq!(collide(get(""), get("")), [""; 0], "neither has an address");
}

#[test]
fn a_webhook_without_a_path_answers_at_its_id_and_one_with_parameters_behind_it() {
    let hook = |path: &str, id: &str| {
        let hook = node("In", "n8n-nodes-base.webhook", json!({"path": path}));
        flow(vec![with(hook, json!({"webhookId": id}))], json!({}))
    };
    for (a, b, expected) in [
        (hook("", "u"), hook("/u/", "v"), Some("GET /u")),
        (hook("c/:id", "u"), hook("c/:id", "u"), Some("GET /u/c/:id")),
        (hook("c/:id", "u"), hook("u/c/x", "v"), None),
        (hook("a:b", "u"), hook("a:b", "v"), Some("GET /a:b")),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|address| format!("{address} is also the webhook of 1.json: In."))
            .collect();
        assert_eq!(summaries("flow.webhook", vec![a, b]), expected);
    }
    let form = |parameters: Value| {
        flow(
            vec![node("In", "n8n-nodes-base.formTrigger", parameters)],
            json!({}),
        )
    };
    let in_options = || form(json!({"path": "", "options": {"path": "f"}}));
    let found = summaries(
        "flow.webhook",
        vec![in_options(), form(json!({"path": "f"}))],
    );
    let expected =
        ["GET", "POST"].map(|method| format!("{method} /f is also the webhook of 1.json: In."));
    assert_eq!(found, expected);
}

#[test]
fn three_of_the_others_are_named_and_two_that_are_active_are_critical() {
    let hooks = |active: &[bool]| {
        let flows = active.iter().map(|active| {
            let mut flow = hook("a", json!({}));
            flow["active"] = json!(active);
            flow
        });
        let checks = findings(flows);
        let row = checks.into_iter().find(|check| check.id == "flow.webhook");
        row.map(|check| (check.verdict, check.summary))
    };
    let names = |count: usize| {
        let names: Vec<_> = (1..=count).map(|n| format!("{n}.json: In")).collect();
        format!("GET /a is also the webhook of {}", names.join(", "))
    };
    for (active, verdict, summary) in [
        (
            &[false, false][..],
            Verdict::Warning,
            format!("{}.", names(1)),
        ),
        (&[true, false], Verdict::Warning, format!("{}.", names(1))),
        (&[true, true], Verdict::Critical, format!("{}.", names(1))),
        (
            &[false, true, true, false],
            Verdict::Critical,
            format!("{}.", names(3)),
        ),
        (&[false; 5], Verdict::Warning, format!("{}, ....", names(3))),
    ] {
        assert_eq!(hooks(active), Some((verdict, summary)), "{active:?}");
    }
    assert_eq!(hooks(&[true]), None);
}

#[test]
fn what_a_node_needs_depends_on_how_it_authenticates() {
    let id = "flow.credential";
    let generic =
        |name: Value| json!({"authentication": "genericCredentialType", "genericAuthType": name});
    let predefined = |name: Value| json!({"authentication": "predefinedCredentialType", "nodeCredentialType": name});
    let any = "The node needs a credential and has none.";
    let none = |name: &str| format!("The node needs a credential {name} and has none.");
    let lacking = |kind: &str, version: f64, parameters: Value, credentials: Value| {
        let members = json!({"typeVersion": version, "credentials": credentials});
        let step = with(node("A", kind, parameters), members);
        summaries(id, vec![started(step)])
    };
    let request = "n8n-nodes-base.httpRequest";
    for (parameters, expected) in [
        (json!({}), None),
        (json!({"authentication": "none"}), None),
        (json!({"authentication": "={{ 1 }}"}), None),
        (generic(json!("httpBasicAuth")), Some(none("httpBasicAuth"))),
        (generic(json!("={{ 1 }}")), Some(any.to_owned())),
        (
            generic(json!("")),
            Some("The node does not say in genericAuthType how it authenticates.".to_owned()),
        ),
        (
            predefined(Value::Null),
            Some("The node does not say in nodeCredentialType how it authenticates.".to_owned()),
        ),
        (predefined(json!("slackApi")), Some(none("slackApi"))),
    ] {
        let found = lacking(request, 4.2, parameters.clone(), json!({}));
        assert_eq!(found, Vec::from_iter(expected), "{parameters}");
    }
    let other = json!({"slackApi": {"id": "1"}});
    assert_eq!(
        lacking(
            request,
            4.2,
            generic(json!("httpHeaderAuth")),
            other.clone()
        ),
        ["The node authenticates with httpHeaderAuth, and its credential is slackApi."]
    );
    let chat = "@n8n/n8n-nodes-langchain.chatTrigger";
    for (kind, version, parameters, expected) in [
        (
            request,
            1.0,
            json!({"authentication": "basicAuth"}),
            Some("httpBasicAuth"),
        ),
        (request, 1.0, json!({}), None),
        (
            "n8n-nodes-base.webhook",
            2.0,
            json!({"authentication": "jwtAuth"}),
            Some("jwtAuth"),
        ),
        (
            "n8n-nodes-base.formTrigger",
            2.0,
            json!({"authentication": "basicAuth"}),
            Some("httpBasicAuth"),
        ),
        (
            "n8n-nodes-base.graphql",
            1.0,
            json!({"authentication": "headerAuth"}),
            Some("httpHeaderAuth"),
        ),
        (
            chat,
            1.0,
            json!({"authentication": "basicAuth", "public": true}),
            Some("httpBasicAuth"),
        ),
        (
            chat,
            1.0,
            json!({"authentication": "n8nUserAuth", "public": true}),
            None,
        ),
        ("n8n-nodes-base.slack", 2.2, json!({}), Some("slackApi")),
        (
            "n8n-nodes-base.slack",
            2.2,
            json!({"authentication": "oAuth2"}),
            Some("slackOAuth2Api"),
        ),
        ("n8n-nodes-base.slackTool", 2.2, json!({}), Some("slackApi")),
        (
            "n8n-nodes-base.googleSheets",
            4.5,
            json!({"authentication": "serviceAccount"}),
            Some("googleApi"),
        ),
        (
            "n8n-nodes-base.discord",
            2.0,
            json!({}),
            Some("discordBotApi"),
        ),
        ("n8n-nodes-base.discord", 1.0, json!({}), None),
        ("n8n-nodes-base.evaluation", 4.8, json!({}), None),
        (
            "n8n-nodes-base.evaluation",
            4.8,
            json!({"source": "dataTable"}),
            None,
        ),
        (
            "n8n-nodes-base.evaluation",
            4.8,
            json!({"source": "googleSheets"}),
            Some("googleSheetsOAuth2Api"),
        ),
        (
            "n8n-nodes-base.code",
            2.0,
            json!({"authentication": "basicAuth"}),
            None,
        ),
        (
            "n8n-nodes-pdf.convert",
            1.0,
            json!({"authentication": "basicAuth"}),
            None,
        ),
    ] {
        let found = lacking(kind, version, parameters.clone(), json!({}));
        assert_eq!(
            found,
            Vec::from_iter(expected.map(none)),
            "{kind} {parameters}"
        );
    }
    // What an execution chooses may be the one that is there.
    let dynamic = json!({"authentication": "={{ $json.how }}"});
    assert_eq!(
        lacking("n8n-nodes-base.slack", 2.2, dynamic, other),
        [""; 0]
    );
}

#[test]
fn a_credential_counts_by_its_id() {
    let given = |credentials: Value| {
        let node = node("A", "n8n-nodes-base.slack", json!({}));
        summaries(
            "flow.credential",
            vec![started(with(node, json!({"credentials": credentials})))],
        )
    };
    let without = "Its credential slackApi has no id, so it refers to none.";
    let none = "The node needs a credential slackApi and has none.";
    for (credentials, expected) in [
        (json!({"slackApi": {"id": "1"}}), &[][..]),
        (json!({"slackApi": {"id": 1}}), &[]),
        (json!({"slackApi": {"id": " "}}), &[without]),
        (json!({"slackApi": {"id": null}}), &[without]),
        (json!({"slackApi": {"name": "s"}}), &[without]),
        (json!({"slackApi": null}), &[without]),
        (json!({}), &[none]),
        (json!([]), &[none]),
    ] {
        assert_eq!(given(credentials.clone()), expected, "{credentials}");
    }
}
