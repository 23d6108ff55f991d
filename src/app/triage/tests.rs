//! How often triage is right on what programs and people really say.
//!
//! # Design notes
//!
//! The corpus stands in two halves, and whoever writes the table of signs looks only at the first:
//! what the second half says is worth something as long as nobody has read it. So this test prints
//! figures, and never a message of the second half, of its noise or of the healthy logs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::adapters::postgres::classify::meaning_of;
use crate::reading::redact::Redactor;
use crate::reading::triage::triage;

/// A message, and the codes that are right for it, the best first.
struct Message {
    family: String,
    codes: Vec<String>,
    text: String,
}

/// What became of the messages of one family.
#[derive(Default)]
struct Score {
    all: usize,
    first: usize,
    any: usize,
    silent: usize,
}

impl Score {
    fn add(&mut self, expected: &[String], answer: &[String]) {
        self.all += 1;
        self.silent += usize::from(answer.is_empty());
        self.any += usize::from(answer.iter().any(|code| expected.contains(code)));
        self.first += usize::from(answer.first().is_some_and(|code| expected.contains(code)));
    }

    fn percent(&self) -> usize {
        percent(self.first, self.all)
    }

    /// How many of the answers are right.
    fn precision(&self) -> usize {
        percent(self.first, self.all - self.silent)
    }
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 1000 / whole.max(1) + 5) / 10
}

fn corpus(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    fs::read_to_string(path.join(name)).expect("the corpus is there")
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

fn messages(name: &str) -> Vec<Message> {
    let message = |line: &str| {
        let mut columns = line.splitn(3, '\t');
        let mut column = || columns.next().expect("three columns").to_owned();
        Message {
            family: column(),
            codes: column().split('|').map(str::to_owned).collect(),
            text: unescaped(&column()),
        }
    };
    lines(&corpus(name)).map(message).collect()
}

/// The healthy logs, in the order of their names.
fn healthy() -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/healthy");
    let files = fs::read_dir(path).expect("the logs are there");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect()
}

fn answer(text: &str) -> Vec<String> {
    triage(text, meaning_of, &Redactor::default())
        .into_iter()
        .map(|candidate| candidate.code.id().to_owned())
        .collect()
}

/// A log with a text in its middle.
fn within(log: &str, text: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let (before, after) = lines.split_at(lines.len() / 2);
    format!("{}\n{text}\n{}\n", before.join("\n"), after.join("\n"))
}

fn scores(messages: &[Message]) -> (Score, BTreeMap<&str, Score>) {
    let (mut all, mut families) = (Score::default(), BTreeMap::<&str, Score>::new());
    for message in messages {
        let answer = answer(&message.text);
        all.add(&message.codes, &answer);
        let family = families.entry(&message.family).or_default();
        family.add(&message.codes, &answer);
    }
    (all, families)
}

/// How many messages in a hundred have the same first answer in each log as alone.
fn agreement(messages: &[Message], logs: &[String]) -> Vec<usize> {
    let alone: Vec<_> = messages.iter().map(|m| answer(&m.text)).collect();
    let same = |log: &String| {
        let count = messages
            .iter()
            .zip(&alone)
            .filter(|(message, alone)| answer(&within(log, &message.text)).first() == alone.first())
            .count();
        percent(count, messages.len())
    };
    logs.iter().map(same).collect()
}

fn table(title: &str, all: &Score, families: &BTreeMap<&str, Score>) -> String {
    let mut text = format!(
        "{title}: first answer right {}/{} ({} %), any {}, silent {}, precision {} %\n",
        all.first,
        all.all,
        all.percent(),
        all.any,
        all.silent,
        all.precision()
    );
    for (family, score) in families {
        let _ = writeln!(
            text,
            "  {family:18} {:3}/{:3} {:3} %  any {:3}  silent {:3}",
            score.first,
            score.all,
            score.percent(),
            score.any,
            score.silent
        );
    }
    text
}

#[test]
fn both_halves_of_the_corpus_are_understood() {
    let logs = healthy();
    for half in ["first", "second"] {
        let messages = messages(&format!("{half}_half.tsv"));
        let (all, families) = scores(&messages);
        let noise: Vec<_> = lines(&corpus(&format!("{half}_noise.tsv")))
            .map(|line| answer(&unescaped(line)))
            .collect();
        let loud = noise.iter().filter(|answer| !answer.is_empty()).count();
        let agreement = agreement(&messages, &logs);
        println!(
            "{}  noise {loud}/{}, the same in a log {agreement:?} %",
            table(half, &all, &families),
            noise.len()
        );
    }
    let accused: Vec<_> = logs.iter().map(|log| answer(log).len()).collect();
    println!("codes that a healthy log alone is accused of: {accused:?}");
}
