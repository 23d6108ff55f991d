//! A message stands for the same in the middle of a log as it does alone.
//!
//! # Design notes
//!
//! The backgrounds are made of `tests/corpus/healthy_lines.tsv`: lines that programs print while all
//! is well, and among them those that speak of failures without having one. Each background is a
//! shuffle of them that is the same on every run: all producers in turn, blocks of one producer, one
//! producer alone. Every line of the corpus is looked at alone, too.

use std::collections::BTreeMap;

use super::{Message, answer, corpus, in_parallel, lines, messages, percent, unescaped};

/// How many entries a background has, and how many of them are left on each side of a message: an
/// event knows nothing of those further off, and none of them says anything alone.
const LENGTH: usize = 40;
const AROUND: usize = 4;
/// Each background has its share of the messages, since all of them in all take long.
const SHARES: usize = 5;

/// What one program prints while all is well.
struct Healthy {
    producer: String,
    text: String,
}

fn healthy_lines() -> Vec<Healthy> {
    lines(&corpus("healthy_lines.tsv"))
        .map(|line| {
            let (producer, text) = line.split_once('\t').expect("two columns");
            Healthy {
                producer: producer.to_owned(),
                text: unescaped(text),
            }
        })
        .collect()
}

/// Numbers that look like chance and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

/// Backgrounds, by what they are made of.
fn backgrounds(healthy: &[Healthy]) -> BTreeMap<String, Vec<&str>> {
    let mut backgrounds = BTreeMap::new();
    let mut producers = BTreeMap::<&str, Vec<&str>>::new();
    for line in healthy {
        producers
            .entry(&line.producer)
            .or_default()
            .push(&line.text);
    }
    let names: Vec<_> = producers.keys().copied().collect();
    for seed in 0..4 {
        let mut numbers = Numbers(seed);
        let mixed = (0..LENGTH)
            .map(|_| healthy[numbers.below(healthy.len())].text.as_str())
            .collect();
        backgrounds.insert(format!("mixed {seed}"), mixed);
        let blocks = (0..LENGTH / 5).flat_map(|_| {
            let of = &producers[names[numbers.below(names.len())]];
            let start = numbers.below(of.len());
            (0..5)
                .map(|n| of[(start + n) % of.len()])
                .collect::<Vec<_>>()
        });
        backgrounds.insert(format!("blocks {seed}"), blocks.collect());
    }
    for (producer, of) in producers.iter().filter(|(_, of)| of.len() > 5) {
        backgrounds.insert((*producer).to_owned(), of.clone());
    }
    backgrounds
}

/// A part of a background with a text in its middle.
fn within(background: &[&str], text: &str, at: usize) -> String {
    let before = &background[at.saturating_sub(AROUND)..at];
    let after = &background[at..background.len().min(at + AROUND)];
    format!("{}\n{text}\n{}\n", before.join("\n"), after.join("\n"))
}

/// A message whose first answer is another one in a background.
#[derive(Debug)]
#[expect(dead_code, reason = "shown where there are too many")]
struct Other<'a> {
    text: &'a str,
    behind: &'a str,
    alone: Option<&'a str>,
    within: Option<String>,
}

fn others<'a>(
    messages: &'a [(Message, Option<String>)],
    background: &[&'a str],
    numbers: &mut Numbers,
) -> Vec<Other<'a>> {
    let other = |(message, alone): &'a (Message, Option<String>)| {
        let at = 1 + numbers.below(background.len() - 1);
        let within = answer(&within(background, &message.text, at))
            .into_iter()
            .next();
        (within != *alone).then(|| Other {
            text: &message.text,
            behind: background[at - 1],
            alone: alone.as_deref(),
            within,
        })
    };
    messages.iter().filter_map(other).collect()
}

#[test]
fn what_programs_print_while_all_is_well_accuses_nobody() {
    let healthy = healthy_lines();
    let accusing: Vec<_> = healthy
        .iter()
        .map(|line| (&line.text, answer(&line.text)))
        .filter(|(_, answer)| !answer.is_empty())
        .collect();
    assert!(accusing.is_empty(), "{accusing:#?}");
    for (name, background) in backgrounds(&healthy) {
        let answer = answer(&background.join("\n"));
        assert!(answer.is_empty(), "{name}: {answer:?}");
    }
}

#[test]
fn a_message_means_the_same_in_every_background() {
    let messages: Vec<_> = messages("first_half.tsv")
        .into_iter()
        .map(|message| {
            let alone = answer(&message.text).into_iter().next();
            (message, alone)
        })
        .collect();
    let healthy = healthy_lines();
    let backgrounds: Vec<_> = backgrounds(&healthy).into_iter().collect();
    let disagreeing = in_parallel(&backgrounds, |index, (name, background)| {
        let part = messages.len() / SHARES * (index % SHARES)..;
        let part = &messages[part][..messages.len() / SHARES];
        let others = others(part, background, &mut Numbers(index as u64));
        let agreement = percent(part.len() - others.len(), part.len());
        println!("{name}: {agreement} %");
        (agreement < 98).then(|| format!("{name}: {agreement} %: {others:#?}"))
    });
    let disagreeing: Vec<_> = disagreeing.into_iter().flatten().collect();
    assert!(disagreeing.is_empty(), "{}", disagreeing.join("\n"));
}

/// The line of somebody else between two lines of a message, as where two programs write into one file.
#[test]
fn a_healthy_line_within_a_message_rarely_changes_what_it_means() {
    let between = "2026-11-24T03:00:00Z INFO claimed 7";
    let messages: Vec<_> = messages("first_half.tsv")
        .into_iter()
        .filter(|message| message.text.trim().contains('\n'))
        .collect();
    let changed: Vec<_> = messages
        .iter()
        .filter(|message| {
            let lines: Vec<_> = message.text.lines().collect();
            let (before, after) = lines.split_at(lines.len() / 2);
            let torn = format!("{}\n{between}\n{}", before.join("\n"), after.join("\n"));
            answer(&torn).first() != answer(&message.text).first()
        })
        .map(|message| &message.text)
        .collect();
    println!("{} of {} change", changed.len(), messages.len());
    assert!(percent(changed.len(), messages.len()) <= 5, "{changed:#?}");
}

/// What programs write means the same in whatever carries it line by line.
#[test]
fn a_message_means_the_same_in_whatever_carries_its_lines() {
    type Carry = fn(&str) -> String;
    let carriers: [(&str, Carry); 5] = [
        ("compose", |line| format!("worker-1  | {line}")),
        ("journald", |line| {
            format!("Nov 24 03:00:01 host-a worker[7]: {line}")
        }),
        ("docker", |line| {
            format!("2026-11-24T03:00:01.123456789Z {line}")
        }),
        ("kubernetes", |line| {
            format!("2026-11-24T03:00:01.123456789Z stderr F {line}")
        }),
        ("json-file", |line| {
            let line = format!("{line}\n");
            serde_json::json!({"log": line, "stream": "stderr", "time": "2026-11-24T03:00:01Z"})
                .to_string()
        }),
    ];
    let messages: Vec<_> = messages("first_half.tsv")
        .into_iter()
        // What people say is carried by nothing.
        .filter(|message| message.family != "words")
        .collect();
    for (name, carry) in carriers {
        let others: Vec<_> = messages
            .iter()
            .filter(|message| {
                let carried: Vec<_> = message.text.lines().map(carry).collect();
                answer(&carried.join("\n")).first() != answer(&message.text).first()
            })
            .map(|message| &message.text)
            .collect();
        let agreement = percent(messages.len() - others.len(), messages.len());
        println!("{name}: {agreement} %");
        assert!(agreement >= 98, "{name}: {agreement} %: {others:#?}");
    }
}
