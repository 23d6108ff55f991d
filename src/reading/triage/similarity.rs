//! What a sentence that no rule fits is most like.
//!
//! # Design notes
//!
//! A person's sentence is compared with sentences whose cause is known: the taxonomy's own texts, and
//! examples of how people write (`examples`). A sentence is what its words mean, their stems, and the
//! letters of each in threes, so that a misspelt word still counts for most of itself; what is rare
//! weighs more than what every sentence has. The nearest few decide together, and only where one of
//! them is near enough. That is a guess, is said to be one, and weighs less than anything else.

mod examples;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::taxonomy::Code;
use crate::reading::triage::calm;
use crate::reading::triage::event::Event;
use crate::reading::triage::sign::Sign;
use crate::reading::triage::words;

use self::examples::{EVERYDAY, EXAMPLES};

/// How much a likeness weighs: less than that something broke.
const WEIGHT: u8 = 30;
/// How near the nearest sentence has to be, and how near where there are only two words to tell by.
const NEAR: f64 = 0.40;
const NEAR_IF_SHORT: f64 = 0.5;
/// How much more the nearest have to speak for one cause than for any other.
const AHEAD: f64 = 0.04;
/// How many of the nearest sentences decide.
const NEIGHBOURS: usize = 5;

/// What people leave to programs.
const OF_PROGRAMS: &[char] = &[':', '(', ')', '_', '/', '+', '&'];

/// Meanings that say that something is wrong.
const TROUBLE: &str = " refused reset down unreachable cant no missing slow timeout deadlock lock exhausted many dup \
    constraint mismatch expired invalid notexist denied killed cancel crash broke stop full high stuck stale paused \
    rate status5 s500 s502 s401 s404 s429 badrequest ";
/// Words that say so and have no other meaning.
const COMPLAINTS: &str = " forgot forgets warning loop off mistyped wrong holds taken hit rolling issues ages problem \
    problems trouble blank rejects refuses fails failing bad leak blocks blocked outage abandoned weird typo insecure ";

/// What a sentence is made of, and how much each part counts.
type Features = BTreeMap<String, f64>;

/// Sentences whose cause is known.
struct Known {
    /// The cause of each; none where nothing is wrong.
    causes: Vec<Option<Code>>,
    /// In which sentences each part is found, and how much it counts there.
    places: BTreeMap<String, Vec<(usize, f64)>>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let own = Code::ALL.iter().flat_map(|code| {
        let entry = code.entry();
        [entry.title, entry.symptom, entry.meaning].map(|text| (Some(*code), text))
    });
    let examples = EXAMPLES
        .iter()
        .flat_map(|(code, sentences)| sentences.split("; ").map(|text| (Some(*code), text)));
    let everyday = EVERYDAY.split("; ").map(|text| (None, text));
    let mut known = Known {
        causes: Vec::new(),
        places: BTreeMap::new(),
    };
    for (index, (cause, text)) in own.chain(examples).chain(everyday).enumerate() {
        known.causes.push(cause);
        for (part, weight) in features(&calm::words(&text.to_lowercase())) {
            known.places.entry(part).or_default().push((index, weight));
        }
    }
    known.weigh();
    known
});

/// The sign in a sentence that is like one whose cause is known.
pub(super) fn sign(event: &Event) -> Option<Sign> {
    let sentence = words::sentence(event)?;
    // The weakest guess is none at what is only asked.
    if event.shown.contains(OF_PROGRAMS) || event.shown.ends_with('?') || !complains(&sentence) {
        return None;
    }
    let near = if sentence.len() < 3 {
        NEAR_IF_SHORT
    } else {
        NEAR
    };
    let code = KNOWN.cause(features(&sentence), near)?;
    Some(Sign::new(code, WEIGHT, "it reads much like it", 0))
}

impl Known {
    /// How much a part says: the fewer sentences have it, the more.
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are far fewer sentences than a float can count"
    )]
    fn rarity(&self, part: &str) -> f64 {
        let having = self.places.get(part).map_or(1, Vec::len);
        (1.0 + self.causes.len() as f64 / having as f64).ln()
    }

    /// Makes rare parts count, and all sentences as long as each other.
    fn weigh(&mut self) {
        let rarities: Vec<f64> = self.places.keys().map(|part| self.rarity(part)).collect();
        let mut lengths = vec![0.0; self.causes.len()];
        for (places, rarity) in self.places.values_mut().zip(rarities) {
            for (index, weight) in places {
                *weight *= rarity;
                lengths[*index] += *weight * *weight;
            }
        }
        for (index, weight) in self.places.values_mut().flatten() {
            *weight /= lengths[*index].sqrt().max(f64::EPSILON);
        }
    }

    /// How much each sentence is like one of these parts, the nearest first.
    fn nearest(&self, parts: Features) -> Vec<(f64, Option<Code>)> {
        let mut likeness = vec![0.0; self.causes.len()];
        let mut length = 0.0;
        for (part, weight) in parts {
            let weight = weight * self.rarity(&part);
            length += weight * weight;
            for (index, known) in self.places.get(&part).into_iter().flatten() {
                likeness[*index] += weight * known;
            }
        }
        let mut near: Vec<(f64, Option<Code>)> = likeness
            .into_iter()
            .map(|likeness| likeness / length.sqrt().max(f64::EPSILON))
            .zip(self.causes.iter().copied())
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        near.truncate(NEIGHBOURS);
        near
    }

    /// The cause that the nearest sentences have, if they are near and agree.
    fn cause(&self, parts: Features, least: f64) -> Option<Code> {
        let near = self.nearest(parts);
        let mut votes: BTreeMap<Option<Code>, f64> = BTreeMap::new();
        for (likeness, cause) in &near {
            *votes.entry(*cause).or_default() += likeness * likeness;
        }
        let mut votes: Vec<(Option<Code>, f64)> = votes.into_iter().collect();
        votes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let (cause, most) = *votes.first()?;
        let next = votes.get(1).map_or(0.0, |(_, vote)| *vote);
        let is_near = near.first().is_some_and(|(likeness, _)| *likeness >= least);
        cause.filter(|_| is_near && most - next >= AHEAD)
    }
}

/// What words mean, their stems, and their letters in threes.
fn features(words: &[String]) -> Features {
    let mut parts = Features::new();
    for word in words {
        for meaning in words::meaning(word) {
            parts.insert(format!("={meaning}"), 1.0);
        }
        if is_filler(word) {
            continue;
        }
        parts.insert(stem(word).to_owned(), 1.0);
        let padded: Vec<char> = format!("^{word}$").chars().collect();
        for three in padded.windows(3) {
            let three: String = three.iter().collect();
            parts.insert(format!("~{three}"), 0.35);
        }
    }
    parts
}

/// Whether it says that something is wrong, and counts nothing.
fn complains(words: &[String]) -> bool {
    let is_count = |word: &String| word.bytes().any(|b| b.is_ascii_digit()) && !is_status(word);
    !words.iter().any(is_count)
        && words
            .iter()
            .any(|word| !is_status(word) && is_trouble(word))
}

/// Whether a word says that something is wrong.
pub(super) fn is_trouble(word: &str) -> bool {
    let is_in = |list: &str, word: &str| list.contains(&format!(" {word} "));
    is_in(COMPLAINTS, word)
        || words::meaning(word)
            .iter()
            .any(|meaning| is_in(TROUBLE, meaning))
}

/// `502`: the one kind of number that a complaint has; a count is a report.
fn is_status(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()) && word.starts_with(['4', '5'])
}

/// Words that any sentence has.
fn is_filler(word: &str) -> bool {
    const FILLERS: &str = " a an the is are was were be been it its this that of on in at to for from with by and or \
        as we i you they he she our my your their us me so just again still today now then since has have had will \
        would get gets got do does did all some there here when while what why how who ";
    word.len() == 1 || FILLERS.contains(&format!(" {word} "))
}

/// A word without what only bends it.
fn stem(word: &str) -> &str {
    const ENDINGS: &[&str] = &[
        "ations", "ation", "ings", "ing", "ions", "ion", "ies", "ed", "es", "s", "y", "e",
    ];
    ENDINGS
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3))
        .unwrap_or(word)
}
