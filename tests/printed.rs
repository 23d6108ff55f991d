//! Every command that is printed runs as it is printed: it is taken out of the texts in `src`, and parsed.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use dragonfly_ops::cli::Cli;
use proc_macro2::{TokenStream, TokenTree};
use syn::Lit;

const NAME: &str = "dragonfly-ops ";
/// What takes a reason: whoever names one of them names all of it.
const ORDERS: &[&str] = &["queue pause", "queue resume", "pg cancel", "pg terminate"];

/// The text of every literal below `src` but those of documentation, by file.
fn texts() -> Vec<(PathBuf, String)> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut texts = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a file");
            let tokens: TokenStream = text.parse().expect("Rust");
            let mut found = Vec::new();
            literals(tokens, &mut found);
            texts.extend(found.into_iter().map(|text| (path.clone(), text)));
        }
    }
    texts
}

fn literals(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // Documentation is for people who read; `#[doc = "..."]` is how it arrives.
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                if let Some(TokenTree::Punct(inner)) = tokens.peek()
                    && inner.as_char() == '!'
                {
                    tokens.next();
                }
                let is_doc =
                    |group: &proc_macro2::Group| group.stream().to_string().starts_with("doc ");
                if matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_doc(group)) {
                    tokens.next();
                }
            }
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Lit::Str(text) = Lit::new(literal) {
                    found.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// The words of a command, as a shell would take them, up to the end of its part of the sentence.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, quote) {
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (' ', None) => words.push(String::new()),
            (':' | ';' | ',' | '(' | ')' | '|' | '\n' | '`', None) => break,
            ('.', None) if rest.peek().is_none_or(|next| next.is_whitespace()) => break,
            // What is filled in is a number, where it is not in quotes.
            ('{', _) => {
                let name: String = rest.by_ref().take_while(|c| *c != '}').collect();
                words.last_mut().expect("one").push_str(match &*name {
                    // An option of its own, or nothing.
                    "start" | "via" => "",
                    "incident" => "DB-3",
                    "due" => "2026-12-01",
                    "code" => "DFE-DB-001",
                    _ => "3",
                });
            }
            (c, _) => words.last_mut().expect("one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The commands in a text.
fn commands(text: &str) -> Vec<Vec<String>> {
    let cli = Cli::command();
    let known: Vec<_> = cli.get_subcommands().map(clap::Command::get_name).collect();
    text.match_indices(NAME)
        .map(|(at, _)| words(&text[at..]))
        .filter(|words| {
            words
                .get(1)
                .is_some_and(|word| known.contains(&word.as_str()))
        })
        .collect()
}

#[test]
fn every_command_that_is_printed_is_understood() {
    let mut parsed = 0;
    for (path, text) in texts() {
        for command in commands(&text) {
            parsed += 1;
            if let Err(error) = Cli::try_parse_from(&command) {
                let is_help = error.kind() == ErrorKind::DisplayHelp;
                assert!(
                    is_help,
                    "{}: {command:?} in {text:?}: {error}",
                    path.display()
                );
            }
        }
    }
    assert!(parsed > 30, "only {parsed} were found");
}

#[test]
fn an_order_is_printed_whole() {
    for (path, text) in texts() {
        for order in ORDERS {
            for (at, _) in text.match_indices(order) {
                assert!(
                    text[..at].ends_with(NAME),
                    "{}: {order} in {text:?}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn a_command_ends_where_its_sentence_goes_on() {
    for (text, expected) in [
        (
            "it holds 2 jobs (dragonfly-ops queue resume {id} --reason \"a: b\"); and",
            vec!["dragonfly-ops", "queue", "resume", "3", "--reason", "a: b"],
        ),
        (
            "dragonfly-ops incident ack {incident}{via}",
            vec!["dragonfly-ops", "incident", "ack", "DB-3"],
        ),
        (
            "All: dragonfly-ops workers.",
            vec!["dragonfly-ops", "workers"],
        ),
        (
            "run dragonfly-ops migrate, or",
            vec!["dragonfly-ops", "migrate"],
        ),
    ] {
        assert_eq!(commands(text), [expected], "{text}");
    }
    assert!(commands("a session of dragonfly-ops itself").is_empty());
}
