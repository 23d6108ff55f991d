//! Whether what the business works with can be read, table by table and view by view.
//!
//! # Design notes
//!
//! Two questions per relation. One row, whole: only that makes Postgres compute every column of a
//! view, and so finds the function that fails. Then how many rows: that reads none of the columns,
//! and may be given up on a large table, which is no illness of the table.
//!
//! A table without a row is a warning: the cases of a law firm do not vanish, so it is the wrong
//! database, a truncated table, or a policy that hides the rows. A view may be empty by its nature:
//! a call queue is, when everybody has been called.

use std::fmt;
use std::time::Duration;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// A table or view by its name, whose parts are plain identifiers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// The schema.
    pub schema: String,
    /// The name inside the schema.
    pub name: String,
}

/// What kind of relation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelationKind {
    /// It holds rows of its own.
    Table,
    /// It shows those of others.
    View,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// So many.
    Counted(i64),
    /// One was read; they could not be counted in time.
    AtLeastOne,
}

/// What a look at a relation found.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// The relation.
    pub relation: Relation,
    /// Its kind; nothing where it does not exist.
    pub kind: Option<RelationKind>,
    /// The rows, or why it cannot be read.
    pub rows: Result<Rows, Fault>,
    /// How long it took.
    pub took: Duration,
}

impl Relation {
    /// Reads `name` or `schema.name`; the schema is `public` where none is given.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (schema, name) = text.split_once('.').unwrap_or(("public", text));
        (is_identifier(schema) && is_identifier(name)).then(|| Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
        })
    }

    /// As it stands in a statement.
    #[must_use]
    pub fn quoted(&self) -> String {
        // No quotation mark can be inside: it was parsed.
        format!("\"{}\".\"{}\"", self.schema, self.name)
    }

    /// Whether it is in the schema that `PostgREST` exposes by default.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.schema == "public"
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_public() {
            write!(f, "{}.", self.schema)?;
        }
        f.write_str(&self.name)
    }
}

/// Whether it is a plain identifier: ASCII letters, digits and `_`, at most 63.
#[must_use]
pub(crate) fn is_identifier(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The row of a relation.
#[must_use]
pub(crate) fn judge(sight: &Sight) -> Check {
    const ID: &str = "smoke.relation";
    let check = match (&sight.rows, sight.kind) {
        (_, None) => Check::new(ID, Verdict::Critical, "It does not exist.")
            .code(Code::ValSchema)
            .advice("Whether all migrations are applied, and SMOKE_RELATIONS"),
        (Err(fault), Some(_)) => Check::of_fault(ID, fault),
        (Ok(Rows::Counted(0)), Some(RelationKind::Table)) => {
            Check::new(ID, Verdict::Warning, "It is empty.")
                .code(Code::ValData)
                .advice("Whether this is the right database, and whether row level security hides the rows from this role")
        }
        (Ok(Rows::Counted(0)), Some(RelationKind::View)) => {
            Check::new(ID, Verdict::Ok, "It answers, with no row; a view may be empty.")
        }
        (Ok(Rows::Counted(1)), Some(_)) => Check::new(ID, Verdict::Ok, "1 row"),
        (Ok(Rows::Counted(count)), Some(_)) => {
            Check::new(ID, Verdict::Ok, format!("{} rows", grouped(*count)))
        }
        (Ok(Rows::AtLeastOne), Some(_)) => Check::new(
            ID,
            Verdict::Ok,
            "One row was read; counting them took too long and was given up.",
        ),
    };
    check.subject(sight.relation.to_string()).took(sight.took)
}

/// The row of a relation that was not looked at.
#[must_use]
pub(crate) fn not_looked_at(relation: &Relation, reason: &'static str) -> Check {
    Check::new("smoke.relation", Verdict::Unknown, reason).subject(relation.to_string())
}

/// A number with its thousands apart: 12,345.
#[must_use]
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 {
        text.insert(0, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kind: Option<RelationKind>, rows: Result<Rows, Fault>) -> (Verdict, Option<Code>) {
        let check = judge(&Sight {
            relation: Relation::parse("t").expect("a name"),
            kind,
            rows,
            took: Duration::ZERO,
        });
        assert_eq!(check.subject.as_deref(), Some("t"));
        (check.verdict, check.code)
    }

    #[test]
    fn each_finding_fires_and_does_not() {
        let (table, view) = (Some(RelationKind::Table), Some(RelationKind::View));
        let well = (Verdict::Ok, None);
        let fault = || Err(Fault::new(Code::AuthForbidden, "no"));
        let empty = (Verdict::Warning, Some(Code::ValData));
        for (kind, rows, expected) in [
            (table, Ok(Rows::Counted(1)), well),
            (view, Ok(Rows::Counted(12_345)), well),
            (table, Ok(Rows::Counted(0)), empty),
            (view, Ok(Rows::Counted(0)), well),
            (table, Ok(Rows::AtLeastOne), well),
            (
                view,
                fault(),
                (Verdict::Critical, Some(Code::AuthForbidden)),
            ),
            (
                None,
                Ok(Rows::AtLeastOne),
                (Verdict::Critical, Some(Code::ValSchema)),
            ),
        ] {
            assert_eq!(seen(kind, rows.clone()), expected, "{kind:?} {rows:?}");
        }
    }

    #[test]
    fn a_number_is_written_for_people() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
            (-1_234, "-1,234"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_name_has_at_most_a_schema_and_no_quotation_marks() {
        let relation = Relation::parse("crm.cases").expect("a name");
        assert_eq!(relation.quoted(), "\"crm\".\"cases\"");
        assert_eq!(relation.to_string(), "crm.cases");
        assert_eq!(
            Relation::parse("cases").map(|r| (r.quoted(), r.to_string())),
            Some(("\"public\".\"cases\"".to_owned(), "cases".to_owned()))
        );
        for wrong in ["", ".", "a.", ".a", "a.b.c", "a\"b", "a b", "1a", "a;b"] {
            assert_eq!(Relation::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_finding_is_said_in_full_with_how_long_it_took() {
        let (table, view) = (Some(RelationKind::Table), Some(RelationKind::View));
        for (kind, rows, summary) in [
            (None, Ok(Rows::Counted(1)), "It does not exist."),
            (table, Err(Fault::new(Code::DbTimeout, "slow")), "slow"),
            (table, Ok(Rows::Counted(0)), "It is empty."),
            (
                view,
                Ok(Rows::Counted(0)),
                "It answers, with no row; a view may be empty.",
            ),
            (view, Ok(Rows::Counted(1)), "1 row"),
            (table, Ok(Rows::Counted(2)), "2 rows"),
            (table, Ok(Rows::Counted(1_234)), "1,234 rows"),
            (
                table,
                Ok(Rows::AtLeastOne),
                "One row was read; counting them took too long and was given up.",
            ),
        ] {
            let check = judge(&Sight {
                relation: Relation::parse("crm.cases").expect("a name"),
                kind,
                rows,
                took: Duration::from_millis(3),
            });
            assert_eq!(check.summary, summary);
            assert_eq!((check.id, check.took.as_millis()), ("smoke.relation", 3));
            assert_eq!(check.subject.as_deref(), Some("crm.cases"));
        }
        let relation = Relation::parse("t").expect("a name");
        let check = not_looked_at(&relation, "the rest failed");
        assert_eq!(
            (check.id, check.verdict, check.summary.as_str()),
            ("smoke.relation", Verdict::Unknown, "the rest failed")
        );
        assert_eq!(check.subject.as_deref(), Some("t"));
    }

    #[test]
    fn an_identifier_is_plain_and_as_long_as_postgres_keeps_it() {
        for (text, expected) in [
            ("a", true),
            ("_", true),
            ("_1", true),
            ("aZ_9", true),
            ("", false),
            ("1a", false),
            ("-a", false),
            ("a-b", false),
            ("é", false),
            ("aé", false),
        ] {
            assert_eq!(is_identifier(text), expected, "{text}");
        }
        assert!(is_identifier(&"a".repeat(63)));
        assert!(!is_identifier(&"a".repeat(64)));
    }

    #[test]
    fn only_the_schema_public_is_public() {
        for (name, expected) in [("t", true), ("public.t", true), ("ops.t", false)] {
            let relation = Relation::parse(name).expect("a name");
            assert_eq!(relation.is_public(), expected, "{name}");
        }
    }
}
