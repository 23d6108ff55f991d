//! Webhooks that answer at the same address: n8n lets only one of them be active.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue;
use crate::reading::flows::flow::{Flow, Node, shown};

/// How many of the others are named.
const NAMED: usize = 3;

/// All webhooks of all flows, by method and path.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    by_address: BTreeMap<(String, String), Vec<Webhook>>,
}

#[derive(Debug)]
struct Webhook {
    subject: String,
    active: bool,
}

impl Webhooks {
    /// Remembers the webhooks of a flow. One that is disabled answers nowhere.
    pub(super) fn add(&mut self, flow: &Flow) {
        for node in flow.nodes.iter().filter(|node| !node.disabled) {
            let Some(path) = path(node) else { continue };
            for method in methods(node) {
                self.by_address
                    .entry((method, path.clone()))
                    .or_default()
                    .push(Webhook {
                        subject: flow.subject(node),
                        active: flow.active,
                    });
            }
        }
    }

    /// Judges them, when all flows are known.
    pub(super) fn judge(&self, checks: &mut Vec<Check>) {
        for ((method, path), hooks) in &self.by_address {
            let Some((first, others)) =
                hooks.split_first().filter(|(_, others)| !others.is_empty())
            else {
                continue;
            };
            let active = hooks.iter().filter(|hook| hook.active).count();
            let mut names: Vec<&str> = others
                .iter()
                .take(NAMED)
                .map(|hook| hook.subject.as_str())
                .collect();
            if others.len() > NAMED {
                names.push("...");
            }
            let (verdict, advice) = match active {
                0 | 1 => (
                    Verdict::Warning,
                    "Give one of them another path before they are active at the same time.",
                ),
                _ => (Verdict::Critical, "Give one of them another path."),
            };
            checks.push(
                Check::new(
                    "flow.webhook",
                    verdict,
                    format!(
                        "{method} /{} is also the webhook of {}.",
                        shown(path),
                        names.join(", ")
                    ),
                )
                .subject(first.subject.clone())
                .code(Code::VendorN8n)
                .advice(advice),
            );
        }
    }
}

/// The path that a node answers at. A path with parameters begins with the id of the webhook.
fn path(node: &Node) -> Option<String> {
    let path = match catalogue::base_name(&node.kind)? {
        "webhook" => node.text("path"),
        "formTrigger" => node
            .text("path")
            .filter(|path| !path.is_empty())
            .or_else(|| {
                node.parameters
                    .get("options")
                    .and_then(|options| options.get("path"))
                    .and_then(Value::as_str)
            }),
        _ => return None,
    };
    let path = path.unwrap_or_default().trim_matches('/');
    let id = node.webhook_id.as_deref().unwrap_or_default();
    if path.starts_with('=') || path.contains("{{") {
        return None;
    }
    let full = match path {
        "" => id.to_owned(),
        path if path.split('/').any(|part| part.starts_with(':')) => format!("{id}/{path}"),
        path => path.to_owned(),
    };
    (!full.is_empty()).then_some(full)
}

fn methods(node: &Node) -> Vec<String> {
    if catalogue::base_name(&node.kind) == Some("formTrigger") {
        return vec!["GET".to_owned(), "POST".to_owned()];
    }
    let several = node.parameters.get("multipleMethods") == Some(&Value::Bool(true));
    let mut methods: Vec<String> = match node.parameters.get("httpMethod") {
        Some(Value::String(method)) if method.starts_with('=') => Vec::new(),
        Some(Value::String(method)) => vec![method.to_ascii_uppercase()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_ascii_uppercase)
            .collect(),
        _ if several => vec!["GET".to_owned(), "POST".to_owned()],
        _ => vec!["GET".to_owned()],
    };
    methods.sort();
    methods.dedup();
    methods
}
