//! What stands in the parameters of a node and should not: secrets, placeholders, plain http.

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue;
use crate::reading::flows::flow::{Flow, Node, shown};
use crate::reading::flows::placeholders::{self, HOLE, Sort};
use crate::reading::flows::secrets;

/// Parameters that hold a program.
const CODE: &[&str] = &["jsCode", "pythonCode", "functionCode", "code", "query"];

/// Parameters that hold words for a person or a model.
const PROSE: &[&str] = &[
    "systemMessage",
    "systemPromptTemplate",
    "prompt",
    "instructions",
    "text",
    "content",
    "message",
    "html",
    "description",
];

/// What only the editor shows.
const SHOWN_ONLY: &[&str] = &[
    "placeholder",
    "cachedResultName",
    "cachedResultUrl",
    "notice",
];

/// Names of things that look like addresses: nothing is ever fetched from there.
const NAMESPACES: &[&str] = &[
    "www.w3.org",
    "schemas.",
    "schema.org",
    "json-schema.org",
    "xmlns.",
];

/// A text somewhere inside a value.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    /// What it is called: its key, or the `name` beside it where it is a `value`.
    pub(super) name: &'a str,
    /// The text.
    pub(super) text: &'a str,
}

/// Calls `visit` for every text inside a value, with the way that leads there.
pub(super) fn walk(value: &Value, visit: &mut dyn FnMut(&[String], &Leaf<'_>)) {
    descend(value, "", &mut Vec::new(), visit);
}

fn descend(
    value: &Value,
    name: &str,
    path: &mut Vec<String>,
    visit: &mut dyn FnMut(&[String], &Leaf<'_>),
) {
    match value {
        Value::String(text) => visit(path, &Leaf { name, text }),
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                path.push(place.to_string());
                descend(value, name, path, visit);
                path.pop();
            }
        }
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str);
            let called = text("name").or_else(|| text("key"));
            for (key, value) in object {
                path.push(shown(key));
                let name = match (key.as_str(), called) {
                    ("value", Some(called)) => called,
                    // The value of a resource locator goes by the locator's name.
                    ("value", None) if object.contains_key("__rl") => name,
                    (key, _) => key,
                };
                descend(value, name, path, visit);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Judges the texts of a flow.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    for node in &flow.nodes {
        let is_note = catalogue::is_sticky_note(&node.kind);
        for (value, is_note) in [(&node.parameters, is_note), (&node.credentials, true)] {
            walk(value, &mut |path, leaf| {
                if let Some(kind) = secret(leaf) {
                    checks.push(leak(flow.subject(node), path, kind));
                } else if !is_note {
                    judge_text(flow, node, path, leaf, checks);
                }
            });
        }
    }
    for (part, value) in &flow.rest {
        walk(value, &mut |path, leaf| {
            if let Some(kind) = secrets::kind(leaf.text) {
                let mut path = path.to_vec();
                path.insert(0, (*part).to_owned());
                checks.push(leak(flow.place.clone(), &path, kind));
            }
        });
    }
}

fn judge_text(flow: &Flow, node: &Node, path: &[String], leaf: &Leaf<'_>, checks: &mut Vec<Check>) {
    if let Some(kind) = placeholder(leaf) {
        checks.push(
            flow.about(
                node,
                "flow.placeholder",
                node.gravity(),
                format!("{} still holds a placeholder: {kind}.", way(path)),
            )
            .code(Code::ConfigInvalid)
            .advice("Fill in the value, or read it from a credential or an expression."),
        );
    }
    if is_plain_http(leaf.text) {
        checks.push(
            flow.about(
                node,
                "flow.plain-http",
                Verdict::Warning,
                format!(
                    "{} sends data over http, where anybody on the way can read it.",
                    way(path)
                ),
            )
            .advice("Use https."),
        );
    }
}

/// The kind of placeholder that a text holds. A text may be JSON itself, with expressions in it.
fn placeholder(leaf: &Leaf<'_>) -> Option<&'static str> {
    if SHOWN_ONLY.contains(&leaf.name) {
        return None;
    }
    let literal = placeholders::literal(leaf.text);
    let sort = match leaf.name {
        name if CODE.contains(&name) => Sort::Code,
        name if PROSE.contains(&name) => Sort::Prose,
        _ => Sort::Value,
    };
    if sort == Sort::Value
        && literal.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(&literal)
            .or_else(|_| serde_json::from_str(&literal.replace(HOLE, "null")))
    {
        let mut found = None;
        walk(&inner, &mut |_, leaf| {
            found = found.or_else(|| placeholder(leaf));
        });
        return found;
    }
    placeholders::kind(&literal, sort).or_else(|| {
        let is_named = sort != Sort::Prose && secrets::names_a_key(leaf.name, &literal);
        is_named.then_some("the name of a key")
    })
}

/// The kind of secret that a text holds. A text may be JSON itself: then its members have names.
fn secret(leaf: &Leaf<'_>) -> Option<&'static str> {
    if let Some(kind) = secrets::kind(leaf.text) {
        return Some(kind);
    }
    if secrets::is_named(leaf.name, leaf.text) {
        return Some("a literal password or key");
    }
    let inner = leaf.text.trim_start_matches('=').trim_start();
    if !inner.starts_with(['{', '[']) {
        return None;
    }
    let inner: Value = serde_json::from_str(inner).ok()?;
    let mut found = false;
    walk(&inner, &mut |_, leaf| {
        found |= secrets::is_named(leaf.name, leaf.text);
    });
    found.then_some("a literal password or key")
}

fn leak(subject: String, path: &[String], kind: &str) -> Check {
    Check::new(
        "flow.secret",
        Verdict::Critical,
        format!("{} holds {kind} in plain text.", way(path)),
    )
    .subject(subject)
    .code(Code::ConfigInvalid)
    .advice("Revoke it: it is in the file's history. Put the new one into a credential of n8n.")
}

/// Where in a node a text stands.
fn way(path: &[String]) -> String {
    let path = shown(&path.join("."));
    if path.is_empty() {
        return "A parameter".to_owned();
    }
    path
}

/// Whether it names an address of plain http outside of this machine and its private network.
fn is_plain_http(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("http://").any(|(at, scheme)| {
        let rest = lower.get(at + scheme.len()..).unwrap_or_default();
        let end = rest
            .find(|c: char| {
                c.is_whitespace()
                    || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | ',' | ')' | '<')
            })
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        !host.is_empty() && !is_expression(host) && !is_private(host)
    })
}

/// What the host of this address is, only an execution knows.
fn is_expression(host: &str) -> bool {
    host.contains(['{', '$', '}', '+', '\\', '|', '*'])
}

fn is_private(host: &str) -> bool {
    host == "localhost"
        || host == "::1"
        || host.starts_with("127.")
        || host.ends_with(".localhost")
        || host.ends_with(".internal")
        || NAMESPACES.iter().any(|name| host.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_found_outside_of_the_private_network() {
        for text in [
            "http://api.test/x",
            "={{ 'http://api.test/' + $json.id }}",
            "http://user@api.test:8080",
            "HTTP://API.TEST",
            "http://localhost.api.test/",
        ] {
            assert!(is_plain_http(text), "{text}");
        }
        for text in [
            "https://api.test/x",
            "http://localhost:8080/x",
            "http://127.0.0.1/x",
            "http://[::1]:80/x",
            "http://api.railway.internal:8080",
            "http://host.docker.internal",
            "={{ 'http://' + $json.host }}",
            "=http://{{ $json.host }}/x",
            "http://www.w3.org/2000/svg",
            "http://",
        ] {
            assert!(!is_plain_http(text), "{text}");
        }
    }

    #[test]
    fn a_text_goes_by_the_name_beside_it() {
        let value = serde_json::json!({
            "headers": [{"name": "apikey", "value": "1"}],
            "table": {"__rl": true, "value": "2", "mode": "id"},
        });
        let mut found = Vec::new();
        walk(&value, &mut |path, leaf| {
            found.push(format!("{} {}", path.join("."), leaf.name));
        });
        for expected in [
            "headers.0.value apikey",
            "table.value table",
            "table.mode mode",
        ] {
            assert!(
                found.iter().any(|it| it == expected),
                "{expected}: {found:?}"
            );
        }
    }
}
