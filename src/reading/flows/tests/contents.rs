//! What stands in the parameters, and the credentials and webhooks of the nodes.

use super::*;

#[test]
fn a_placeholder_is_found_wherever_it_stands() {
    let id = "flow.placeholder";
    let request = |parameters| node("A", "n8n-nodes-base.httpRequest", parameters);
    for parameters in [
        json!({"url": "https://<ref>.supabase.co"}),
        json!({"headers": {"parameters": [{"name": "x", "value": "YOUR_VALUE"}]}}),
        json!({"a": [["REPLACE_ME"]]}),
    ] {
        fires(
            id,
            Verdict::Critical,
            "0.json: A",
            started(request(parameters)),
        );
    }
    let off = with(
        request(json!({"url": "changeme"})),
        json!({"disabled": true}),
    );
    fires(id, Verdict::Warning, "0.json: A", started(off));
    let chosen = json!({"credentials": {"postgres": {"id": "REPLACE_ME", "name": "p"}}});
    let chosen = with(node("A", "n8n-nodes-base.postgres", json!({})), chosen);
    fires(id, Verdict::Critical, "0.json: A", started(chosen));
    silent(
        id,
        started(request(json!({"url": "={{ $json.YOUR_URL }}"}))),
    );
    silent(
        id,
        started(request(json!({"prompt": "Write to a@example.com"}))),
    );
    silent(id, started(request(json!({"placeholder": "YOUR_NAME"}))));
    let note = node(
        "Note",
        "n8n-nodes-base.stickyNote",
        json!({"content": "set YOUR_KEY"}),
    );
    silent(id, flow(vec![trigger(), note], json!({})));
}

#[test]
fn a_secret_is_found_and_not_shown() {
    let id = "flow.secret";
    let secret = ["sb_secret_", "Ab12Cd34Ef56Gh78"].concat();
    let bearer = format!("Bearer {secret}");
    for parameters in [
        json!({"key": secret}),
        json!({"headers": {"parameters": [{"name": "Authorization", "value": bearer}]}}),
        json!({"jsonBody": json!({"password": "hunter2-Ab12"}).to_string()}),
        json!({"options": {"password": "hunter2-Ab12"}}),
        json!({"content": secret}),
    ] {
        let checks = findings([started(node("A", "n8n-nodes-base.set", parameters))]);
        assert_eq!(
            of(id, &checks),
            [(Verdict::Critical, "0.json: A".to_owned())]
        );
        let shown = serde_json::to_string(&checks).unwrap_or_default();
        assert!(!shown.contains("Ab12"), "{shown}");
    }
    // Where a name is a secret, the name is not shown either.
    let named = findings([started(node(&secret, &secret, json!({ &secret: secret })))]);
    let shown = serde_json::to_string(&named).unwrap_or_default();
    assert!(!shown.contains("Ab12"), "{shown}");
    let mut pinned = sound();
    pinned["pinData"] = json!({"Work": [{"json": {"token": secret}}]});
    fires(id, Verdict::Critical, "0.json", pinned);
    let parameters = json!({"headers": {"parameters": [
        {"name": "Authorization", "value": "=Bearer {{ $env.KEY }}"},
        {"name": "password", "value": "={{ $json.password }}"},
    ]}});
    silent(
        id,
        started(node("A", "n8n-nodes-base.httpRequest", parameters)),
    );
}

#[test]
fn a_node_has_the_credential_it_needs() {
    let id = "flow.credential";
    let request = |parameters| node("A", "n8n-nodes-base.httpRequest", parameters);
    let generic = json!({
        "authentication": "genericCredentialType", "genericAuthType": "httpHeaderAuth",
    });
    let other = json!({"credentials": {"httpBasicAuth": {"id": "1", "name": "b"}}});
    let right = json!({"credentials": {"httpHeaderAuth": {"id": "1", "name": "h"}}});
    let slack = json!({"credentials": {"slackApi": {"id": "1", "name": "s"}}});
    let request = |parameters| with(request(parameters), json!({"typeVersion": 4.2}));
    let discord = |version: u8| {
        with(
            node("A", "n8n-nodes-base.discord", json!({})),
            json!({"typeVersion": version}),
        )
    };
    let empty = json!({"credentials": {"slackApi": {"id": "", "name": "s"}}});
    for missing in [
        node("A", "n8n-nodes-base.supabase", json!({})),
        node("A", "n8n-nodes-base.postgresTool", json!({})),
        node(
            "A",
            "n8n-nodes-base.webhook",
            json!({"path": "a", "authentication": "jwtAuth"}),
        ),
        with(node("A", "n8n-nodes-base.slack", json!({})), empty),
        with(node("A", "n8n-nodes-base.slack", json!({})), right.clone()),
        with(request(generic.clone()), other),
        discord(2),
    ] {
        fires(id, Verdict::Critical, "0.json: A", started(missing));
    }
    for given in [
        request(json!({"authentication": "none"})),
        request(json!({})),
        with(request(generic), right),
        with(node("A", "n8n-nodes-base.slack", json!({})), slack),
        discord(1),
    ] {
        silent(id, started(given));
    }
}

#[test]
fn one_webhook_answers_at_an_address() {
    let hook = |path: &str, method: &str, active: bool| {
        let parameters = json!({"path": path, "httpMethod": method});
        let mut flow = flow(
            vec![node("In", "n8n-nodes-base.webhook", parameters)],
            json!({}),
        );
        flow["active"] = json!(active);
        flow
    };
    let found = |flows: Vec<Value>| of("flow.webhook", &findings(flows));
    let both = found(vec![hook("a", "POST", true), hook("/a/", "POST", true)]);
    assert_eq!(both, [(Verdict::Critical, "0.json: In".to_owned())]);
    let one = found(vec![hook("a", "POST", true), hook("a", "POST", false)]);
    assert_eq!(one, [(Verdict::Warning, "0.json: In".to_owned())]);
    assert_eq!(
        found(vec![hook("a", "POST", true), hook("a", "GET", true)]),
        []
    );
    assert_eq!(
        found(vec![hook("a", "POST", true), hook("b", "POST", true)]),
        []
    );
    assert_eq!(
        found(vec![
            hook("={{ 1 }}", "GET", true),
            hook("={{ 1 }}", "GET", true)
        ]),
        []
    );
    let form = |name: &str| node(name, "n8n-nodes-base.formTrigger", json!({"path": "a"}));
    let inside = found(vec![flow(vec![form("A"), form("B")], json!({}))]);
    assert_eq!(inside.len(), 2, "it answers GET and POST");
    let dynamic = |id: &str| {
        let parameters = json!({"path": "case/:id"});
        let hook = node("In", "n8n-nodes-base.webhook", parameters);
        flow(vec![with(hook, json!({"webhookId": id}))], json!({}))
    };
    assert_eq!(found(vec![dynamic("1"), dynamic("2")]), []);
}

#[test]
fn plain_http_is_named() {
    let request = |url: &str| started(node("A", "n8n-nodes-base.httpRequest", json!({"url": url})));
    fires(
        "flow.plain-http",
        Verdict::Warning,
        "0.json: A",
        request("http://api.test/x"),
    );
    silent("flow.plain-http", request("https://api.test/x"));
    silent(
        "flow.plain-http",
        request("http://api.railway.internal:8080/x"),
    );
}
