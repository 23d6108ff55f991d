//! A workflow file as it is: what could be understood of it, and what is wrong with its form.
//!
//! # Design notes
//!
//! Nothing stops at the first mistake. A part of the wrong shape is a finding and counts as absent,
//! so that the rest of the flow is still judged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue;
use crate::reading::flows::secrets;

/// How much of a name from a file is shown, in characters.
const SHOWN_CHARS: usize = 80;

/// A flow.
#[derive(Debug)]
pub(super) struct Flow {
    /// Its file, with a number where the file holds several.
    pub(super) place: String,
    /// Whether n8n would run it by itself.
    pub(super) active: bool,
    /// Its nodes that have a name.
    pub(super) nodes: Vec<Node>,
    /// Its connections both ends of which exist.
    pub(super) edges: Vec<Edge>,
    /// What else may hold something: pinned and static data, settings.
    pub(super) rest: Vec<(&'static str, Value)>,
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) version: Option<f64>,
    pub(super) disabled: bool,
    pub(super) parameters: Value,
    pub(super) credentials: Value,
    pub(super) webhook_id: Option<String>,
}

/// A connection, by the places of its nodes in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// From a part (a model, a memory, a tool) to the node it serves, and not along the flow of
    /// data.
    pub(super) serves: bool,
    /// What it is: `main`, `ai_languageModel`.
    pub(super) output: String,
}

impl Node {
    /// A parameter as text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }

    /// A grave finding, unless the node is switched off: then it can wait.
    pub(super) fn gravity(&self) -> Verdict {
        if self.disabled {
            Verdict::Warning
        } else {
            Verdict::Critical
        }
    }
}

impl Flow {
    /// A finding about one of its nodes.
    pub(super) fn about(
        &self,
        node: &Node,
        id: &'static str,
        verdict: Verdict,
        summary: impl Into<String>,
    ) -> Check {
        Check::new(id, verdict, summary).subject(self.subject(node))
    }

    /// How a node is named in findings.
    pub(super) fn subject(&self, node: &Node) -> String {
        format!("{}: {}", self.place, shown(&node.name))
    }
}

/// A name from a file, fit to be shown: bounded, and not if it is a secret itself.
pub(super) fn shown(text: &str) -> String {
    if secrets::kind(text).is_some() {
        return crate::reading::redact::REDACTED.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// Reads a flow; the mistakes of its form go to `checks`. Nothing where it is no flow at all.
pub(super) fn read(place: String, value: Value, checks: &mut Vec<Check>) -> Option<Flow> {
    let mut shape = |what: &str| {
        checks.push(
            Check::new("flow.shape", Verdict::Critical, what)
                .subject(place.clone())
                .code(Code::ValInput)
                .advice("Export the flow from n8n again."),
        );
    };
    let Value::Object(mut flow) = value else {
        shape("It is JSON, but no flow: not an object.");
        return None;
    };
    let Some(Value::Array(list)) = flow.remove("nodes") else {
        shape("It is JSON, but no flow: it has no list of nodes.");
        return None;
    };
    let mut nodes = Vec::new();
    for node in list {
        match node {
            Value::Object(node) => nodes.push(node),
            _ => shape("One of its nodes is not an object."),
        }
    }
    let connections = match flow.remove("connections") {
        Some(Value::Object(connections)) => connections,
        None if nodes.len() < 2 => Map::new(),
        Some(_) | None => {
            shape("It has no object of connections.");
            Map::new()
        }
    };
    let has_name = flow
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| !name.trim().is_empty());
    if !has_name {
        checks.push(
            Check::new("flow.name", Verdict::Critical, "The flow has no name.")
                .subject(place.clone())
                .code(Code::ValInput)
                .advice("Give it a name: n8n's command line and API cannot import it without one."),
        );
    }
    let nodes = named(&place, nodes, checks);
    let edges = edges(&place, &nodes, &connections, checks);
    let mut rest = Vec::new();
    for key in ["pinData", "staticData", "settings", "meta"] {
        if let Some(value) = flow.remove(key) {
            rest.push((key, value));
        }
    }
    Some(Flow {
        active: flow.get("active").and_then(Value::as_bool).unwrap_or(false),
        place,
        nodes,
        edges,
        rest,
    })
}

/// The nodes that have a name, each name once: connections know nodes by nothing else.
fn named(place: &str, nodes: Vec<Map<String, Value>>, checks: &mut Vec<Check>) -> Vec<Node> {
    let mut names = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut found = Vec::new();
    for (number, mut node) in nodes.into_iter().enumerate() {
        let text = |key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("name").filter(|name| !name.trim().is_empty());
        let id = text("id").filter(|id| !id.is_empty());
        let subject = match &name {
            Some(name) => format!("{place}: {}", shown(name)),
            None => format!("{place}: node {}", number + 1),
        };
        let mut complain = |id, verdict, summary: &str, advice: &str| {
            checks.push(
                Check::new(id, verdict, summary)
                    .subject(subject.clone())
                    .code(Code::ValInput)
                    .advice(advice),
            );
        };
        match id {
            None => complain(
                "flow.node-id",
                Verdict::Warning,
                "The node has no id.",
                "Save the flow in n8n, which gives it one, and export it again.",
            ),
            Some(id) if !ids.insert(id.clone()) => complain(
                "flow.node-id",
                Verdict::Critical,
                "Another node of the flow has the same id.",
                "Copy the node inside n8n, not in the file: n8n then gives it an id of its own.",
            ),
            Some(_) => {}
        }
        let Some(name) = name else {
            complain(
                "flow.node-name",
                Verdict::Critical,
                "The node has no name, so nothing can be connected to it.",
                "Give it a name.",
            );
            continue;
        };
        if !names.insert(name.clone()) {
            complain(
                "flow.node-name",
                Verdict::Critical,
                "Another node of the flow has the same name: connections cannot tell them apart.",
                "Rename one of them in n8n.",
            );
            continue;
        }
        found.push(Node {
            kind: text("type").unwrap_or_default(),
            version: node.get("typeVersion").and_then(Value::as_f64),
            disabled: node.get("disabled") == Some(&Value::Bool(true)),
            webhook_id: text("webhookId"),
            parameters: node.remove("parameters").unwrap_or_default(),
            credentials: node.remove("credentials").unwrap_or_default(),
            name,
        });
    }
    found
}

/// `{"<name>": {"<output>": [[{"node": "<name>", ...}]]}}`; an output without connections may be
/// null.
fn edges(
    place: &str,
    nodes: &[Node],
    connections: &Map<String, Value>,
    checks: &mut Vec<Check>,
) -> Vec<Edge> {
    let places: BTreeMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(place, node)| (node.name.as_str(), place))
        .collect();
    let mut complain = |subject: &str, summary: String| {
        checks.push(
            Check::new("flow.connection", Verdict::Critical, summary)
                .subject(format!("{place}: {}", shown(subject)))
                .code(Code::ValInput)
                .advice("Connect it again in n8n; a node was renamed or deleted in the file only."),
        );
    };
    let mut found = Vec::new();
    for (source, outputs) in connections {
        let from = places.get(source.as_str()).copied();
        if from.is_none() && has_targets(outputs) {
            complain(
                source,
                "It is connected to others, but there is no such node.".to_owned(),
            );
        }
        let Some(outputs) = outputs.as_object() else {
            complain(source, "Its connections are not an object.".to_owned());
            continue;
        };
        for (output, groups) in outputs {
            for target in targets(groups) {
                let Some(name) = target.get("node").and_then(Value::as_str) else {
                    complain(source, "One of its connections names no node.".to_owned());
                    continue;
                };
                match (from, places.get(name).copied()) {
                    (Some(from), Some(to)) => found.push(Edge {
                        from,
                        to,
                        serves: output.starts_with("ai_"),
                        output: output.clone(),
                    }),
                    (_, None) => complain(
                        source,
                        format!("It is connected to {}, which does not exist.", shown(name)),
                    ),
                    // Said above.
                    (None, Some(_)) => {}
                }
            }
        }
    }
    found
}

fn targets(groups: &Value) -> impl Iterator<Item = &Value> {
    groups
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
}

/// n8n leaves an entry without targets behind when a node goes: no harm in that.
fn has_targets(outputs: &Value) -> bool {
    outputs.as_object().is_some_and(|outputs| {
        outputs
            .values()
            .any(|groups| targets(groups).next().is_some())
    })
}

/// Judges the types of the nodes.
pub(super) fn judge_types(flow: &Flow, checks: &mut Vec<Check>) {
    for node in &flow.nodes {
        match catalogue::origin(&node.kind) {
            catalogue::Origin::Known => {}
            catalogue::Origin::Community => checks.push(
                flow.about(
                    node,
                    "flow.community-node",
                    Verdict::Warning,
                    format!(
                        "The type {} cannot be judged: it is none of n8n's own.",
                        shown(&node.kind)
                    ),
                )
                .advice("Make sure that this package is installed in production's n8n."),
            ),
            catalogue::Origin::Unknown(near) => {
                let advice = match near {
                    Some(near) => format!("Capitals matter: {near} exists."),
                    None => "Correct the type. If the node came after n8n 2.41, which the list is \
                             from, make sure that production's n8n has it."
                        .to_owned(),
                };
                let summary = match node.kind.is_empty() {
                    true => "The node has no type.".to_owned(),
                    false => format!("n8n has no node of the type {}.", shown(&node.kind)),
                };
                checks.push(
                    flow.about(node, "flow.unknown-node", node.gravity(), summary)
                        .code(Code::VendorN8n)
                        .advice(advice),
                );
            }
        }
        if let Some((fate, instead)) = catalogue::fate(&node.kind) {
            let (verdict, what) = match fate {
                catalogue::Fate::Retired => (Verdict::Warning, "is deprecated"),
                catalogue::Fate::Removed => (node.gravity(), "has been removed from n8n"),
            };
            checks.push(
                flow.about(
                    node,
                    "flow.deprecated-node",
                    verdict,
                    format!("The type {} {what}.", node.kind),
                )
                .code(Code::VendorN8n)
                .advice(format!("Replace it by {instead}.")),
            );
        }
    }
}
