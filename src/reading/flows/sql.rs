//! Which tables, views and functions a statement of SQL names.
//!
//! # Design notes
//!
//! No parser: where a name of a relation can stand is known by the word before it (`FROM`, `JOIN`,
//! `INSERT INTO`, `UPDATE`), and a function by the bracket behind it. What the statement defines itself
//! (`WITH x AS (..)`, `CREATE TABLE x`) is taken out, and so is what Postgres brings. Where a hole of an
//! expression stands in place of a name, that is said.
//!
//! Statements that define something are not judged: they name what is yet to be.

mod tokens;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use self::tokens::{Token, tokens};

/// What a bracket follows, and the database need not have: what Postgres brings, and its words.
static BUILTIN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let functions = include_str!("sql/functions.txt").lines();
    let keywords = include_str!("sql/keywords.txt").lines();
    functions
        .chain(keywords)
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

/// Functions inside of which `FROM` is part of the call.
const WITH_FROM: &[&str] = &["extract", "substring", "trim", "overlay", "position"];

/// Words that end a list of relations.
const CLAUSES: &[&str] = &[
    "where",
    "group",
    "order",
    "limit",
    "offset",
    "having",
    "union",
    "intersect",
    "except",
    "on",
    "using",
    "set",
    "returning",
    "for",
    "fetch",
    "window",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "when",
    "tablesample",
    "with",
    "values",
    "select",
    "default",
    "overriding",
    "do",
];

/// A name in a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) is_function: bool,
}

/// What a text of SQL names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// What it asks for.
    pub(super) wanted: BTreeSet<Named>,
    /// What it makes: names of relations and functions without their schema.
    pub(super) made: BTreeSet<String>,
    /// Whether an expression stands where the name of a relation does.
    pub(super) is_dynamic: bool,
}

/// Reads a text of SQL whose expressions are holes.
pub(super) fn names(text: &str) -> Names {
    let mut names = Names::default();
    let tokens = tokens(text);
    for statement in tokens.split(|token| *token == Token::Sign(';')) {
        let Some(first) = statement.first() else {
            continue;
        };
        if first.is("create") {
            made(statement, &mut names);
        } else if first.is_one_of(&[
            "select", "with", "insert", "update", "delete", "merge", "truncate", "explain", "table",
        ]) || *first == Token::Sign('(')
        {
            Statement {
                tokens: statement,
                defined: defined(statement),
            }
            .read(&mut names);
        }
    }
    names
}

/// `CREATE .. name`: the name is behind what kind of thing it is.
fn made(statement: &[Token], names: &mut Names) {
    let kinds = ["table", "view", "function", "procedure", "aggregate"];
    let Some(kind) = statement.iter().position(|token| token.is_one_of(&kinds)) else {
        return;
    };
    let skipped = ["if", "not", "exists"];
    let behind = statement.get(kind + 1..).unwrap_or_default();
    let start = behind
        .iter()
        .take_while(|token| token.is_one_of(&skipped))
        .count();
    if let Some((_, name, _)) = qualified(behind, start) {
        names.made.insert(name);
    }
}

/// The names of `WITH name AS (..)`, with or without columns.
fn defined(statement: &[Token]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, token) in statement.iter().enumerate() {
        let behind = statement.get(at + 1..).unwrap_or_default();
        let skipped = behind
            .iter()
            .take_while(|token| token.is_one_of(&["not", "materialized"]))
            .count();
        if !token.is("as") || behind.get(skipped) != Some(&Token::Sign('(')) || at == 0 {
            continue;
        }
        let mut name = at - 1;
        if statement.get(name) == Some(&Token::Sign(')')) {
            let opens = |token: &Token| *token == Token::Sign('(');
            let Some(open) = statement
                .get(..name)
                .and_then(|it| it.iter().rposition(opens))
            else {
                continue;
            };
            let Some(before) = open.checked_sub(1) else {
                continue;
            };
            name = before;
        }
        if let Some(Token::Word { text, .. }) = statement.get(name) {
            found.insert(text.clone());
        }
    }
    found
}

/// `name`, `schema.name`, `database.schema.name`, and the place behind it.
fn qualified(tokens: &[Token], start: usize) -> Option<(Option<String>, String, usize)> {
    let word = |at: usize| match tokens.get(at) {
        Some(Token::Word { text, quoted }) => Some((text.clone(), *quoted)),
        _ => None,
    };
    let (mut name, _) = word(start)?;
    let mut schema = None;
    let mut at = start + 1;
    while tokens.get(at) == Some(&Token::Sign('.')) {
        let Some((next, _)) = word(at + 1) else {
            break;
        };
        schema = Some(std::mem::replace(&mut name, next));
        at += 2;
    }
    Some((schema, name, at))
}

#[derive(Debug)]
struct Statement<'a> {
    tokens: &'a [Token],
    defined: BTreeSet<String>,
}

impl Statement<'_> {
    fn read(&self, names: &mut Names) {
        let mut inside = Vec::new();
        let mut relations = BTreeSet::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
            let follows = |word: &str| before.is_some_and(|token| token.is(word));
            match token {
                Token::Sign('(') => {
                    inside.push(before.is_some_and(|token| token.is_one_of(WITH_FROM)));
                }
                Token::Sign(')') => {
                    inside.pop();
                }
                _ => {}
            }
            let is_call = inside.last() == Some(&true);
            if (token.is("from") && !follows("distinct") && !is_call) || token.is("join") {
                self.list(at + 1, names, &mut relations);
            } else if token.is("into") && (follows("insert") || follows("merge"))
                || (token.is("update")
                    && !follows("for")
                    && !follows("do")
                    && !follows("key")
                    && !follows("then"))
                || (token.is("truncate"))
            {
                let table = self
                    .tokens
                    .get(at + 1)
                    .is_some_and(|token| token.is("table"));
                self.relation(at + 1 + usize::from(table), names, &mut relations);
            } else if token.is("using") {
                // Of a deletion or a merge; behind a join columns follow.
                if matches!(self.tokens.get(at + 1), Some(Token::Word { .. })) {
                    self.list(at + 1, names, &mut relations);
                }
            }
        }
        self.functions(names, &relations);
    }

    /// Relations with commas between them.
    fn list(&self, start: usize, names: &mut Names, relations: &mut BTreeSet<usize>) {
        let mut at = start;
        while let Some(behind) = self.relation(at, names, relations) {
            // An alias, and its columns.
            let mut next = behind;
            if self.tokens.get(next).is_some_and(|token| token.is("as")) {
                next += 1;
            }
            if let Some(token @ Token::Word { .. }) = self.tokens.get(next)
                && !token.is_one_of(CLAUSES)
            {
                next += 1;
            }
            if self.tokens.get(next) != Some(&Token::Sign(',')) {
                return;
            }
            at = next + 1;
        }
    }

    /// The relation at a place; gives the place behind it, if it is one.
    fn relation(
        &self,
        start: usize,
        names: &mut Names,
        relations: &mut BTreeSet<usize>,
    ) -> Option<usize> {
        let skipped = ["only", "lateral"];
        let start = start
            + self
                .tokens
                .get(start..)?
                .iter()
                .take_while(|token| token.is_one_of(&skipped))
                .count();
        if self.tokens.get(start)? == &Token::Hole {
            names.is_dynamic = true;
            return None;
        }
        if self.tokens.get(start)?.is_one_of(CLAUSES) {
            return None;
        }
        let (schema, name, behind) = qualified(self.tokens, start)?;
        if matches!(self.tokens.get(behind), Some(Token::Hole))
            || (self.tokens.get(behind) == Some(&Token::Sign('.')))
        {
            names.is_dynamic = true;
            return None;
        }
        // A function that gives rows; but behind the table of an insertion stand its columns.
        let is_insertion = start
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .is_some_and(|token| token.is("into"));
        if self.tokens.get(behind) == Some(&Token::Sign('(')) && !is_insertion {
            return None;
        }
        relations.extend(start..behind);
        if schema.is_some() || !self.defined.contains(&name) {
            names.wanted.insert(Named {
                schema,
                name,
                is_function: false,
            });
        }
        Some(behind)
    }

    /// Every name that a bracket follows.
    fn functions(&self, names: &mut Names, relations: &BTreeSet<usize>) {
        for at in 0..self.tokens.len() {
            let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
            let is_inner = before == Some(&Token::Sign('.'));
            // `AS x(..)` and `x AS (..)`, a type behind `::`, the columns of a definition.
            let is_other = before.is_some_and(|token| token.is("as") || *token == Token::Sign(':'));
            if is_inner || is_other || relations.contains(&at) {
                continue;
            }
            let Some((schema, name, behind)) = qualified(self.tokens, at) else {
                continue;
            };
            let is_quoted = matches!(self.tokens.get(at), Some(Token::Word { quoted: true, .. }));
            let is_known = schema.is_none() && !is_quoted && BUILTIN.contains(name.as_str());
            // The alias of a subquery may have columns.
            let is_alias = before == Some(&Token::Sign(')'));
            if self.tokens.get(behind) == Some(&Token::Sign('('))
                && !is_known
                && !is_alias
                && !self.defined.contains(&name)
            {
                names.wanted.insert(Named {
                    schema,
                    name,
                    is_function: true,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::flows::placeholders::literal;

    /// `f()` is a function.
    fn wanted(text: &str) -> Vec<String> {
        let names = names(&literal(text));
        let mut found: Vec<String> = names
            .wanted
            .into_iter()
            .map(|it| {
                let schema = it
                    .schema
                    .map(|schema| format!("{schema}."))
                    .unwrap_or_default();
                let end = if it.is_function { "()" } else { "" };
                format!("{schema}{}{end}", it.name)
            })
            .collect();
        if names.is_dynamic {
            found.push("?".to_owned());
        }
        found.sort();
        found
    }

    #[test]
    fn relations_are_known_by_the_word_before_them() {
        for (text, expected) in [
            ("SELECT * FROM plaintiffs", &["plaintiffs"][..]),
            (
                "select * from Ops.Job_Queue where id = $1",
                &["ops.job_queue"],
            ),
            (
                "SELECT * FROM \"Cases\" c, counties AS d WHERE c.id = d.id",
                &["Cases", "counties"],
            ),
            (
                "SELECT * FROM a JOIN b USING (id) LEFT JOIN c ON c.id = b.id",
                &["a", "b", "c"],
            ),
            (
                "INSERT INTO a (x, y) SELECT x, y FROM b ON CONFLICT (x) DO UPDATE SET y = 1",
                &["a", "b"],
            ),
            ("UPDATE a SET x = 1 FROM b WHERE a.id = b.id", &["a", "b"]),
            ("DELETE FROM ONLY a USING b WHERE a.id = b.id", &["a", "b"]),
            ("TRUNCATE TABLE a", &["a"]),
            (
                "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = 1",
                &["a", "b"],
            ),
            (
                "SELECT * FROM (SELECT * FROM a) x WHERE EXISTS (SELECT 1 FROM b)",
                &["a", "b"],
            ),
            (
                "WITH x AS (SELECT * FROM a), y(i) AS MATERIALIZED (SELECT 1) SELECT * FROM x, y",
                &["a"],
            ),
            (
                "WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT 2 FROM t) SELECT * FROM t",
                &[],
            ),
            (
                "SELECT EXTRACT(EPOCH FROM at), trim(both ' ' from n) FROM a",
                &["a"],
            ),
            (
                "SELECT * FROM a WHERE x IS DISTINCT FROM y FOR UPDATE",
                &["a"],
            ),
            (
                "SELECT 'from b', $$ from c $$ FROM a -- from d\n/* from e */",
                &["a"],
            ),
            ("SELECT 1; SELECT * FROM a;", &["a"]),
            ("SELECT now()", &[]),
            ("", &[]),
            ("CALL close_case(1)", &[]),
        ] {
            assert_eq!(wanted(text), expected, "{text}");
        }
    }

    #[test]
    fn functions_are_known_by_the_bracket_behind_them() {
        for (text, expected) in [
            ("SELECT close_case(1)", &["close_case()"][..]),
            (
                "SELECT ops.pause(x), count(*), coalesce(y, 0) FROM a",
                &["a", "ops.pause()"],
            ),
            (
                "SELECT * FROM match_documents($1, 5)",
                &["match_documents()"],
            ),
            (
                "SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id int, n varchar(20))",
                &[],
            ),
            (
                "SELECT x::numeric(10, 2), CAST(y AS varchar(3)) FROM a WHERE z IN (1, 2)",
                &["a"],
            ),
            ("SELECT * FROM (VALUES (1), (2)) AS t(i)", &[]),
            ("SELECT * FROM (VALUES (1), (2)) t(i)", &[]),
            (
                "SELECT sum(x) FILTER (WHERE y) OVER (PARTITION BY z) FROM a",
                &["a"],
            ),
            ("SELECT * FROM a, LATERAL unnest(a.x) AS u(v)", &["a"]),
            ("SELECT pg_catalog.now()", &["pg_catalog.now()"]),
        ] {
            assert_eq!(wanted(text), expected, "{text}");
        }
    }

    #[test]
    fn what_an_expression_names_is_said_to_be_dynamic() {
        for (text, expected) in [
            ("SELECT * FROM {{ $json.table }}", &["?"][..]),
            ("SELECT * FROM case_{{ $json.kind }}", &["?"]),
            ("SELECT * FROM ops.{{ $json.table }}", &["?"]),
            ("SELECT * FROM $1:name WHERE x = $2", &["?"]),
            (
                "=SELECT * FROM a WHERE x = '{{ $json.x }}' AND y = {{ $json.y }}",
                &["a"],
            ),
            ("{{ $json.sql }}", &[]),
        ] {
            assert_eq!(wanted(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_statement_makes_is_remembered() {
        let made = |text: &str| Vec::from_iter(names(text).made);
        assert_eq!(
            made("CREATE TABLE IF NOT EXISTS ops.a (id int); SELECT * FROM a"),
            ["a"]
        );
        assert_eq!(
            made("CREATE OR REPLACE FUNCTION f(x int) RETURNS int AS $$ x $$"),
            ["f"]
        );
        assert_eq!(made("CREATE MATERIALIZED VIEW v AS SELECT 1"), ["v"]);
        assert_eq!(made("DROP TABLE a"), [""; 0]);
        assert_eq!(
            wanted("CREATE INDEX i ON a (lower(x)); DROP TABLE b; ALTER TABLE c ADD x int"),
            [""; 0]
        );
    }
}
