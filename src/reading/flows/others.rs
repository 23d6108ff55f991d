//! Files that are called `*.json` and are no flows: a folder has a package.json, a tsconfig, data.
//!
//! # Design notes
//!
//! To be no flow is no mistake, and to be half of one is: what has nodes of n8n anywhere, or the
//! members of a flow, is judged as a flow, and what is wrong with its form is said. The price of a
//! wrong guess is not the same: a broken flow that passes for data is not found, so one sign is
//! enough.

use serde_json::Value;

/// What the names of n8n's own types begin with.
const OWN: &[&str] = &["n8n-nodes-base.", "@n8n/n8n-nodes-langchain."];

/// How deep a flow is looked for in something else.
const MAX_DEPTH: usize = 5;

/// Whether it is a flow, or was meant to be one.
pub(super) fn is_like_a_flow(value: &Value) -> bool {
    has_members(value) || has_node(value, 0)
}

/// Nodes as n8n has them; or connections, and one more of a flow's members.
fn has_members(value: &Value) -> bool {
    let nodes = value.get("nodes");
    let has_connections = value.get("connections").is_some();
    let is_named = ["active", "settings", "versionId", "pinData", "staticData"]
        .iter()
        .any(|key| value.get(key).is_some());
    match nodes {
        Some(Value::Array(nodes)) => {
            has_connections
                || (nodes.is_empty() && is_named)
                || nodes.iter().any(|node| {
                    node.get("typeVersion").is_some()
                        || (node.get("type").is_some() && node.get("parameters").is_some())
                })
        }
        Some(_) => has_connections,
        None => has_connections && is_named,
    }
}

/// Whether a node of n8n is inside.
fn has_node(value: &Value, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str);
            let is_own = kind.is_some_and(|kind| OWN.iter().any(|own| kind.starts_with(own)));
            let is_placed = ["parameters", "typeVersion", "position"]
                .iter()
                .any(|key| object.contains_key(*key));
            (is_own && is_placed) || object.values().any(|inner| has_node(inner, depth + 1))
        }
        Value::Array(list) => list.iter().any(|inner| has_node(inner, depth + 1)),
        _ => false,
    }
}

/// Whether it is what `n8n export:credentials --decrypted` writes.
pub(super) fn is_decrypted(value: &Value) -> bool {
    let is_one = |value: &Value| {
        let has = |key: &str| value.get(key).is_some_and(Value::is_string);
        let data = value.get("data").and_then(Value::as_object);
        has("id") && has("name") && has("type") && data.is_some_and(|data| !data.is_empty())
    };
    match value {
        Value::Array(list) => list.iter().any(is_one),
        value => is_one(value) && value.get("nodes").is_none(),
    }
}

/// The values of a text that is nearly JSON: with comments and commas too many, as a tsconfig has
/// them, or one value after the other. Nothing where it is not even that.
pub(super) fn nearly(text: &str) -> Option<Vec<Value>> {
    let plain = without_comments(text);
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&plain)
        .into_iter()
        .collect();
    values.ok().filter(|values| {
        // A lone number or word is the beginning of anything.
        !values.is_empty()
            && values
                .iter()
                .all(|value| value.is_object() || value.is_array())
    })
}

fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '/' if rest.starts_with("//") => {
                rest = rest
                    .find('\n')
                    .map_or("", |end| rest.get(end..).unwrap_or_default());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, after)| after);
                continue;
            }
            '}' | ']' => {
                let trimmed = plain.trim_end();
                if let Some(before) = trimmed.strip_suffix(',') {
                    plain.truncate(before.len());
                }
                1
            }
            first => first.len_utf8(),
        };
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        plain.push_str(part);
        rest = after;
    }
    plain
}

/// How long the string is that a text begins with, both quotes counted.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flow_is_known_by_its_nodes_or_by_its_members() {
        let node = json!({"type": "n8n-nodes-base.set", "parameters": {}});
        for value in [
            json!({"nodes": [], "connections": {}}),
            json!({"nodes": {}, "connections": {}}),
            json!({"nodes": 7, "connections": []}),
            json!({"nodes": [], "active": false}),
            json!({"connections": {}, "settings": {}}),
            json!({"nodes": [{"typeVersion": 1}]}),
            json!({"nodes": [{"type": "x", "parameters": {}}]}),
            json!({"data": {"nodes": [node]}}),
            json!({"node": [node]}),
            json!([{"workflow": {"nodes": [node]}}]),
        ] {
            assert!(is_like_a_flow(&value), "{value}");
        }
        for value in [
            json!(null),
            json!(1),
            json!([]),
            json!({}),
            json!({"name": "app", "version": "1.0.0", "dependencies": {"n8n-nodes-base": "*"}}),
            json!({"n8n": {"nodes": ["dist/nodes/A.node.js"]}}),
            json!({"nodes": {}}),
            json!({"nodes": [{"id": 1, "label": "a"}], "links": []}),
            json!({"connections": {"primary": {"host": "db"}}}),
            json!({"types": [{"type": "n8n-nodes-base.set", "count": 3}]}),
            json!([{"id": 1}, {"id": 2}]),
        ] {
            assert!(!is_like_a_flow(&value), "{value}");
        }
    }

    #[test]
    fn what_is_nearly_json_is_understood() {
        for (text, expected) in [
            (
                "{ // the target\n \"a\": 1, /* b */ }",
                vec![json!({"a": 1})],
            ),
            ("[1, 2,\n]", vec![json!([1, 2])]),
            (
                "{\"url\": \"http://a/*b\\\"*/,}\",}",
                vec![json!({"url": "http://a/*b\"*/,}"})],
            ),
            (
                "{\"a\": 1}\n{\"a\": 2}\n",
                vec![json!({"a": 1}), json!({"a": 2})],
            ),
        ] {
            assert_eq!(nearly(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "no JSON",
            "1 2",
            "{\"nodes\": [",
            "{\"a\": 1",
            "/*",
            "\"a",
        ] {
            assert_eq!(nearly(text), None, "{text}");
        }
    }

    #[test]
    fn an_export_of_credentials_is_known_by_what_it_holds() {
        let row = |data: Value| json!({"id": "1", "name": "a", "type": "slackApi", "data": data});
        assert!(is_decrypted(&json!([row(json!({"accessToken": "x"}))])));
        assert!(is_decrypted(&row(json!({"accessToken": "x"}))));
        for value in [
            json!([row(json!("U2FsdGVkX1"))]),
            json!([row(json!({}))]),
            json!([{"id": "1"}]),
            json!({}),
        ] {
            assert!(!is_decrypted(&value), "{value}");
        }
    }
}
