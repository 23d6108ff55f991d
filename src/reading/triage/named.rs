//! The codes of others, where they are named as such.
//!
//! # Design notes
//!
//! Five digits are as often the number of an order as a SQLSTATE, and 429 is mostly just a number. So
//! each kind of code is read only in the forms in which its owner writes it.

mod conditions;
mod exceptions;
mod files;
mod status;
mod tables;
mod variables;

use crate::domain::taxonomy::Code;
use crate::reading::triage::event::Event;
use crate::reading::triage::sign::{About, CAUSE, LITERAL, NAMED, OUTER, Sign};

use self::conditions::sqlstate_of;
use self::tables::{AUTH_CODES, CURL, ERRNO, EXITS, POSTGREST, PRISMA, SIGNALS, WINSOCK};
use self::variables::Mention;

/// What a SQLSTATE means, with the message that came with it; nothing where nobody knows.
pub(crate) type Sqlstate = fn(sqlstate: &str, message: &str) -> Option<Code>;

/// All codes that an event names.
pub(super) fn signs(event: &Event, peer: About, sqlstate: Sqlstate) -> Vec<Sign> {
    let mut signs: Vec<Sign> = literal(event).collect();
    let said: Vec<_> = tokens(&event.said).collect();
    for (index, (at, _)) in said.iter().enumerate() {
        let words = Words {
            event,
            tokens: &said,
            index,
        };
        let before = words.before();
        signs.extend(
            state(words, before, sqlstate)
                .or_else(|| condition(words, peer, sqlstate))
                .or_else(|| of_table(words, before))
                .or_else(|| number(words, before, peer))
                .or_else(|| variables::sign(words.mention()))
                .map(|(code, weight, because)| Sign::new(code, weight, because, *at)),
        );
    }
    let mut at = 0;
    for line in event.said.split('\n') {
        let sign = files::sign(line);
        signs.extend(sign.map(|(code, weight, why)| Sign::new(code, weight, why, at)));
        at += line.len() + 1;
    }
    signs.extend(status::signs(event, peer));
    signs
}

/// What the names of exceptions in an event say, for where nothing else is known of them.
pub(super) fn exceptions(event: &Event, peer: About) -> Vec<Sign> {
    let said: Vec<_> = tokens(&event.said).collect();
    let named = said.iter().enumerate().filter_map(|(index, (at, _))| {
        let words = Words {
            event,
            tokens: &said,
            index,
        };
        let (code, weight, because) = exceptions::sign(words.mention(), event.is_bad)?;
        Some(Sign::new(about(code, peer), weight, because, *at))
    });
    named.collect()
}

/// A code of ours, as it is written.
fn literal(event: &Event) -> impl Iterator<Item = Sign> {
    event.said.match_indices("dfe-").filter_map(|(at, _)| {
        if !event.shown[at..].starts_with("DFE-") {
            return None;
        }
        let text = &event.shown[at..];
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(text.len());
        let code: Code = text[..end].trim_end_matches('-').parse().ok()?;
        Some(Sign::new(
            code,
            LITERAL,
            format!("it carries the code {code}"),
            at,
        ))
    })
}

/// A word of an event, and what stands around it.
#[derive(Clone, Copy)]
struct Words<'a> {
    event: &'a Event,
    tokens: &'a [(usize, &'a str)],
    index: usize,
}

type Found = (Code, u8, String);

impl<'a> Words<'a> {
    /// In small letters.
    fn token(self) -> &'a str {
        self.tokens[self.index].1
    }

    /// As it is written.
    fn written(self) -> &'a str {
        let (at, token) = self.tokens[self.index];
        &self.event.shown[at..at + token.len()]
    }

    /// The text in front, on the same line.
    fn in_front(self) -> &'a str {
        let at = self.tokens[self.index].0;
        let text = &self.event.said[..at];
        &text[text.rfind('\n').map_or(0, |end| end + 1)..]
    }

    fn behind(self) -> &'a str {
        let (at, token) = self.tokens[self.index];
        &self.event.said[at + token.len()..]
    }

    fn mention(self) -> Mention<'a> {
        Mention {
            name: self.written(),
            front: self.in_front(),
            behind: self.behind(),
            event: &self.event.said,
        }
    }

    /// What names the code: the words in front, without what only separates.
    fn before(self) -> &'a str {
        let front = self.in_front();
        let start = front.ceil_char_boundary(front.len().saturating_sub(18));
        front[start..].trim_end_matches([' ', '=', ':', '"', '\'', '(', '[', '`', ',', '\\', '#'])
    }
}

/// Words of letters, digits and underscores, and where they stand.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|token| !token.is_empty())
        // A token is a part of the text, so its place is the distance of their beginnings.
        .map(|token| (token.as_ptr() as usize - text.as_ptr() as usize, token))
}

/// Five characters that are named as a SQLSTATE.
fn state(words: Words<'_>, before: &str, sqlstate: Sqlstate) -> Option<Found> {
    let written = words.written();
    // `SqlState(E23505)`, and `"C3D000"` of the protocol itself.
    let bare = match written.as_bytes() {
        [b'E', rest @ ..] if rest.len() == 5 && before.ends_with("sqlstate") => &written[1..],
        [b'C', rest @ ..] if rest.len() == 5 && words.event.shown.contains("\"SFATAL\"") => {
            &written[1..]
        }
        _ => written,
    };
    let is_state = bare.len() == 5
        && bare
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && bare.bytes().any(|b| b.is_ascii_digit());
    if !is_state {
        return None;
    }
    let is_named = [
        "sqlstate", "code", "error", "fatal", "panic", "pgcode", "errcode", "sql state", "state_code",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        || written.len() == 6
        // `Npgsql.PostgresException (0x80004005): 23505: ...`.
        || (words.in_front().ends_with("): ") && words.in_front().contains("exception (0x"))
        // `pq: ... (57P03)`.
        || (words.in_front().ends_with('(')
            && words.behind().starts_with(')')
            && (bare.bytes().any(|b| b.is_ascii_uppercase()) || is_of_database(words)));
    if !is_named {
        return None;
    }
    let code = sqlstate(bare, &words.event.shown)?;
    Some((code, weight_of(bare), format!("SQLSTATE {bare}")))
}

/// Some states say no more than who speaks, and the message says what it is about.
fn weight_of(state: &str) -> u8 {
    match state {
        "08P01" | "XX000" | "08000" | "08006" | "08001" | "58000" | "HV000" | "28000" | "P0001"
        | "38000" | "39000" => OUTER,
        _ => NAMED,
    }
}

fn is_of_database(words: Words<'_>) -> bool {
    ["error", "fatal", "pq:", "sql"]
        .iter()
        .any(|word| words.event.said.contains(word))
}

/// A SQLSTATE by the name of its condition, as the drivers name their exceptions.
fn condition(words: Words<'_>, peer: About, sqlstate: Sqlstate) -> Option<Found> {
    let token = words.token();
    if token.len() < 8 || peer != About::Database {
        return None;
    }
    let front = words.in_front();
    let is_class = ["errors.", "exceptions.", "pg::"]
        .iter()
        .any(|before| front.ends_with(before));
    let is_condition = token.contains('_')
        && (front.ends_with('(') || front.ends_with("condition ") || front.ends_with('"'));
    if !is_class && !is_condition {
        return None;
    }
    let state = sqlstate_of(token)?;
    let code = sqlstate(state, &words.event.shown)?;
    Some((
        code,
        weight_of(state),
        format!("SQLSTATE {state} by its name"),
    ))
}

/// Codes that are words of their own: `PGRST205`, `P2002`, `session_expired`.
fn of_table(words: Words<'_>, before: &str) -> Option<Found> {
    let token = words.token();
    if let Some(number) = token.strip_prefix("pgrst") {
        if !words.written().starts_with("PGRST") {
            return None;
        }
        let code = lookup(POSTGREST, number)?;
        return Some((
            code,
            NAMED + 1,
            format!("PostgREST's PGRST{}", number.to_ascii_uppercase()),
        ));
    }
    if token.len() == 5 && token.starts_with('p') && token[1..].bytes().all(|b| b.is_ascii_digit())
    {
        let is_named = words.event.context.contains("prisma")
            || before.ends_with("code")
            || before.ends_with("error")
            || words.behind().starts_with(": ")
            || words.in_front().ends_with('(');
        let code =
            lookup(PRISMA, &token[1..]).filter(|_| is_named && words.written().starts_with('P'))?;
        // Some of them quote what somebody else said, and that names the cause.
        let weight = match &token[1..] {
            "1012" | "2010" | "2016" | "2027" | "3006" | "3016" | "3018" => OUTER,
            _ => CAUSE,
        };
        return Some((code, weight, format!("Prisma's {}", words.written())));
    }
    let is_code = before.ends_with("code")
        || before.ends_with("error_code")
        || before.ends_with("error")
        || before.ends_with("reason");
    if is_code && (token.contains('_') || before.ends_with("error_code")) {
        let code = lookup(AUTH_CODES, token)?;
        // That something unexpected failed is no cause, and the message may name one.
        let weight = if matches!(token, "unexpected_failure" | "server_error") {
            OUTER
        } else {
            NAMED
        };
        return Some((code, weight, format!("the error code {token}")));
    }
    None
}

/// Numbers that are named as the code of a system.
fn number(words: Words<'_>, before: &str, peer: About) -> Option<Found> {
    let token = words.token();
    if token.len() > 5 || !token.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let front = words.in_front();
    if front.ends_with("curl: (")
        || (front.contains("curl") && before.ends_with("exit code"))
        || before.ends_with("curl error")
        || before.ends_with("curl exit")
        || before.ends_with("curle")
    {
        let code = lookup(CURL, token)?;
        return Some((
            about(code, peer),
            CAUSE,
            format!("curl's exit code {token}"),
        ));
    }
    if before.ends_with("winerror")
        || before.ends_with("wsa")
        || before.ends_with("winsock error")
        || before.ends_with("socket error")
    {
        let code = lookup(WINSOCK, token)?;
        return Some((about(code, peer), CAUSE, format!("Winsock's error {token}")));
    }
    if [
        "os error",
        "errno",
        "errno -",
        "errno=",
        "errno: -",
        "error number",
    ]
    .iter()
    .any(|word| {
        before
            .trim_end_matches('-')
            .trim_end_matches([' ', ':', '='])
            .ends_with(word.trim_end_matches(['-', ' ', ':', '=']))
    }) {
        let code = lookup(ERRNO, token)?;
        return Some((
            about(code, peer),
            CAUSE - 12,
            format!("the system's error {token}"),
        ));
    }
    if [
        "exit code",
        "exit status",
        "exited with code",
        "exited with",
        "exit_code",
        "exitcode",
        "exited with status",
        "exit",
        "returned",
        "status code",
        "exited",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        && front.contains("exit")
    {
        let code = lookup(EXITS, token)?;
        return Some((code, CAUSE, format!("the exit code {token}")));
    }
    if before.ends_with("signal") || before.ends_with("waitpid returned") {
        let code = lookup(SIGNALS, token)?;
        return Some((code, CAUSE, format!("the signal {token}")));
    }
    None
}

/// A failed connection is the database's where the event speaks of one.
fn about(code: Code, peer: About) -> Code {
    match (code, peer) {
        (Code::NetRefused | Code::NetDns, About::Database) => Code::DbConnection,
        (Code::NetTimeout, About::Database) => Code::DbTimeout,
        _ => code,
    }
}

fn lookup(table: &[(&str, Code)], name: &str) -> Option<Code> {
    table
        .iter()
        .find(|(names, _)| names.split(' ').any(|known| known == name))
        .map(|(_, code)| *code)
}
