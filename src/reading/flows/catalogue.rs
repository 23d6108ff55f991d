//! Which types of nodes there are, which of them are on their way out, and which need a credential.
//!
//! # Design notes
//!
//! The types are a text file that `make n8n-catalogue` writes from n8n's packages; which version it is
//! of, it says itself. A list ages: a node that came later is reported as unknown, with the advice to
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

/// Triggers whose name does not say so.
const TRIGGERS: &[&str] = &["webhook", "cron", "interval", "emailReadImap", "start"];

/// What a node that can be a tool of an agent is called then: its name and one of these.
const TOOL_SUFFIXES: &[&str] = &["HitlTool", "Tool"];

/// n8n's own types, and whether they cannot work without a credential, whatever their parameters.
static TYPES: LazyLock<BTreeMap<&str, bool>> = LazyLock::new(|| {
    rows(include_str!("catalogue/types.tsv"))
        .map(|(kind, credential)| (kind, credential == "required"))
        .collect()
});

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

/// Whether a type of n8n needs a credential; nothing where n8n has no such type, nor one that could
/// be this tool.
fn known(kind: &str) -> Option<bool> {
    TYPES
        .get(kind)
        .or_else(|| TYPES.get(without_suffix(kind)))
        .copied()
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

/// Whether a node of this type can start a flow.
pub(super) fn is_trigger(kind: &str) -> bool {
    let name = kind.rsplit('.').next().unwrap_or_default();
    let end = name.len().saturating_sub("trigger".len());
    name.get(end..)
        .is_some_and(|end| end.eq_ignore_ascii_case("trigger"))
        || TRIGGERS.contains(&name)
}

/// Whether it is a sticky note.
pub(super) fn is_sticky_note(kind: &str) -> bool {
    kind == STICKY_NOTE
}

/// Whether a node of this type cannot work without a credential, whatever its parameters.
pub(super) fn needs_credential(kind: &str) -> bool {
    known(kind) == Some(true)
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
    fn a_credential_is_needed_as_a_tool_too() {
        for (kind, expected) in [
            ("n8n-nodes-base.slack", true),
            ("n8n-nodes-base.slackTool", true),
            ("n8n-nodes-base.slackHitlTool", true),
            ("n8n-nodes-base.code", false),
            ("@n8n/n8n-nodes-langchain.lmChatOpenAi", true),
            ("@n8n/n8n-nodes-langchain.agentTool", false),
            ("n8n-nodes-pdf.slack", false),
            ("slack", false),
        ] {
            assert_eq!(needs_credential(kind), expected, "{kind}");
        }
    }

    /// A row that is not well-formed would be skipped in silence.
    #[test]
    fn the_tables_are_sorted_and_well_formed() {
        for (table, is_second) in [
            (
                include_str!("catalogue/types.tsv"),
                (|text| matches!(text, "required" | "optional")) as fn(&str) -> bool,
            ),
            (include_str!("catalogue/retired.tsv"), |text| {
                !text.trim().is_empty() && !text.contains('\t')
            }),
        ] {
            let lines: Vec<_> = table
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect();
            let rows: Vec<_> = rows(table).collect();
            assert_eq!(rows.len(), lines.len(), "a row has two columns");
            assert!(table.starts_with('#') && table.ends_with('\n'));
            assert!(rows.is_sorted_by(|(a, _), (b, _)| a < b), "each once");
            for (kind, second) in rows {
                let (package, name) = kind.rsplit_once('.').expect("a package");
                assert!([BASE, LANGCHAIN].contains(&package), "{kind}");
                assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{kind}");
                assert!(is_second(second), "{kind}: {second}");
            }
        }
    }
}
