//! Whether each node has the credential that it needs. What a credential holds is never in the
//! file.

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::reading::flows::catalogue;
use crate::reading::flows::flow::{Flow, Node, shown};

/// Types beside n8n-nodes-base that need what their parameter `authentication` says.
const OTHERS: &[&str] = &[
    "@n8n/n8n-nodes-langchain.chatTrigger",
    "@n8n/n8n-nodes-langchain.toolHttpRequest",
];

/// Judges the credentials of the nodes.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    for node in &flow.nodes {
        let mut complain = |summary: String, advice: &str| {
            checks.push(
                flow.about(node, "flow.credential", node.gravity(), summary)
                    .code(Code::ConfigMissing)
                    .advice(advice),
            );
        };
        let given = node.credentials.as_object();
        for (kind, credential) in given.into_iter().flatten() {
            if !has_id(credential) {
                complain(
                    format!(
                        "Its credential {} has no id, so it refers to none.",
                        shown(kind)
                    ),
                    "Choose the credential again in n8n: an import does not find it by its name.",
                );
            }
        }
        match needed(node) {
            Needed::None => {}
            Needed::Any if given.is_some_and(|given| !given.is_empty()) => {}
            Needed::Any => complain(
                "The node needs a credential and has none.".to_owned(),
                "Choose a credential in n8n and export the flow again.",
            ),
            Needed::Named(name) if given.is_some_and(|given| given.contains_key(name)) => {}
            Needed::Named(name) => complain(
                format!(
                    "The node authenticates with {} and has no such credential.",
                    shown(name)
                ),
                "Choose a credential in n8n and export the flow again.",
            ),
        }
    }
}

/// What a node needs.
#[derive(Debug, PartialEq, Eq)]
enum Needed<'a> {
    None,
    /// One, of whatever kind.
    Any,
    /// One of this kind.
    Named(&'a str),
}

fn needed(node: &Node) -> Needed<'_> {
    if catalogue::needs_credential(&node.kind) {
        return Needed::Any;
    }
    let authentication = node.text("authentication").unwrap_or_default();
    match catalogue::base_name(&node.kind) {
        // Its first version has the URL of a webhook as a parameter; the second keeps even that in
        // a credential.
        Some("discord") if node.version.unwrap_or(1.0) >= 2.0 => Needed::Any,
        Some("httpRequest" | "webhook" | "formTrigger" | "graphql") => {
            by_authentication(node, authentication)
        }
        _ if OTHERS.contains(&node.kind.as_str()) => by_authentication(node, authentication),
        _ => Needed::None,
    }
}

fn by_authentication<'a>(node: &'a Node, authentication: &'a str) -> Needed<'a> {
    let named = |parameter: &str| match node.text(parameter) {
        Some(name) if !name.is_empty() && !name.starts_with('=') => Needed::Named(name),
        Some(_) | None => Needed::Any,
    };
    match authentication {
        "genericCredentialType" => named("genericAuthType"),
        "predefinedCredentialType" => named("nodeCredentialType"),
        // n8n's own accounts need no credential.
        "" | "none" | "n8nUserAuth" | "n8nOAuth2" => Needed::None,
        expression if expression.starts_with('=') => Needed::None,
        _ => Needed::Any,
    }
}

/// `{"id": "...", "name": "..."}`; n8n has also exported null for what it did not know.
fn has_id(credential: &Value) -> bool {
    match credential.get("id") {
        Some(Value::String(id)) => !id.trim().is_empty(),
        Some(Value::Number(_)) => true,
        _ => false,
    }
}
