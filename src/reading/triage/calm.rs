//! Whether a line says that all is well.
//!
//! # Design notes
//!
//! What goes well is told in the words of what went wrong: "no jobs stuck", "request succeeded on retry after 503",
//! "certificate expires in 81 days". So a word of trouble does not count where its own clause denies it, and a
//! line that has no other one, or that says what became of it, accuses nobody.

/// That something is well again, whatever it was.
const RECOVERIES: &[&str] = &[
    "recovered",
    "restored",
    "reestablished",
    "reconnected",
    "resolved",
    "renewed",
    "succeeded",
    "back",
];

/// That something is ready, or as it should be.
const WELL: &[&str] = &[
    "adjusted",
    "alive",
    "applied",
    "armed",
    "attached",
    "configured",
    "declared",
    "enabled",
    "fast",
    "fine",
    "green",
    "healthy",
    "idle",
    "installed",
    "listening",
    "match",
    "matches",
    "normal",
    "ok",
    "passes",
    "ready",
    "registered",
    "reloaded",
    "rotated",
    "validated",
    "verified",
];

/// What is counted, or looked for, in the hope that there is none.
const FAILED: &[&str] = &[
    "alert",
    "alerts",
    "backlog",
    "blocked",
    "blocking",
    "broken",
    "conflict",
    "conflicts",
    "corrupt",
    "corrupted",
    "corruption",
    "crash",
    "crashed",
    "crashes",
    "dead",
    "deadlock",
    "deadlocks",
    "down",
    "drift",
    "dropped",
    "duplicate",
    "duplicates",
    "error",
    "errors",
    "exception",
    "exceptions",
    "exhausted",
    "expire",
    "expired",
    "fail",
    "failed",
    "failing",
    "failure",
    "failures",
    "full",
    "hanging",
    "incident",
    "incidents",
    "issues",
    "killed",
    "late",
    "leak",
    "leaks",
    "lock",
    "locked",
    "locks",
    "long",
    "lost",
    "mismatch",
    "mismatches",
    "missing",
    "orphan",
    "orphaned",
    "orphans",
    "outage",
    "outages",
    "overdue",
    "overloaded",
    "panic",
    "panics",
    "problem",
    "problems",
    "refused",
    "rejected",
    "slow",
    "stale",
    "stuck",
    "timeout",
    "timeouts",
    "trouble",
    "violation",
    "violations",
    "waiters",
    "waiting",
    "waits",
    "warnings",
];

/// What denies the words behind it.
const NONE: &[&str] = &[
    "no", "0", "zero", "none", "nothing", "nobody", "never", "without", "any",
];

/// What may stand between a denial and what it denies, beside the thing that is counted.
const LINKS: &[&str] = &[
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "been",
    "got",
    "in",
    "the",
    "of",
    "a",
    "for",
    "on",
    "to",
    "was",
    "currently",
    "running",
    "jobs",
    "rows",
    "waits",
];

/// What turns a sentence round.
const NEGATIONS: &[&str] = &[
    "not", "cannot", "cant", "couldnt", "doesnt", "dont", "didnt", "isnt", "arent", "wasnt",
    "never", "no", "unable", "until", "failed", "hasnt", "havent", "wont",
];

/// How words begin that say that something is wrong.
const BAD: &[&str] = &[
    "abort",
    "already",
    "anonym",
    "bad",
    "block",
    "broke",
    "but",
    "cancel",
    "cannot",
    "cant",
    "corrupt",
    "could",
    "crash",
    "dead",
    "denied",
    "differ",
    "died",
    "doesnt",
    "down",
    "drop",
    "duplicate",
    "error",
    "except",
    "exceed",
    "exhaust",
    "expired",
    "fail",
    "fatal",
    "forbid",
    "full",
    "gave",
    "giving",
    "gone",
    "hang",
    "however",
    "hung",
    "invalid",
    "isnt",
    "kill",
    "late",
    "leak",
    "lost",
    "many",
    "mismatch",
    "missing",
    "never",
    "no",
    "none",
    "not",
    "offline",
    "only",
    "overdue",
    "panic",
    "refus",
    "reject",
    "reset",
    "slow",
    "stale",
    "still",
    "stop",
    "stuck",
    "though",
    "timed",
    "timeout",
    "unable",
    "unauth",
    "unavail",
    "unexpected",
    "unhealthy",
    "unknown",
    "unreach",
    "until",
    "violat",
    "waiting",
    "without",
    "wont",
    "wrong",
];

/// That somebody wanted it so.
const MEANT: &[&str] = &[
    "on purpose",
    " as planned",
    " as requested",
    " as asked",
    " as expected",
    " as designed",
    "by design",
    "intentionally",
    "deliberately",
];

/// A clause: its words, and which of them are said not to be so.
type Clause = (Vec<String>, Vec<bool>);

/// Whether a line, in small letters, says that all is well; with what else tells a word of trouble.
pub(super) fn is_well(line: &str, is_of_trouble: fn(&str) -> bool) -> bool {
    let is_meant = MEANT.iter().any(|phrase| {
        line.find(phrase)
            .is_some_and(|at| !line[..at].trim_end().ends_with("not"))
    });
    if is_meant {
        return true;
    }
    // "0 of 3 workers alive".
    if line.starts_with("0 of ") || line.contains(" 0 of ") || line.contains(" 0/") {
        return false;
    }
    let clauses = clauses(line);
    if clauses.last().is_some_and(|(words, _)| finds_none(words)) {
        return true;
    }
    let recovered = clauses.iter().position(|(words, _)| has_recovered(words));
    if let Some(at) = recovered {
        return !clauses[at + 1..]
            .iter()
            .any(|clause| said(clause).any(is_bad));
    }
    let denies = clauses.iter().any(|(_, denied)| denied.contains(&true));
    let is_trouble = |word: &str| is_bad(word) || (denies && is_of_trouble(word));
    (denies || clauses.iter().any(is_as_it_should))
        && !clauses.iter().any(|clause| said(clause).any(is_trouble))
}

/// "Looking for expired tokens: found 0", "the queue of failures has 0 jobs".
fn finds_none(words: &[String]) -> bool {
    let is_none = |word: &String| matches!(word.as_str(), "0" | "none" | "nothing");
    match words {
        [.., found, count] if found == "found" => is_none(count),
        [.., has, count, _] if has == "has" || has == "holds" => is_none(count),
        _ => false,
    }
}

/// "All workers alive"; not "has to be enabled".
fn is_as_it_should((words, _): &Clause) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let is_asked = words[..at]
            .last()
            .is_some_and(|word| matches!(word.as_str(), "be" | "to" | "been" | "get"));
        WELL.contains(&word.as_str()) && !is_asked
    })
}

/// What is there for failures, and is called after them.
const HOLDERS: &[&str] = &[
    "handler",
    "handlers",
    "handling",
    "hook",
    "hooks",
    "listener",
    "listeners",
    "middleware",
    "monitor",
    "monitoring",
    "page",
    "pages",
    "reporter",
    "reporting",
    "tracking",
    // Of the dead.
    "letter",
    "tuples",
    "row",
];

/// What is said in a clause, without what is denied, what denies it, and what only names something.
fn said((words, denied): &Clause) -> impl Iterator<Item = &str> {
    let has_denied = denied.contains(&true);
    let said = move |(at, word): (usize, &'_ String)| {
        let is_none = has_denied && NONE.contains(&word.as_str());
        let names = words
            .get(at + 1)
            .is_some_and(|next| HOLDERS.contains(&next.as_str()));
        !denied[at] && !is_none && !names
    };
    let words = words.iter().enumerate();
    words
        .filter(move |(at, word)| said((*at, word)))
        .map(|(_, word)| word.as_str())
}

fn is_bad(word: &str) -> bool {
    BAD.iter().any(|begin| word.starts_with(begin))
        || NEGATIONS.contains(&word)
        || word.ends_with("error")
        || word.ends_with("exception")
}

/// "Connection restored", "retry succeeded after a timeout"; not "could not be restored".
fn has_recovered(words: &[String]) -> bool {
    let at = words
        .iter()
        .position(|word| RECOVERIES.contains(&word.as_str()));
    let Some(at) = at else { return false };
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    // "The db is back"; "falls back", "got an error back" say nothing.
    let is_back = words[at] != "back"
        || words[..at]
            .last()
            .is_some_and(|word| is(&["is", "are", "came", "was"], word));
    // "The resolved migrations" are a thing.
    let is_adjective = words[..at]
        .last()
        .is_some_and(|word| is(&["the", "a", "an", "be"], word));
    let is_negated = is_adjective
        || words[at.saturating_sub(3)..at]
            .iter()
            .any(|word| is(NEGATIONS, word));
    let relapses = words[at..]
        .iter()
        .any(|word| is(&["but", "then", "yet"], word) || is(NEGATIONS, word));
    let panics = words.iter().any(|word| word.starts_with("panic"));
    is_back && !is_negated && !relapses && !panics
}

fn clauses(line: &str) -> Vec<Clause> {
    line.split([',', ';', ':', '.', '!', '?', '(', ')'])
        .map(words)
        .map(|words| {
            let denied = denied_in(&words);
            (words, denied)
        })
        .collect()
}

/// Which words of a line are said not to be so.
pub(super) fn denied(line: &str) -> Vec<bool> {
    clauses(line)
        .into_iter()
        .flat_map(|(_, denied)| denied)
        .collect()
}

fn denied_in(words: &[String]) -> Vec<bool> {
    let is = |list: &[&str], at: usize| {
        words
            .get(at)
            .is_some_and(|word| list.contains(&word.as_str()))
    };
    let is_number = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut denied = vec![false; words.len()];
    for at in 0..words.len() {
        match words[at].as_str() {
            none if NONE.contains(&none) => {
                // The thing that there is none of may have any name.
                let most = (at + 5).min(words.len());
                let mut behind = at + 1;
                while behind < most {
                    denied[behind] |= is(FAILED, behind);
                    let is_counted = behind == at + 1 || is(&["the", "our"], behind - 1);
                    if !is_counted && !denied[behind] && !is(LINKS, behind) {
                        break;
                    }
                    behind += 1;
                }
            }
            // "Expires in 81 days".
            "expires" | "expire" | "expiring" => {
                denied[at] |= is(&["in", "on", "at"], at + 1) && is_number(at + 2);
            }
            // "Max 60": how much is allowed.
            "max" | "maximum" => denied[at] |= is_number(at + 1),
            // "The checksums match".
            "match" | "matches" => {
                denied[at] |= !(0..words.len()).any(|other| is(NEGATIONS, other));
            }
            // "Deadlocks are gone", "waiting 0".
            _ if is(FAILED, at) => {
                let is_over = (at + 1..at + 4).any(|behind| {
                    is(
                        &["gone", "over", "solved", "fixed", "disappeared", "cured"],
                        behind,
                    )
                }) && is(&["is", "are", "has", "have", "was", "were"], at + 1);
                denied[at] |= is_over || is(&["0", "none", "zero"], at + 1);
            }
            _ => {}
        }
    }
    // What is over is no trouble of its own.
    for at in 0..words.len() {
        if is(&["gone", "disappeared"], at) && denied[..at].contains(&true) {
            denied[at] = true;
        }
    }
    denied
}

/// Words without apostrophes; `dont` and `don't` are one.
pub(super) fn words(text: &str) -> Vec<String> {
    text.replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
