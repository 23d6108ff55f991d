//! Whether a flow can run: what starts it, and what that reaches.

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue::{self, Origin};
use crate::reading::flows::flow::Flow;

/// Judges the way that data takes.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    let steps = flow
        .nodes
        .iter()
        .filter(|node| !catalogue::is_sticky_note(&node.kind))
        .count();
    let starts = starts(flow);
    if starts.is_empty() {
        let (verdict, summary) = match (steps, flow.active) {
            (0, _) => (
                Verdict::Warning,
                "The flow has no nodes, so it does nothing.",
            ),
            (_, true) => (
                Verdict::Critical,
                "The flow is active, but no enabled trigger starts it: it never runs.",
            ),
            (_, false) => (
                Verdict::Warning,
                "No enabled trigger starts the flow: it never runs by itself.",
            ),
        };
        checks.push(
            Check::new("flow.no-trigger", verdict, summary)
                .subject(flow.place.clone())
                .code(Code::VendorN8n)
                .advice("Add a trigger such as scheduleTrigger, or enable the one that is there."),
        );
    } else {
        let reached = reach(flow, starts);
        for (node, _) in flow.nodes.iter().zip(reached).filter(|(node, reached)| {
            // What is switched off is meant not to run.
            !reached && !node.disabled && !catalogue::is_sticky_note(&node.kind)
        }) {
            checks.push(
                flow.about(
                    node,
                    "flow.unreachable",
                    Verdict::Warning,
                    "No enabled trigger leads here: the node never runs.",
                )
                .code(Code::VendorN8n)
                .advice("Connect it, or delete it."),
            );
        }
    }
    let mut entered = vec![false; flow.nodes.len()];
    let mut left = vec![false; flow.nodes.len()];
    for edge in flow.edges.iter().filter(|edge| !edge.serves) {
        mark(&mut entered, edge.to);
        mark(&mut left, edge.from);
    }
    for (node, (entered, left)) in flow.nodes.iter().zip(entered.into_iter().zip(left)) {
        if node.disabled && entered && left {
            checks.push(
                flow.about(
                    node,
                    "flow.disabled-node",
                    Verdict::Warning,
                    "The node is disabled in the middle of the flow: data passes through it \
                     unchanged.",
                )
                .advice("Enable it, or delete it and connect its neighbours."),
            );
        }
    }
}

/// The places of the nodes that start the flow.
fn starts(flow: &Flow) -> Vec<usize> {
    let mut entered = vec![false; flow.nodes.len()];
    let mut serves = vec![false; flow.nodes.len()];
    for edge in &flow.edges {
        if edge.serves {
            mark(&mut serves, edge.from);
        } else {
            mark(&mut entered, edge.to);
        }
    }
    flow.nodes
        .iter()
        .zip(entered.into_iter().zip(serves))
        .enumerate()
        .filter(|(_, (node, (entered, serves)))| {
            // What a community package starts with need not be called a trigger.
            let perhaps = !entered && !serves && catalogue::origin(&node.kind) == Origin::Community;
            !node.disabled && (catalogue::is_trigger(&node.kind) || perhaps)
        })
        .map(|(place, _)| place)
        .collect()
}

/// Which nodes data reaches from these: forward along the flow, and backward to the parts that
/// serve a node.
fn reach(flow: &Flow, starts: Vec<usize>) -> Vec<bool> {
    let mut next = vec![Vec::new(); flow.nodes.len()];
    for edge in &flow.edges {
        let (from, to) = match edge.serves {
            true => (edge.to, edge.from),
            false => (edge.from, edge.to),
        };
        if let Some(next) = next.get_mut(from) {
            next.push(to);
        }
    }
    let mut reached = vec![false; flow.nodes.len()];
    let mut ahead = starts;
    while let Some(place) = ahead.pop() {
        if mark(&mut reached, place) {
            ahead.extend(next.get(place).into_iter().flatten());
        }
    }
    reached
}

/// Whether it had not been marked before.
fn mark(marks: &mut [bool], place: usize) -> bool {
    marks
        .get_mut(place)
        .is_some_and(|mark| !std::mem::replace(mark, true))
}
