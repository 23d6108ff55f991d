//! What people say of it in their own words, misspelt ones, too.
//!
//! # Design notes
//!
//! A person names a thing and what is wrong with it: "db slow", "cant reach redis". So words are
//! brought down to what they mean (`meanings`), a word that is not known to the one that is nearest,
//! and a rule is a few meanings that have to come together. The rule that explains the most words
//! wins. All that comes of it is a possibility, and is said to be no more.

mod meanings;
mod rules;
mod vocabulary;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::taxonomy::Code;
use crate::reading::triage::calm::{self, words};
use crate::reading::triage::event::Event;
use crate::reading::triage::sign::Sign;

use self::meanings::MEANINGS;
use self::rules::RULES;
use self::vocabulary::{BUSINESS, CALM, DEEDS, NUMBERED, PLAIN, PLANS, PRIVATE};

/// How much a person's words weigh: more than that something broke, less than a program's words.
const WEIGHT: u8 = 45;
/// How many words a person uses at most.
const MAX_WORDS: usize = 16;
/// Meanings that are a cause by themselves, however long the sentence is.
const SURE: &[&str] = &["deadlock"];
/// Pairs of words that name a thing, and say nothing of how it is.
const NAMES_OF_PAIRS: &[(&str, &str)] = &[
    ("dead", "letter"),
    ("dead", "letters"),
    ("restart", "policy"),
    ("retry", "policy"),
];
/// From how many letters on one mistake is forgiven, and from how many two.
const ONE_MISTAKE: usize = 4;
const TWO_MISTAKES: usize = 9;

/// What each word means.
static DICTIONARY: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut dictionary: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (meaning, words) in MEANINGS {
        for word in words.split_whitespace() {
            dictionary.entry(word).or_default().push(meaning);
        }
    }
    // What is known and means nothing is no misspelling of something else.
    for word in CALM.iter().chain(PLAIN) {
        dictionary.entry(word).or_default();
    }
    dictionary
});

/// The words of a person's sentence that says that something is wrong.
pub(super) fn sentence(event: &Event) -> Option<Vec<String>> {
    let line = event.shown.as_str();
    if !event.is_plain || !is_prose(line) || line.starts_with(' ') {
        return None;
    }
    let words = words(&event.context);
    let is_one = !words.is_empty() && words.len() <= MAX_WORDS && !is_calm(&words);
    let is_plan = PLANS.iter().any(|begin| event.context.starts_with(begin))
        || event.context.contains(" what happens ");
    let is_deed = is_deed(&event.context, &words);
    (is_one && !is_plan && !is_deed && !is_setting(line)).then_some(words)
}

/// Whether a person speaks of something that is not our business. In what programs print, a court is a table.
pub(super) fn is_private(event: &Event) -> bool {
    event.is_plain
        && is_prose(&event.shown)
        && !event.shown.contains(['"', '_', ':', '(', '/', '='])
        && {
            let words = words(&event.context);
            let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
            says(PRIVATE) && !says(BUSINESS)
        }
}

/// "I deleted the old key", and nothing of what came of it.
fn is_deed(line: &str, words: &[String]) -> bool {
    let is = |at: usize, list: &[&str]| {
        words
            .get(at)
            .is_some_and(|word| list.contains(&word.as_str()))
    };
    let goes_on = [
        ",",
        " and ",
        " but ",
        " now",
        " since ",
        " mistake",
        " accident",
        "!",
    ];
    is(0, &["i", "we", "they"]) && is(1, DEEDS) && !goes_on.iter().any(|part| line.contains(part))
}

/// `timeout: 30s`: a name and a value.
fn is_setting(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(name, value)| {
        !name.contains(' ')
            && value.starts_with(|c: char| c.is_ascii_digit())
            && !value.contains(' ')
    })
}

/// The signs in what a person said; none where it is no person's sentence.
pub(super) fn signs(event: &Event) -> Vec<Sign> {
    let Some(words) = sentence(event) else {
        return Vec::new();
    };
    let is_short = words.len() <= 3;
    // "429 rows": a number alone says nothing.
    let is_number = words
        .iter()
        .any(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let mut meanings = meanings(&words);
    // "No timeouts today": what did not happen.
    for (meant, denied) in meanings.iter_mut().zip(calm::denied(&event.context)) {
        if denied {
            meant.clear();
        }
    }
    let mut best: Option<(usize, Code)> = None;
    for (code, rule) in RULES {
        let size = rule.split(' ').count();
        if (size > 1 || (is_short && !is_number) || SURE.contains(rule))
            && best.is_none_or(|(known, _)| size > known)
            && applies(rule, &meanings)
        {
            best = Some((size, *code));
        }
    }
    best.map(|(_, code)| Sign::new(code, WEIGHT, "that is how people say it", 0))
        .into_iter()
        .collect()
}

/// Whether it reads like a sentence and not like what a program prints.
pub(super) fn is_prose(line: &str) -> bool {
    let is_of_prose = |c: char| c.is_alphanumeric() || " '\"’.,:;!?-()%_/+&\u{2026}".contains(c);
    // Addresses, paths, versions and counts of zero are what programs print.
    let is_of_program = |word: &str| {
        word.matches('.').count() > 2 || word.matches('/').count() > 1 || word.len() > 24
    };
    let zeros = line
        .split(' ')
        .filter(|word| word.trim_end_matches(',') == "0")
        .count();
    line.len() <= 140
        && !["Error:", "Exception:", "error:", "exception:"]
            .iter()
            .any(|word| line.contains(word))
        && line.chars().all(is_of_prose)
        && !line.contains("::")
        && !line.contains("//")
        && !line.split(' ').any(is_of_program)
        && zeros < 2
}

/// Whether nothing is wrong, as far as the words go.
fn is_calm(words: &[String]) -> bool {
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    says(CALM)
        && !says(&[
            "but", "not", "cannot", "cant", "no", "never", "dont", "doesnt", "isnt", "wont",
        ])
}

/// Whether each condition of a rule is met, and by a word of its own.
fn applies(rule: &str, meanings: &[Vec<&str>]) -> bool {
    let meets =
        |condition: &str, meant: &Vec<&str>| condition.split('|').any(|one| meant.contains(&one));
    let is_met = |condition: &str| meanings.iter().any(|meant| meets(condition, meant));
    let words = meanings
        .iter()
        .filter(|meant| rule.split(' ').any(|condition| meets(condition, meant)))
        .count();
    rule.split(' ').all(is_met) && words >= rule.split(' ').count()
}

/// What each word means, alone or with the one that follows.
fn meanings(words: &[String]) -> Vec<Vec<&'static str>> {
    let mut found: Vec<Vec<&str>> = words.iter().map(|word| meaning(word)).collect();
    // "Timeout is 30 s": a setting.
    for index in 0..words.len() {
        let is_link = |word: &&String| {
            matches!(
                word.as_str(),
                "is" | "set"
                    | "to"
                    | "of"
                    | "at"
                    | "now"
                    | "was"
                    | "raised"
                    | "lowered"
                    | "increased"
                    | "reduced"
                    | "changed"
            )
        };
        let value = words[index + 1..].iter().find(|word| !is_link(word));
        if value.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
            found[index].retain(|meaning| *meaning != "timeout");
        }
        // "The maximum number of connections is 60".
        if matches!(words[index].as_str(), "max" | "maximum") && ends_in_value(words) {
            found[index].clear();
        }
    }
    for (index, pair) in words.windows(2).enumerate() {
        let is_number = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
        if is_number(&pair[1]) && NUMBERED.contains(&pair[0].as_str()) {
            found[index + 1].clear();
        }
        if is_number(&pair[0]) && is_counted(&pair[1]) {
            found[index].clear();
        }
        // "The restart policy", "the dead letter queue": what is there for failures.
        if NAMES_OF_PAIRS.contains(&(pair[0].as_str(), pair[1].as_str())) {
            found[index].clear();
            found[index + 1].clear();
        }
        let joined = format!("{}_{}", pair[0], pair[1]);
        if let Some(meanings) = DICTIONARY.get(joined.as_str()) {
            found[index].extend(meanings);
        }
    }
    found
}

/// "... is 60", "... set to 60".
fn ends_in_value(words: &[String]) -> bool {
    match words {
        [.., link, value] => {
            matches!(link.as_str(), "is" | "to") && value.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// `403 packages`: things, and no answers.
fn is_counted(word: &str) -> bool {
    word.len() > 3
        && word.ends_with('s')
        && ![
            "errors",
            "responses",
            "answers",
            "codes",
            "replies",
            "statuses",
            "always",
        ]
        .contains(&word)
}

/// What a word means, or the known word that is nearest to it.
pub(super) fn meaning(word: &str) -> Vec<&'static str> {
    if let Some(meanings) = DICTIONARY.get(word) {
        return meanings.clone();
    }
    if word.len() < ONE_MISTAKE || word.bytes().any(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    let nearest = DICTIONARY
        .iter()
        .filter(|(known, _)| may_be_meant(word, known))
        .map(|(known, meanings)| (strsim::osa_distance(word, known), meanings))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, meanings)) if distance <= mistakes(word) => meanings.clone(),
        _ => Vec::new(),
    }
}

/// How many mistakes a word may have.
fn mistakes(word: &str) -> usize {
    if word.len() >= TWO_MISTAKES { 2 } else { 1 }
}

/// Whether one word may be a misspelling of another: people get the first letter right, and a short
/// word with another letter in it is another word.
fn may_be_meant(word: &str, known: &str) -> bool {
    let is_near = known.len().abs_diff(word.len()) <= mistakes(word);
    let is_other_word = word.len() < 6
        && known.len() == word.len()
        && word
            .bytes()
            .zip(known.bytes())
            .filter(|(a, b)| a != b)
            .count()
            == 1;
    is_near
        && !is_other_word
        && known.len() >= ONE_MISTAKE
        && word.as_bytes().first() == known.as_bytes().first()
        && !known.contains('_')
}
