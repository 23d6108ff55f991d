//! Whether each node has the credential that it needs, and whether that refers to one. What a
//! credential holds is never in the file.

use serde_json::{Map, Value};

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::description::Form;
use crate::reading::flows::flow::{Flow, Node, shown};
use crate::reading::flows::placeholders::{self, Sort};

/// Parameters that name the type of the credential, and the authentication they are for.
const CHOSEN: &[(&str, &str)] = &[
    ("genericCredentialType", "genericAuthType"),
    ("predefinedCredentialType", "nodeCredentialType"),
];

/// Words that are in what somebody writes for an id, and not in one that n8n made.
const WORDS: &[&str] = &[
    "id",
    "ids",
    "cred",
    "creds",
    "credential",
    "credentials",
    "key",
    "api",
    "account",
    "oauth",
    "oauth2",
    "token",
    "auth",
    "my",
    "sample",
    "demo",
];

/// Words that only somebody writes who means to fill it in.
const TO_BE_FILLED: &[&str] = &[
    "your",
    "yours",
    "replace",
    "replaceme",
    "changeme",
    "change",
    "placeholder",
    "todo",
    "tbd",
    "fixme",
    "insert",
    "fill",
    "dummy",
    "example",
    "here",
    "undefined",
    "null",
    "none",
];

/// Judges the credentials of the nodes.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    let none = Map::new();
    for node in &flow.nodes {
        let given = node.credentials.as_object().unwrap_or(&none);
        for (kind, credential) in given {
            if let Some(check) = judge_id(flow, node, kind, credential) {
                checks.push(check);
            }
        }
        if let Some(summary) = lacking(node, given) {
            checks.push(
                flow.about(node, "flow.credential", node.gravity(), summary)
                    .code(Code::ConfigMissing)
                    .advice("Choose a credential in n8n and export the flow again."),
            );
        }
    }
}

/// What a node needs and does not have.
fn lacking(node: &Node, given: &Map<String, Value>) -> Option<String> {
    let form = Form::of(node)?;
    // A choice like this one adds to what the description says.
    if let Some(authentication) = form.value("authentication")
        && let Some((_, parameter)) = CHOSEN.iter().find(|(choice, _)| *choice == authentication)
    {
        return match node.text(parameter) {
            None | Some("") => Some(format!(
                "The node does not say in {parameter} how it authenticates."
            )),
            Some(name) if given.contains_key(name) => None,
            Some(name) if name.starts_with('=') => given
                .is_empty()
                .then(|| "The node needs a credential and has none.".to_owned()),
            Some(name) => Some(lacks(name, given)),
        };
    }
    let mut needed = Vec::new();
    for (name, is_needed, counts) in form.credentials() {
        match (is_needed, counts) {
            (true, Some(true)) => needed.push(name),
            // Perhaps it is this one.
            (true, None) if given.contains_key(name) => return None,
            _ => {}
        }
    }
    let lacking = needed.iter().find(|name| !given.contains_key(**name))?;
    Some(lacks(lacking, given))
}

fn lacks(name: &str, given: &Map<String, Value>) -> String {
    let name = shown(name);
    match given.keys().next() {
        None => format!("The node needs a credential {name} and has none."),
        Some(other) => format!(
            "The node authenticates with {name}, and its credential is {}.",
            shown(other)
        ),
    }
}

/// `{"id": "...", "name": "..."}`; n8n has also exported null for what it did not know.
fn judge_id(flow: &Flow, node: &Node, kind: &str, credential: &Value) -> Option<Check> {
    let id = match credential.get("id") {
        Some(Value::Number(_)) => return None,
        Some(Value::String(id)) => id.trim(),
        _ => "",
    };
    let kind = shown(kind);
    let (id, verdict, summary, code) = match () {
        () if id.is_empty() => (
            "flow.credential",
            node.gravity(),
            format!("Its credential {kind} has no id, so it refers to none."),
            Code::ConfigMissing,
        ),
        () if is_to_be_filled(id) => (
            "flow.placeholder",
            node.gravity(),
            format!("The id of its credential {kind} is still a placeholder."),
            Code::ConfigInvalid,
        ),
        () if is_written(id) => (
            "flow.placeholder",
            Verdict::Warning,
            format!("The id of its credential {kind} is none that n8n made."),
            Code::ConfigInvalid,
        ),
        () => return None,
    };
    let advice = "Choose the credential again in n8n: an import does not find it by its name.";
    Some(
        flow.about(node, id, verdict, summary)
            .code(code)
            .advice(advice),
    )
}

/// The words of an id, in lower case.
fn words(id: &str) -> impl Iterator<Item = String> {
    id.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

fn is_to_be_filled(id: &str) -> bool {
    let is_loud = id.contains('_')
        && id.bytes().any(|b| b.is_ascii_uppercase())
        && !id.bytes().any(|b| b.is_ascii_lowercase());
    let is_hollow = id
        .chars()
        .all(|c| matches!(c, '0' | '-' | 'x' | 'X' | '*' | '.' | '?' | '_'));
    is_loud
        || (is_hollow && id.len() > 1)
        || id.contains(['<', '>', '{', '}', '$', '[', ']'])
        || placeholders::kind(id, Sort::Value).is_some()
        || words(id).any(|word| TO_BE_FILLED.contains(&word.as_str()))
}

/// n8n makes ids of sixteen letters and digits, and had numbers before; an import keeps any other, so
/// one that is made of words may be somebody's own.
fn is_written(id: &str) -> bool {
    id.contains(char::is_whitespace) || words(id).any(|word| WORDS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_placeholder_or_one_that_somebody_made() {
        for id in [
            "YOUR_CREDENTIAL_ID",
            "REPLACE_ME",
            "REPLACE_WITH_YOUR_CREDENTIAL",
            "changeme",
            "your-credential-id",
            "<credential>",
            "{{CREDENTIAL}}",
            "${CREDENTIAL}",
            "POSTGRES_MAIN",
            "placeholder",
            "TODO",
            "xxx",
            "00000000-0000-0000-0000-000000000000",
            "undefined",
        ] {
            assert!(is_to_be_filled(id), "{id}");
        }
        for id in [
            "supabase-credentials",
            "slack api",
            "postgres_credential_id",
            "my-slack",
        ] {
            assert!(!is_to_be_filled(id) && is_written(id), "{id}");
        }
        for id in [
            "1",
            "0",
            "142",
            "aB3dE5gH7jK9mN1p",
            "OjXXnQidW7kPqhGX",
            "ABCDEFGHIJKLMNOP",
            "7b0c9a52-93f5-4b7e-a1ff-0c2f4fce9c11",
            "supabase-prod",
        ] {
            assert!(!is_to_be_filled(id) && !is_written(id), "{id}");
        }
    }
}
