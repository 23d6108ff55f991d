//! What a node cannot run without beside its parameters: a part that serves it, a node that answers for
//! it.
//!
//! # Design notes
//!
//! Which inputs have to be connected is n8n's own word, from the catalogue. A webhook that leaves the
//! answer to another node and has none behind it, or has one and does not leave it the answer, is
//! refused at every call.

use std::collections::BTreeSet;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::reading::flows::catalogue;
use crate::reading::flows::description::Form;
use crate::reading::flows::flow::{Flow, Node};

/// What the inputs are called in n8n.
const INPUTS: &[(&str, &str)] = &[
    ("ai_languageModel", "language model"),
    ("ai_embedding", "embedding"),
    ("ai_document", "document loader"),
    ("ai_textSplitter", "text splitter"),
    ("ai_memory", "memory"),
    ("ai_retriever", "retriever"),
    ("ai_vectorStore", "vector store"),
    ("ai_outputParser", "output parser"),
];

/// Judges the parts of a flow's nodes.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    let mut connected = BTreeSet::new();
    let mut next = vec![Vec::new(); flow.nodes.len()];
    for edge in &flow.edges {
        connected.insert((edge.to, edge.output.as_str()));
        if let Some(next) = next.get_mut(edge.from).filter(|_| !edge.serves) {
            next.push(edge.to);
        }
    }
    for (place, node) in flow.nodes.iter().enumerate() {
        for input in Form::of(node).iter().flat_map(Form::inputs) {
            if connected.contains(&(place, input)) {
                continue;
            }
            let name = INPUTS.iter().find(|(name, _)| *name == input);
            let name = name.map_or(input, |(_, name)| *name);
            checks.push(
                flow.about(
                    node,
                    "flow.part",
                    node.gravity(),
                    format!("The node needs a {name}, and none is connected to it."),
                )
                .code(Code::VendorN8n)
                .advice("Connect one below the node in n8n."),
            );
        }
        if let Some(summary) = wrong_answer(flow, &next, place, node) {
            checks.push(
                flow.about(node, "flow.respond", node.gravity(), summary)
                    .code(Code::VendorN8n)
                    .advice(
                        "Let the webhook respond by a node \"Respond to Webhook\", and connect one \
                         behind it; or neither.",
                    ),
            );
        }
    }
}

fn wrong_answer(
    flow: &Flow,
    next: &[Vec<usize>],
    place: usize,
    node: &Node,
) -> Option<&'static str> {
    if catalogue::base_name(&node.kind) != Some("webhook") {
        return None;
    }
    let kinds = behind(flow, next, place);
    let answers = kinds.contains(&"respondToWebhook");
    match node.text("responseMode").unwrap_or("onReceived") {
        "responseNode" if !answers => {
            Some("The webhook leaves its answer to another node, and none behind it gives one.")
        }
        // One that waits for a call of its own may be the one that is answered. The first version
        // took whatever came.
        "onReceived" | "lastNode"
            if answers && !kinds.contains(&"wait") && node.version.is_none_or(|it| it >= 2.0) =>
        {
            Some("A node behind the webhook answers, and the webhook does not leave it the answer.")
        }
        _ => None,
    }
}

/// The names of the types of the nodes that data reaches from a node.
fn behind<'a>(flow: &'a Flow, next: &[Vec<usize>], start: usize) -> Vec<&'a str> {
    let mut reached = vec![false; flow.nodes.len()];
    let mut ahead = vec![start];
    while let Some(place) = ahead.pop() {
        for to in next.get(place).into_iter().flatten() {
            if let Some(mark) = reached.get_mut(*to)
                && !std::mem::replace(mark, true)
            {
                ahead.push(*to);
            }
        }
    }
    flow.nodes
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached)
        .filter_map(|(node, _)| catalogue::base_name(&node.kind))
        .collect()
}
