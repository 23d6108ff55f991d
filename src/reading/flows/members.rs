//! Whether n8n has what stands inside of a node's collections: `options`, `additionalFields`, `values`.
//!
//! # Design notes
//!
//! n8n drops a member that it does not know, as it drops a parameter. A member is known where the node has
//! it under any of its conditions, as the editor leaves those of another operation behind. Where the
//! description has several kinds of parameters under one name, or an expression makes the whole of it,
//! nothing is said.
//!
//! A value that is none of the choices is only worth a warning: n8n takes it, and what the node makes of it
//! stands nowhere. The value is not quoted, as it may be anything.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::reading::flows::description::{Form, is_one_of};
use crate::reading::flows::flow::{Node, shown};

/// What n8n does not have inside of a node's collections, by the way that leads there.
#[derive(Debug, Default)]
pub(super) struct Strange {
    /// Members, and the one whose name differs in its capitals only.
    pub(super) members: BTreeMap<String, Option<&'static str>>,
    /// Members whose value is none of their choices, and these.
    pub(super) values: BTreeMap<String, &'static str>,
}

impl Strange {
    /// Looks through the parameters of a node.
    pub(super) fn of(node: &Node, form: &Form<'_>) -> Self {
        let mut found = Self::default();
        for (name, value) in node.parameters.as_object().into_iter().flatten() {
            found.look(form, name, value);
        }
        found
    }

    fn look(&mut self, form: &Form<'_>, path: &str, value: &Value) {
        let Some(known) = form.members(path) else {
            return;
        };
        let objects = match value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for (name, value) in objects.iter().filter_map(Value::as_object).flatten() {
            let path = format!("{path}.{}", shown(name));
            match known.iter().find(|member| member.name == name) {
                Some(member) => {
                    if let Some(choices) = member.choices
                        && !is_choice(value, choices)
                    {
                        self.values.insert(path.clone(), choices);
                    }
                    self.look(form, &path, value);
                }
                None if is_remark(name) => {}
                None => {
                    let mut names = known.iter().map(|member| member.name);
                    let near = names.find(|known| known.eq_ignore_ascii_case(name));
                    self.members.insert(path, near);
                }
            }
        }
    }
}

/// Whether a value is one of the choices, several of them, or nothing that could be told.
fn is_choice(value: &Value, choices: &str) -> bool {
    match value {
        Value::String(text) => {
            // Braces without the sign of an expression are a template of another tool.
            let is_open = text.is_empty() || text.starts_with('=') || text.contains("{{");
            is_open || is_one_of(text, choices)
        }
        Value::Bool(_) | Value::Number(_) => is_one_of(&value.to_string(), choices),
        Value::Array(list) => list.iter().all(|value| is_choice(value, choices)),
        Value::Object(_) | Value::Null => true,
    }
}

/// The editor saves what it only says, too, such as a `httpVariantWarning`.
pub(super) fn is_remark(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.is_empty() || lower.ends_with("notice") || lower.ends_with("warning")
}
