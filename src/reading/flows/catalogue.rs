//! Which types of nodes there are, what n8n says of each, and which of them are on their way out.
//!
//! # Design notes
//!
//! The types are a text file that `make n8n-catalogue` writes from n8n's packages; which version it is
//! of, it says itself. Only the first lines are read at the start: what a description has below them
//! is read for the nodes that a flow has. A list ages: a node that came later is reported as unknown, with the advice to
//! look at the version of n8n, because the other cause of an unknown name is a flow that cannot be
//! imported, and that is found out at the worst moment. What a package of the community brings cannot
//! be known here at all, so it is said to be beyond judgement instead.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What n8n's own nodes are called, before the dot.
const BASE: &str = "n8n-nodes-base";
/// The same for the nodes around language models.
const LANGCHAIN: &str = "@n8n/n8n-nodes-langchain";

/// The name of the type of a sticky note: it is paper, not a step.
const STICKY_NOTE: &str = "n8n-nodes-base.stickyNote";

/// What stands in front of the way to a collection, in the place of a condition.
pub(super) const INSIDE: char = '>';

/// Starts the flow in an n8n that still has it.
const START: &str = "n8n-nodes-base.start";

/// What a node that can be a tool of an agent is called then: its name and one of these.
const TOOL_SUFFIXES: &[&str] = &["HitlTool", "Tool"];

/// n8n's own types, each with all of its descriptions.
static TYPES: LazyLock<BTreeMap<&str, Vec<Described>>> =
    LazyLock::new(|| described(include_str!("catalogue/nodes.tsv")));

/// Types that n8n has retired, and what takes their place.
static RETIRED: LazyLock<BTreeMap<&str, &str>> =
    LazyLock::new(|| rows(include_str!("catalogue/retired.tsv")).collect());

/// The two columns of a table, below its header.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
}

/// What n8n says of some versions of a type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Described {
    /// The versions, with commas between them.
    versions: &'static str,
    /// The one that n8n takes where a node names none.
    default: f64,
    /// Whether it can start a flow.
    is_trigger: bool,
    /// The indented lines: what it has, and when.
    pub(super) lines: &'static str,
}

impl Described {
    pub(super) fn versions(&self) -> impl Iterator<Item = f64> + use<> {
        self.versions
            .split(',')
            .filter_map(|text| text.parse().ok())
    }
}

/// The descriptions in a table; one begins at each line that is not indented.
fn described(table: &'static str) -> BTreeMap<&'static str, Vec<Described>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut rest = table;
    while let Some((first, behind)) = rest.split_once('\n') {
        let length: usize = behind
            .split_inclusive('\n')
            .take_while(|line| line.starts_with('\t'))
            .map(str::len)
            .sum();
        let (lines, behind) = behind.split_at(length);
        rest = behind;
        let mut columns = first.split('\t');
        if let (Some(kind), Some(versions), Some(default), Some(trigger)) = (
            columns.next(),
            columns.next(),
            columns.next().and_then(|text| text.parse().ok()),
            columns.next(),
        ) {
            found.entry(kind).or_default().push(Described {
                versions,
                default,
                is_trigger: trigger == "trigger",
                lines,
            });
        }
    }
    found
}

/// What became of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It works, for now.
    Retired,
    /// The current n8n does not have it any more.
    Removed,
}

/// Where the type of a node comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From n8n, and it exists.
    Known,
    /// It claims to be from n8n, which has no such node; there is one whose name differs in its
    /// capitals only.
    Unknown(Option<&'static str>),
    /// From a package of the community, which cannot be judged.
    Community,
}

/// Where a type comes from.
pub(super) fn origin(kind: &str) -> Origin {
    if known(kind).is_some() || RETIRED.contains_key(kind) {
        return Origin::Known;
    }
    match kind.rsplit_once('.') {
        Some((BASE | LANGCHAIN | "", _)) | None => {
            let near = TYPES.keys().find(|known| known.eq_ignore_ascii_case(kind));
            Origin::Unknown(near.and_then(|near| Some(near.rsplit_once('.')?.1)))
        }
        Some(_) => Origin::Community,
    }
}

/// The descriptions of a type; nothing where n8n has no such type, nor one that could be this tool.
pub(super) fn known(kind: &str) -> Option<&'static [Described]> {
    TYPES
        .get(kind)
        .or_else(|| TYPES.get(without_suffix(kind)))
        .map(Vec::as_slice)
}

/// The description of a version of a type, and the version that it is then; nothing where n8n does
/// not have it.
pub(super) fn description(kind: &str, version: Option<f64>) -> Option<(&'static Described, f64)> {
    let all = known(kind)?;
    let wanted = version.or_else(|| all.first().map(|described| described.default))?;
    let found = all
        .iter()
        .find(|described| described.versions().any(|version| is_same(version, wanted)))?;
    Some((found, wanted))
}

/// The newest version of each description of a type that names a parameter.
pub(super) fn versions_with(kind: &str, parameter: &str) -> Vec<f64> {
    let is_it = |word: &str| {
        word.strip_prefix(parameter)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['!', '{', '=']))
    };
    let all = known(kind).into_iter().flatten();
    all.filter(|described| {
        let mut lines = described
            .lines
            .lines()
            .filter(|line| !line[1..].starts_with(INSIDE));
        lines.any(|line| line.split('\t').skip(2).any(is_it))
    })
    .filter_map(|described| described.versions().last())
    .collect()
}

/// Versions are written with a digit or two behind the point.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.001
}

/// Whether a type is another one as a tool of an agent, and which.
pub(super) fn is_made_a_tool(kind: &str) -> bool {
    !TYPES.contains_key(kind) && TYPES.contains_key(without_suffix(kind))
}

/// Whether a type is another one that waits for somebody's approval, as a tool of an agent.
pub(super) fn is_approval(kind: &str) -> bool {
    is_made_a_tool(kind) && kind.ends_with("HitlTool")
}

/// What became of a type that is on its way out, and what takes its place.
pub(super) fn fate(kind: &str) -> Option<(Fate, &'static str)> {
    let instead = RETIRED.get(kind)?;
    let fate = match TYPES.contains_key(kind) {
        true => Fate::Retired,
        false => Fate::Removed,
    };
    Some((fate, instead))
}

/// Whether a node of this type can start a flow. One that n8n does not have goes by its name.
pub(super) fn is_trigger(kind: &str) -> bool {
    if let Some(all) = TYPES.get(kind) {
        return all.iter().any(|described| described.is_trigger);
    }
    let name = kind.rsplit('.').next().unwrap_or_default();
    let end = name.len().saturating_sub("trigger".len());
    kind == START
        || name
            .get(end..)
            .is_some_and(|end| end.eq_ignore_ascii_case("trigger"))
}

/// Whether it is a sticky note.
pub(super) fn is_sticky_note(kind: &str) -> bool {
    kind == STICKY_NOTE
}

/// The name of a type of n8n's own nodes, without the suffix of a tool.
pub(super) fn base_name(kind: &str) -> Option<&str> {
    let name = kind.strip_prefix(BASE)?.strip_prefix('.')?;
    Some(without_suffix(name))
}

fn without_suffix(name: &str) -> &str {
    TOOL_SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_unknown_or_beyond_judgement() {
        for (kind, expected) in [
            ("n8n-nodes-base.webhook", Origin::Known),
            ("n8n-nodes-base.slackTool", Origin::Known),
            ("n8n-nodes-base.start", Origin::Known),
            ("@n8n/n8n-nodes-langchain.agent", Origin::Known),
            ("@n8n/n8n-nodes-langchain.toolCode", Origin::Known),
            ("n8n-nodes-base.webHook", Origin::Unknown(Some("webhook"))),
            ("n8n-nodes-base.teleport", Origin::Unknown(None)),
            ("webhook", Origin::Unknown(None)),
            ("", Origin::Unknown(None)),
            ("n8n-nodes-pdf.convert", Origin::Community),
            ("@somebody/n8n-nodes-pdf.convert", Origin::Community),
        ] {
            assert_eq!(origin(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_trigger_is_known_by_its_name() {
        for kind in [
            "n8n-nodes-base.webhook",
            "n8n-nodes-base.scheduleTrigger",
            "@n8n/n8n-nodes-langchain.chatTrigger",
            "n8n-nodes-pdf.newFileTrigger",
        ] {
            assert!(is_trigger(kind), "{kind}");
        }
        for kind in [
            "n8n-nodes-base.respondToWebhook",
            "n8n-nodes-base.code",
            "é",
            "",
        ] {
            assert!(!is_trigger(kind), "{kind}");
        }
    }

    #[test]
    fn whatever_replaces_a_type_exists() {
        for (kind, instead) in &*RETIRED {
            let package = kind.rsplit_once('.').map_or("", |(package, _)| package);
            let first = instead.split([' ', ',']).next().unwrap_or_default();
            let full = match first.contains('.') {
                true => first.to_owned(),
                false => format!("{package}.{first}"),
            };
            assert!(
                *instead == "pinned data" || origin(&full) == Origin::Known,
                "{kind}: {full}"
            );
            assert!(fate(&full).is_none(), "{full} is retired itself");
        }
    }

    #[test]
    fn what_n8n_has_no_more_has_been_removed() {
        let fate = |kind| fate(kind).map(|(fate, _)| fate);
        assert_eq!(fate("n8n-nodes-base.start"), Some(Fate::Removed));
        assert_eq!(fate("n8n-nodes-base.function"), Some(Fate::Retired));
        assert_eq!(fate("n8n-nodes-base.code"), None);
    }

    #[test]
    fn a_version_has_the_description_that_names_it() {
        let versions = |kind, version| {
            description(kind, version).map(|(described, version)| (described.versions, version))
        };
        let request = "n8n-nodes-base.httpRequest";
        assert_eq!(versions(request, Some(1.0)), Some(("1", 1.0)));
        assert_eq!(versions(request, Some(2.0)), Some(("2", 2.0)));
        assert!(versions(request, Some(4.2)).is_some_and(|(all, _)| all.starts_with("3,4,")));
        assert_eq!(versions(request, Some(2.5)), None);
        assert!(versions(request, None).is_some_and(|(_, version)| version >= 4.0));
        assert!(versions("n8n-nodes-base.slackTool", Some(2.2)).is_some());
        assert_eq!(versions("n8n-nodes-base.teleport", None), None);
    }

    #[test]
    fn a_tool_may_be_another_type() {
        assert!(is_made_a_tool("n8n-nodes-base.slackTool"));
        assert!(!is_made_a_tool("@n8n/n8n-nodes-langchain.agentTool"));
        assert!(!is_made_a_tool("n8n-nodes-base.slack"));
        assert!(is_approval("n8n-nodes-base.slackHitlTool"));
        assert!(!is_approval("n8n-nodes-base.slackTool"));
    }

    fn assert_type(kind: &str) {
        let (package, name) = kind.rsplit_once('.').expect("a package");
        assert!([BASE, LANGCHAIN].contains(&package), "{kind}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{kind}");
    }

    /// A row that is not well-formed would be skipped in silence.
    #[test]
    fn the_retired_are_sorted_and_well_formed() {
        let table = include_str!("catalogue/retired.tsv");
        let lines = table.lines().filter(|line| !line.starts_with('#')).count();
        let rows: Vec<_> = rows(table).collect();
        assert_eq!(rows.len(), lines, "a row has two columns");
        assert!(table.starts_with('#') && table.ends_with('\n'));
        assert!(rows.is_sorted_by(|(a, _), (b, _)| a < b), "each once");
        for (kind, instead) in rows {
            assert_type(kind);
            assert!(!instead.trim().is_empty() && !instead.contains('\t'));
        }
    }

    #[test]
    fn the_descriptions_are_sorted_and_well_formed() {
        let table = include_str!("catalogue/nodes.tsv");
        assert!(table.starts_with('#') && table.ends_with('\n'));
        let firsts: Vec<_> = table
            .lines()
            .filter(|line| !line.starts_with(['#', '\t']))
            .collect();
        let all: usize = TYPES.values().map(Vec::len).sum();
        assert_eq!(firsts.len(), all, "a first line has four columns");
        for (kind, all) in &*TYPES {
            assert_type(kind);
            let versions: Vec<f64> = all.iter().flat_map(Described::versions).collect();
            assert!(!versions.is_empty(), "{kind}");
            for described in all {
                assert!(versions.contains(&described.default), "{kind}");
                for line in described.lines.lines() {
                    let words: Vec<_> = line.split('\t').skip(2).collect();
                    assert!(!words.is_empty(), "{kind}: {line}");
                    assert!(words.iter().all(|word| !word.is_empty()), "{kind}: {line}");
                }
            }
        }
    }
}
