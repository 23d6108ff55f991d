//! What n8n's description of a node comes to with the parameters that the node has: which
//! parameters, choices and credentials count.
//!
//! # Design notes
//!
//! The rules are those of n8n's own editor: a part is shown where all that it is shown for holds and
//! nothing of what it is hidden for; a parameter that is absent has its default, if it is shown
//! itself. What depends on an expression, only an execution knows: it is neither shown nor hidden
//! here, and whoever asks has to leave it unjudged.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::reading::flows::catalogue;
use crate::reading::flows::flow::Node;

/// How far the conditions of conditions are followed. n8n's own nodes need four.
const MAX_DEPTH: usize = 10;

/// A node's description, with the parameters of the node.
#[derive(Debug)]
pub(super) struct Form<'a> {
    version: f64,
    is_tool: bool,
    parameters: &'a Value,
    /// What the description has, by its name.
    parts: BTreeMap<&'static str, Vec<Part>>,
    credentials: Vec<Asked>,
    inputs: Vec<Asked>,
    /// What can stand inside of a collection, by the way that leads there: the words of its line.
    inside: BTreeMap<&'static str, &'static str>,
    values: RefCell<BTreeMap<&'static str, Known>>,
}

/// A parameter under one of its conditions.
#[derive(Debug)]
struct Part {
    when: Vec<Term>,
    needed: bool,
    choices: Option<&'static str>,
    default: Option<&'static str>,
}

/// What can stand inside of a collection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Its name.
    pub(super) name: &'static str,
    /// What can be chosen for it, with bars between; nothing where anything can.
    pub(super) choices: Option<&'static str>,
}

/// A credential or an input under its condition.
#[derive(Debug)]
struct Asked {
    name: &'static str,
    needed: bool,
    when: Vec<Term>,
}

/// `name=a|b`, or `name!=a|b`.
#[derive(Debug, Clone, Copy)]
struct Term {
    name: &'static str,
    values: &'static str,
    hides: bool,
}

/// What is known of the value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// These values; a list has several.
    Values(Vec<String>),
    /// Neither the node nor a default has one.
    Absent,
    /// Only an execution knows.
    Dynamic,
}

impl<'a> Form<'a> {
    /// The form of a node; nothing where n8n does not know its type in its version.
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        let (described, version) = catalogue::description(&node.kind, node.version)?;
        let mut form = Self {
            version,
            is_tool: catalogue::is_made_a_tool(&node.kind),
            parameters: &node.parameters,
            parts: BTreeMap::new(),
            credentials: Vec::new(),
            inputs: Vec::new(),
            inside: BTreeMap::new(),
            values: RefCell::default(),
        };
        for line in described.lines.lines() {
            let mut columns = line.splitn(3, '\t').skip(1);
            let condition = columns.next().unwrap_or_default();
            let words = columns.next().unwrap_or_default();
            if let Some(path) = condition.strip_prefix(catalogue::INSIDE) {
                form.inside.insert(path, words);
                continue;
            }
            let when = terms(condition);
            for word in words.split('\t') {
                form.read(word, &when);
            }
        }
        Some(form)
    }

    fn read(&mut self, word: &'static str, when: &[Term]) {
        let when = when.to_vec();
        if let Some(name) = word.strip_prefix('+') {
            self.inputs.push(Asked {
                name,
                needed: true,
                when,
            });
            return;
        }
        if let Some(name) = word.strip_prefix('@') {
            let optional = name.strip_suffix('?');
            self.credentials.push(Asked {
                name: optional.unwrap_or(name),
                needed: optional.is_none(),
                when,
            });
            return;
        }
        let (word, default) = match word.rsplit_once('=') {
            Some((word, default)) => (word, Some(default)),
            None => (word, None),
        };
        let (word, choices) = with_choices(word);
        let needed = word.strip_suffix('!');
        self.parts
            .entry(needed.unwrap_or(word))
            .or_default()
            .push(Part {
                when,
                needed: needed.is_some(),
                choices,
                default,
            });
    }

    /// The version of the node.
    pub(super) const fn version(&self) -> f64 {
        self.version
    }

    /// The parameters that any of the description's versions has.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.parts.keys().copied()
    }

    /// What can stand inside of a collection of the node; nothing where it is none, or nobody knows.
    pub(super) fn members(&self, path: &str) -> Option<Vec<Member>> {
        let words = self.inside.get(path)?.split('\t').map(with_choices);
        Some(
            words
                .map(|(name, choices)| Member { name, choices })
                .collect(),
        )
    }

    /// Whether this version has the parameter at all, whatever the others are.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.get(name).is_some_and(|parts| {
            parts.iter().any(|part| {
                part.when
                    .iter()
                    .filter(|term| term.name == "@version")
                    .all(|term| self.holds(term, 0) == Some(true))
            })
        })
    }

    /// The value of a parameter, given or by default; nothing where it is none, or not one.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        match self.known(name, 0) {
            Known::Values(values) => values.into_iter().next(),
            Known::Absent | Known::Dynamic => None,
        }
    }

    /// What can be chosen for a parameter, as it is shown; nothing where it is not shown, where
    /// anything can be, or where only an execution knows.
    pub(super) fn choices(&self, name: &str) -> Option<Vec<&'static str>> {
        let mut found = Vec::new();
        for part in self.parts.get(name)? {
            if self.shown(&part.when, 0)? {
                found.extend(part.choices?.split('|'));
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// The parameters that have to be filled in and are not.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        self.parts
            .iter()
            .filter(|(name, parts)| {
                let is_needed = parts
                    .iter()
                    .any(|part| part.needed && self.shown(&part.when, 0) == Some(true));
                // One of the others that are shown may bring a default.
                is_needed
                    && parts
                        .iter()
                        .all(|part| part.needed || self.shown(&part.when, 0) == Some(false))
                    && is_empty(at(self.parameters, name))
            })
            .map(|(name, _)| *name)
            .collect()
    }

    /// The credentials of the node that count: the name, whether it is needed, and whether it
    /// counts at all, where that is known.
    pub(super) fn credentials(&self) -> impl Iterator<Item = (&'static str, bool, Option<bool>)> {
        self.credentials
            .iter()
            .map(|asked| (asked.name, asked.needed, self.shown(&asked.when, 0)))
    }

    /// The inputs beside the flow of data that have to be connected.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.inputs
            .iter()
            .filter(|asked| self.shown(&asked.when, 0) == Some(true))
            .map(|asked| asked.name)
    }

    fn shown(&self, when: &[Term], depth: usize) -> Option<bool> {
        let mut shown = Some(true);
        for term in when {
            match self.holds(term, depth) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => shown = None,
            }
        }
        shown
    }

    fn holds(&self, term: &Term, depth: usize) -> Option<bool> {
        let values = match term.name {
            "@version" => vec![self.version.to_string()],
            "@tool" => vec![self.is_tool.to_string()],
            name => match self.known(name, depth + 1) {
                Known::Values(values) => values,
                // Nothing is compared with: only what is said not to be holds.
                Known::Absent => {
                    let holds = term
                        .values
                        .split('|')
                        .any(|value| value.starts_with("~not:"));
                    return Some(holds != term.hides);
                }
                Known::Dynamic => return None,
            },
        };
        let holds = term.values.split('|').any(|wanted| fits(wanted, &values));
        Some(holds != term.hides)
    }

    fn known(&self, name: &str, depth: usize) -> Known {
        if let Some(value) = at(self.parameters, name) {
            return understood(value);
        }
        if depth > MAX_DEPTH {
            return Known::Dynamic;
        }
        // `options.baseURL`: what is inside of a collection has no default.
        let Some((name, parts)) = self.parts.get_key_value(name) else {
            return Known::Absent;
        };
        if let Some(known) = self.values.borrow().get(name) {
            return known.clone();
        }
        let mut known = Known::Absent;
        for part in parts {
            match self.shown(&part.when, depth) {
                Some(true) => {
                    known = Known::Values(vec![part.default.unwrap_or_default().to_owned()]);
                    break;
                }
                Some(false) => {}
                None => known = Known::Dynamic,
            }
        }
        self.values.borrow_mut().insert(name, known.clone());
        known
    }
}

/// A word without its choices, and these: `name{a|b}`.
fn with_choices(word: &'static str) -> (&'static str, Option<&'static str>) {
    match word.strip_suffix('}').and_then(|word| word.split_once('{')) {
        Some((word, choices)) => (word, Some(choices)),
        None => (word, None),
    }
}

fn terms(condition: &'static str) -> Vec<Term> {
    condition
        .split(" & ")
        .filter_map(|term| {
            let (name, values) = term.split_once('=')?;
            let hides = name.strip_suffix('!');
            Some(Term {
                name: hides.unwrap_or(name),
                values,
                hides: hides.is_some(),
            })
        })
        .collect()
}

/// A parameter; `a.b` is one inside of another.
fn at<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.')
        .try_fold(parameters, |value, name| value.get(name))
        .filter(|value| !value.is_null())
}

fn understood(value: &Value) -> Known {
    match value {
        Value::String(text) if text.starts_with('=') => Known::Dynamic,
        Value::String(text) => Known::Values(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Known::Values(vec![value.to_string()]),
        Value::Array(list) => {
            let mut values = Vec::new();
            for value in list {
                match understood(value) {
                    Known::Values(inner) => values.extend(inner),
                    Known::Absent => {}
                    Known::Dynamic => return Known::Dynamic,
                }
            }
            Known::Values(values)
        }
        // The object of a resource locator.
        Value::Object(object) => object.get("value").map_or(Known::Absent, understood),
        Value::Null => Known::Absent,
    }
}

/// Whether n8n takes it for not filled in.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Object(object)) => match object.get("value") {
            Some(inner) => is_empty(Some(inner)),
            None => object.contains_key("__rl"),
        },
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => false,
    }
}

/// Whether values fit `wanted`: one of them is it, or all of them compare as `~gte:2` says.
fn fits(wanted: &str, values: &[String]) -> bool {
    let Some((comparison, target)) = wanted.strip_prefix('~').and_then(|it| it.split_once(':'))
    else {
        return values.iter().any(|value| is_same(value, wanted));
    };
    values.iter().all(|value| match comparison {
        "eq" => is_same(value, target),
        "not" => !is_same(value, target),
        "includes" => value.contains(target),
        "startsWith" => value.starts_with(target),
        "endsWith" => value.ends_with(target),
        "exists" => !value.is_empty(),
        // The one that n8n uses: something that is no space.
        "regex" => !value.trim().is_empty(),
        "between" => target.split_once("..").is_some_and(|(from, to)| {
            compares(value, from, |a, b| a >= b) && compares(value, to, |a, b| a <= b)
        }),
        "gte" => compares(value, target, |a, b| a >= b),
        "gt" => compares(value, target, |a, b| a > b),
        "lte" => compares(value, target, |a, b| a <= b),
        "lt" => compares(value, target, |a, b| a < b),
        _ => false,
    })
}

/// Whether a value is one of several, with bars between them.
pub(super) fn is_one_of(value: &str, choices: &str) -> bool {
    choices.split('|').any(|choice| is_same(value, choice))
}

fn is_same(value: &str, wanted: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    value == wanted
        || number(value)
            .zip(number(wanted))
            .is_some_and(|(value, wanted)| (value - wanted).abs() < 1e-9)
}

fn compares(value: &str, target: &str, holds: fn(f64, f64) -> bool) -> bool {
    value
        .parse()
        .ok()
        .zip(target.parse().ok())
        .is_some_and(|(value, target)| holds(value, target))
}
