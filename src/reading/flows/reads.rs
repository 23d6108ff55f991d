//! What a flow asks of the database, by the names of tables, views and functions.
//!
//! # Design notes
//!
//! Names are read from the addresses of Supabase's REST API wherever they stand, in parameters and
//! in code, from the calls of its client in code, and from the nodes of Supabase and Postgres with
//! the SQL that they run. A name that only an execution knows is said to be beyond judgement, never
//! taken for right. What SQL names without a schema goes by the path of a role that nobody knows here:
//! another schema that has a function makes it right, one that has a table leaves a warning.

mod addresses;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::reading::flows::catalogue;
use crate::reading::flows::code;
use crate::reading::flows::flow::{Flow, Node, shown};
use crate::reading::flows::parameters::walk;
use crate::reading::flows::placeholders;
use crate::reading::flows::sql;

use self::addresses::{PUBLIC, Profiles, addresses, is_name};

/// What the types of Supabase's store of vectors begin with.
const VECTORS: &str = "@n8n/n8n-nodes-langchain.vectorStoreSupabase";

/// The names that a database has, those of the system left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Relations {
    relations: BTreeSet<(String, String)>,
    functions: BTreeSet<(String, String)>,
}

impl Relations {
    /// Knows a table or a view.
    pub(crate) fn add_relation(&mut self, schema: String, name: String) {
        self.relations.insert((schema, name));
    }

    /// Knows a function.
    pub(crate) fn add_function(&mut self, schema: String, name: String) {
        self.functions.insert((schema, name));
    }

    fn has(&self, wanted: &Wanted) -> bool {
        self.of(wanted.is_function)
            .contains(&(wanted.schema.clone(), wanted.name.clone()))
    }

    /// The schemas that do have it.
    fn schemas(&self, wanted: &Wanted) -> Vec<&str> {
        self.of(wanted.is_function)
            .iter()
            .filter(|(_, name)| *name == wanted.name)
            .map(|(schema, _)| schema.as_str())
            .collect()
    }

    const fn of(&self, is_function: bool) -> &BTreeSet<(String, String)> {
        match is_function {
            true => &self.functions,
            false => &self.relations,
        }
    }
}

/// Something that a flow asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    schema: String,
    name: String,
    is_function: bool,
    /// Whether the schema is only where it is looked for first.
    is_open: bool,
}

/// All that the flows ask for, with the nodes that do.
#[derive(Debug, Default)]
pub(super) struct Reads {
    wanted: Vec<(String, Wanted)>,
}

impl Reads {
    /// Remembers what a flow asks for, and says what cannot be judged. Disabled nodes and notes ask
    /// for nothing.
    pub(super) fn add(&mut self, flow: &Flow, checks: &mut Vec<Check>) {
        let steps = flow
            .nodes
            .iter()
            .filter(|node| !node.disabled && !catalogue::is_sticky_note(&node.kind));
        let made: BTreeSet<String> = steps
            .clone()
            .flat_map(|node| of_sql(node).map(|names| names.made).unwrap_or_default())
            .collect();
        for node in steps {
            let mut found: BTreeSet<_> = of_node(node).into_iter().collect();
            found.extend(of_addresses(node));
            found.extend(of_client(node));
            for read in found {
                match read {
                    // What one of the flow's nodes makes need not be there yet.
                    Some(wanted) if made.contains(&wanted.name) => {}
                    Some(wanted) => self.wanted.push((flow.subject(node), wanted)),
                    None => checks.push(
                        flow.about(
                            node,
                            "flow.reads",
                            Verdict::Warning,
                            "What it reads from the database cannot be judged: the name is an \
                             expression.",
                        )
                        .advice("Make sure that every name the expression can give exists."),
                    ),
                }
            }
        }
    }

    /// Whether there is nothing to compare.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// How many different things are asked for.
    pub(super) fn len(&self) -> usize {
        let different: BTreeSet<&Wanted> = self.wanted.iter().map(|(_, wanted)| wanted).collect();
        different.len()
    }

    /// Names what is asked for and does not exist.
    pub(super) fn judge(&self, relations: &Relations, checks: &mut Vec<Check>) {
        for (subject, wanted) in &self.wanted {
            // The system's own are not fetched, and always there.
            let is_system =
                wanted.schema.starts_with("pg_") || wanted.schema == "information_schema";
            if is_system || relations.has(wanted) {
                continue;
            }
            let elsewhere = relations.schemas(wanted);
            if wanted.is_open && wanted.is_function && !elsewhere.is_empty() {
                continue;
            }
            let what = match wanted.is_function {
                true => "function",
                false => "table or view",
            };
            let verdict = match wanted.is_open && !elsewhere.is_empty() {
                true => Verdict::Warning,
                false => Verdict::Critical,
            };
            let advice = match elsewhere.first() {
                Some(schema) if wanted.is_open => format!(
                    "The schema {} has it: name it in the statement, unless the search_path of the \
                     role does.",
                    shown(schema)
                ),
                Some(schema) => format!(
                    "The schema {} has it: name it in the node, or in the header Accept-Profile \
                     (Content-Profile for writes and functions).",
                    shown(schema)
                ),
                None => "Correct the name, or apply the migration that creates it.".to_owned(),
            };
            checks.push(
                Check::new(
                    "flow.missing",
                    verdict,
                    format!(
                        "It asks for the {what} {}.{}, which does not exist.",
                        shown(&wanted.schema),
                        shown(&wanted.name)
                    ),
                )
                .subject(subject.clone())
                .code(Code::ValSchema)
                .advice(advice),
            );
        }
    }
}

/// What a node of Supabase or Postgres names in its parameters.
fn of_node(node: &Node) -> Vec<Option<Wanted>> {
    let parameters = &node.parameters;
    let relation = |schema: Option<&str>, table: Option<&str>| {
        let table = table.filter(|table| !table.trim().is_empty())?;
        let schema = schema.filter(|schema| !schema.is_empty()).unwrap_or(PUBLIC);
        Some(named(schema, table, false))
    };
    let is_custom = parameters.get("useCustomSchema") == Some(&Value::Bool(true));
    let found = match catalogue::base_name(&node.kind) {
        Some("supabase") => {
            let schema = located(parameters, "schema").filter(|_| is_custom);
            let table = located(parameters, "tableId");
            match table.and_then(|table| table.trim_start_matches('/').strip_prefix("rpc/")) {
                Some(function) => Some(named(schema.unwrap_or(PUBLIC), function, true)),
                None => relation(schema, table),
            }
        }
        // What it executes is SQL, and the table is left over from another operation.
        Some("postgres") if node.text("operation") == Some("executeQuery") => {
            return of_query(node);
        }
        Some("postgres") => relation(located(parameters, "schema"), located(parameters, "table")),
        Some("postgresTrigger") if node.text("triggerMode") == Some("listenTrigger") => None,
        Some("postgresTrigger") => relation(
            located(parameters, "schema"),
            located(parameters, "tableName"),
        ),
        _ if node.kind.starts_with(VECTORS) => {
            let mut found = Vec::from_iter(relation(None, located(parameters, "tableName")));
            found.extend(match_function(node));
            return found;
        }
        _ => None,
    };
    found.into_iter().collect()
}

/// The function that a store of vectors searches with; it has one by default.
fn match_function(node: &Node) -> Vec<Option<Wanted>> {
    let is_search = match node.kind.strip_prefix(VECTORS) {
        Some("") => node.text("mode") != Some("insert"),
        Some("Load") => true,
        _ => false,
    };
    let options = node.parameters.get("options");
    let name = options
        .and_then(|options| options.get("queryName"))
        .or_else(|| node.parameters.get("queryName"))
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .unwrap_or("match_documents");
    match is_search {
        true => vec![named(PUBLIC, name, true)],
        false => Vec::new(),
    }
}

/// The SQL that a node runs, read.
fn of_sql(node: &Node) -> Option<sql::Names> {
    let is_query = catalogue::base_name(&node.kind) == Some("postgres")
        && node.text("operation") == Some("executeQuery");
    let query = node.text("query").filter(|_| is_query)?;
    Some(sql::names(&placeholders::literal(query)))
}

fn of_query(node: &Node) -> Vec<Option<Wanted>> {
    let names = of_sql(node).unwrap_or_default();
    let wanted = names.wanted.into_iter().map(|named| {
        // The system's own go without their schema.
        let system = match named.name.starts_with("pg_") {
            true => "pg_catalog",
            false => PUBLIC,
        };
        Some(Wanted {
            is_open: named.schema.is_none(),
            schema: named.schema.unwrap_or_else(|| system.to_owned()),
            name: named.name,
            is_function: named.is_function,
        })
    });
    wanted.chain(names.is_dynamic.then_some(None)).collect()
}

/// `client.from('table')`, `client.schema('ops').rpc('function')` in a program that has the client.
fn of_client(node: &Node) -> Vec<Option<Wanted>> {
    let mut found = Vec::new();
    for parameter in ["jsCode", "functionCode", "code"] {
        let Some(text) = node
            .text(parameter)
            .filter(|text| text.contains("supabase"))
        else {
            continue;
        };
        let program = code::read(text);
        let schema = program
            .literals
            .iter()
            .find(|literal| literal.call() == Some("schema"))
            .map_or(PUBLIC, |literal| literal.text);
        for literal in &program.literals {
            let is_function = match literal.method() {
                Some("from") => false,
                Some("rpc") => true,
                _ => continue,
            };
            if !literal.text.is_empty() && literal.text.chars().all(is_name) {
                found.push(named(schema, literal.text, is_function));
            }
        }
    }
    found
}

/// A parameter that is a text, or the object of a resource locator.
fn located<'a>(parameters: &'a Value, name: &str) -> Option<&'a str> {
    let value = parameters.get(name)?;
    value
        .as_str()
        .or_else(|| value.get("value").and_then(Value::as_str))
}

fn named(schema: &str, name: &str, is_function: bool) -> Option<Wanted> {
    let dynamic = |text: &str| text.starts_with('=') || text.contains("{{");
    (!dynamic(schema) && !dynamic(name)).then(|| Wanted {
        schema: schema.to_owned(),
        name: name.to_owned(),
        is_function,
        is_open: false,
    })
}

/// What the addresses in a node's parameters name.
fn of_addresses(node: &Node) -> Vec<Option<Wanted>> {
    let mut found = BTreeSet::new();
    let mut profiles = Profiles::default();
    walk(&node.parameters, &mut |_, leaf| {
        profiles.see(leaf);
        found.extend(addresses(leaf.text));
    });
    let schema = profiles.of(node);
    found
        .into_iter()
        .map(|read| {
            let (name, is_function) = read?;
            named(schema, &name, is_function)
        })
        .collect()
}
