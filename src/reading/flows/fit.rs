//! Whether a node fits what n8n says of its version: parameters that it does not have, operations
//! that it cannot do, values that are missing.
//!
//! # Design notes
//!
//! n8n drops a parameter that it does not know without a word and goes on with the default, so a flow
//! that was written by hand for another version runs and does something else. That is grave where
//! another version has the parameter, since then somebody relied on it; otherwise it is a leftover.
//! Parameters of another operation are no mistake: the editor leaves them behind. What stands inside of
//! collections is judged alike.

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue;
use crate::reading::flows::description::Form;
use crate::reading::flows::flow::{Flow, Node, shown};
use crate::reading::flows::members::{Strange, is_remark};

/// Parameters that n8n adds to nodes when it loads them: of declarative nodes, of nodes that poll, of
/// tools, and of those that can call any address of their service.
const ADDED: &[&str] = &[
    "requestOptions",
    "pollTimes",
    "toolDescription",
    "descriptionType",
    "nodeCredentialType",
];

/// What n8n adds to the operations of a node whose credential can sign any request.
const ANY_CALL: &str = "__CUSTOM_API_CALL__";

/// What is judged by its choices. For other parameters n8n goes on to take values that it does not
/// offer any more.
const CHOOSERS: &[&str] = &["resource", "operation", "authentication"];

/// Judges the nodes of a flow whose types are n8n's own.
pub(super) fn judge(flow: &Flow, checks: &mut Vec<Check>) {
    for node in &flow.nodes {
        let Some(all) = catalogue::known(&node.kind) else {
            continue;
        };
        let Some(form) = Form::of(node) else {
            checks.push(unknown_version(flow, node, all));
            continue;
        };
        // The parameters of its approval are not in n8n's packages.
        if catalogue::is_approval(&node.kind) {
            continue;
        }
        judge_choices(flow, node, &form, checks);
        for name in form.missing() {
            checks.push(
                flow.about(
                    node,
                    "flow.required",
                    node.gravity(),
                    format!(
                        "The parameter {name} is required and empty: n8n does not run the node."
                    ),
                )
                .code(Code::VendorN8n)
                .advice("Fill it in."),
            );
        }
        let inside = Strange::of(node, &form);
        judge_values(flow, node, &form, &inside, checks);
        judge_names(flow, node, &form, inside, checks);
    }
}

fn unknown_version(flow: &Flow, node: &Node, all: &[catalogue::Described]) -> Check {
    // Where one description is all there is, n8n takes it for whatever version.
    let verdict = match all.len() {
        1 => Verdict::Warning,
        _ => node.gravity(),
    };
    let version = node.version.unwrap_or_default();
    let newest = all.iter().flat_map(catalogue::Described::versions);
    let newest = newest.fold(0.0, f64::max);
    flow.about(
        node,
        "flow.unknown-version",
        verdict,
        format!("n8n has no version {version} of {}.", node.kind),
    )
    .code(Code::VendorN8n)
    .advice(format!(
        "The newest that n8n 2.41 has is {newest}. If production's n8n is newer, make sure that it \
         has this one."
    ))
}

fn judge_choices(flow: &Flow, node: &Node, form: &Form<'_>, checks: &mut Vec<Check>) {
    for name in CHOOSERS {
        let Some(value) = node.text(name) else {
            continue;
        };
        // Braces without the sign of an expression are a template of another tool.
        if value.starts_with('=') || value.contains("{{") || value == ANY_CALL {
            continue;
        }
        let Some(choices) = form.choices(name) else {
            continue;
        };
        if choices.contains(&value) {
            continue;
        }
        let near = choices.iter().find(|it| it.eq_ignore_ascii_case(value));
        let advice = match near {
            Some(near) => format!("Capitals matter: {near} exists."),
            None => format!("It has {}.", some(&choices)),
        };
        let of = match form.value("resource") {
            Some(resource) if *name == "operation" && form.choices("resource").is_some() => {
                format!(" for the resource {}", shown(&resource))
            }
            _ => String::new(),
        };
        checks.push(
            flow.about(
                node,
                "flow.unknown-choice",
                node.gravity(),
                format!(
                    "Version {} of the node has no {name} {}{of}.",
                    form.version(),
                    shown(value)
                ),
            )
            .code(Code::VendorN8n)
            .advice(advice),
        );
    }
}

/// The first few of a list.
fn some(choices: &[&str]) -> String {
    const NAMED: usize = 8;
    let mut named: Vec<_> = choices.iter().take(NAMED).copied().collect();
    if choices.len() > NAMED {
        named.push("...");
    }
    named.join(", ")
}

/// Values inside of collections that are none of their choices.
fn judge_values(
    flow: &Flow,
    node: &Node,
    form: &Form<'_>,
    inside: &Strange,
    checks: &mut Vec<Check>,
) {
    for (path, choices) in &inside.values {
        let choices: Vec<_> = choices.split('|').collect();
        checks.push(
            flow.about(
                node,
                "flow.unknown-choice",
                Verdict::Warning,
                format!(
                    "The value of {path} is none that version {} of the node offers.",
                    form.version()
                ),
            )
            .code(Code::VendorN8n)
            .advice(format!("It offers {}.", some(&choices))),
        );
    }
}

/// One finding for what another version has, one for what none has.
fn judge_names(
    flow: &Flow,
    node: &Node,
    form: &Form<'_>,
    inside: Strange,
    checks: &mut Vec<Check>,
) {
    let (mut moved, mut unknown) = (Vec::new(), Vec::new());
    let mut advice = String::new();
    for name in node
        .parameters
        .as_object()
        .into_iter()
        .flat_map(|it| it.keys())
    {
        if form.has(name) || ADDED.contains(&name.as_str()) || is_remark(name) {
            continue;
        }
        let near = form.names().find(|it| it.eq_ignore_ascii_case(name));
        match (near, catalogue::versions_with(&node.kind, name).last()) {
            (Some(near), _) => advice = format!("Capitals matter: {near} exists."),
            (None, Some(version)) => {
                advice = format!(
                    "n8n ignores it. Version {version} has it: set the node up anew in n8n."
                );
            }
            (None, None) => {
                unknown.push(shown(name));
                continue;
            }
        }
        moved.push(shown(name));
    }
    for (path, near) in inside.members {
        if let Some(near) = near {
            advice = format!("Capitals matter: {near} exists.");
            moved.push(path);
        } else {
            unknown.push(path);
        }
    }
    let leftover = "n8n ignores it: make sure that nothing depends on it, and remove it.";
    for (names, verdict, advice) in [
        (moved, node.gravity(), advice),
        (unknown, Verdict::Warning, leftover.to_owned()),
    ] {
        if names.is_empty() {
            continue;
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let summary = format!(
            "Version {} of the node has no parameter {}.",
            form.version(),
            some(&names)
        );
        checks.push(
            flow.about(node, "flow.unknown-parameter", verdict, summary)
                .code(Code::VendorN8n)
                .advice(advice),
        );
    }
}
