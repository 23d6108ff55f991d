//! Whatever a file holds, it is judged to the end.

use proptest::prelude::*;

use super::*;

/// Text that comes near to what is looked for.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zé={}<>$:/@?'+ .-]{0,40}",
        "(=|\\{\\{|\\}\\}|http://|/rest/v1/|rpc/|Bearer |eyJ|YOUR_|<|>|é|:|@|\\{\"){0,8}",
        // SQL, programs and command lines.
        "(SELECT |FROM |WITH |AS |INTO |\\(|\\)|,|\\.|;|'|\"|`|\\$a\\$|\\$1:name|--|/\\*|é|\u{fffc}|a1){0,16}",
        "(apiKey|token|=|:|\\|\\||'|\"|`|\\(|\\)|//|#|\\?|&|curl |-u|PGPASSWORD=|é|\n|\\\\){0,16}",
        "[*/0-9, a-z-]{0,20}",
        prop::sample::select(vec![
            "n8n-nodes-base.webhook",
            "n8n-nodes-base.supabase",
            "n8n-nodes-base.httpRequest",
            "n8n-nodes-base.cron",
            "n8n-nodes-base.scheduleTrigger",
            "n8n-nodes-base.postgres",
            "n8n-nodes-base.code",
            "n8n-nodes-base.slack",
            "@n8n/n8n-nodes-langchain.agent",
            "executeQuery",
            "cronExpression",
            "A",
        ])
        .prop_map(str::to_owned),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "name",
            "id",
            "type",
            "nodes",
            "connections",
            "parameters",
            "credentials",
            "disabled",
            "main",
            "node",
            "url",
            "path",
            "httpMethod",
            "tableId",
            "value",
            "password",
            "__rl",
            "authentication",
            "operation",
            "resource",
            "query",
            "jsCode",
            "rule",
            "interval",
            "triggerTimes",
            "item",
            "field",
            "mode",
            "expression",
            "typeVersion",
            "Accept-Profile",
            "A",
        ])
        .prop_map(str::to_owned),
        text(),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_input_stops_it(
        file in anything(),
        nodes in prop::collection::vec(anything(), 0..4),
        node in anything(),
        connections in anything(),
        code in text(),
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut nodes = nodes;
        nodes.push(json!({"name": "A", "type": node["type"], "parameters": node}));
        for kind in ["postgres", "code", "scheduleTrigger", "cron", "httpRequest"] {
            let kind_of = format!("n8n-nodes-base.{kind}");
            let mut parameters = node.clone();
            if let Some(parameters) = parameters.as_object_mut() {
                parameters.insert("operation".to_owned(), json!("executeQuery"));
                parameters.insert("query".to_owned(), json!(code));
                parameters.insert("jsCode".to_owned(), json!(format!("supabase {code}")));
            }
            nodes.push(json!({"name": kind, "type": kind_of, "parameters": parameters}));
        }
        let mut judge = Flows::default();
        judge.judge("bytes.json", &bytes);
        judge.judge_json("any.json", file);
        judge.judge_json("flow.json", flow(nodes, connections));
        prop_assert!(!judge.finish(&database()).is_empty());
    }
}
