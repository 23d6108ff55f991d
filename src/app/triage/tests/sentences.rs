//! Whether triage answers this service's own sentences with the codes that they carry.
//!
//! # Design notes
//!
//! A fault is a code and a sentence, and they stand side by side in the source: a list of them beside it
//! would be one more thing to keep. So the sources are read: whatever literal follows a code in the same
//! brackets is a sentence of that code.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::Lit;

use super::answer;
use crate::domain::taxonomy::Code;

/// Files whose literals are no sentences of a fault: the taxonomy, and the tables of triage themselves.
const OTHERS: &[&str] = &["taxonomy.rs", "triage"];
/// Where a code stands without its enum, as `sqlstates!` has it.
const BARE: &str = "sqlstates.rs";
/// What is filled into a sentence, so that it reads like one.
const FILLED: &str = "the instance";

fn files() -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| OTHERS.contains(&name) || name.starts_with("tests")) {
            continue;
        }
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a variant by its name.
fn code_of(variant: &str) -> Option<Code> {
    Code::ALL
        .iter()
        .copied()
        .find(|code| format!("{code:?}") == variant)
}

/// Each sentence that follows a code in the same brackets, and the code.
fn sentences(tokens: TokenStream, is_bare: bool, found: &mut Vec<(Code, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut code = None;
    let mut is_test = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => {
                let is_of_code = index >= 3
                    && matches!(&tokens[index - 3], TokenTree::Ident(owner) if owner == "Code");
                if is_of_code || is_bare {
                    code = code_of(&ident.to_string()).or(code);
                }
            }
            TokenTree::Literal(literal) => {
                if let (Some(known), Lit::Str(text)) = (code, Lit::new(literal.clone())) {
                    found.push((known, text.value()));
                    code = None;
                }
            }
            // `format!("...")` behind a code; anything else in brackets is on its own.
            TokenTree::Group(group) => {
                let is_format = index >= 2
                    && matches!(&tokens[index - 2], TokenTree::Ident(name) if name == "format");
                let text = group.stream().into_iter().next();
                if let (true, Some(known), Some(TokenTree::Literal(literal))) =
                    (is_format, code, text)
                {
                    if let Lit::Str(text) = Lit::new(literal) {
                        found.push((known, text.value()));
                    }
                    code = None;
                } else if is_test {
                    is_test = false;
                } else {
                    let inner = group.stream();
                    // `#[cfg(test)] mod tests { ... }` is no part of the service.
                    is_test = inner.to_string() == "cfg (test)";
                    if !is_test {
                        sentences(inner, is_bare, found);
                    }
                }
            }
            TokenTree::Punct(punct) => {
                if punct.as_char() == ';' {
                    code = None;
                    is_test = false;
                }
            }
        }
    }
}

/// A sentence with something in its gaps.
fn filled(text: &str) -> String {
    let mut sentence = String::new();
    let mut rest = text;
    while let Some((front, behind)) = rest.split_once('{') {
        sentence.push_str(front);
        sentence.push_str(FILLED);
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    sentence + rest
}

#[test]
fn each_sentence_of_a_fault_is_answered_with_its_code() {
    let mut all = 0;
    let mut wrong = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("a file");
        let is_bare = path.ends_with(BARE);
        let mut found = Vec::new();
        sentences(text.parse().expect("Rust"), is_bare, &mut found);
        for (code, sentence) in found {
            let sentence = filled(&sentence);
            // A name and no sentence.
            if sentence.split(' ').count() < 4 {
                continue;
            }
            all += 1;
            let answer = answer(&sentence);
            if answer.first().is_none_or(|id| id != code.id()) {
                wrong.push(format!(
                    "{}: {code} not {answer:?}: {sentence}",
                    path.display()
                ));
            }
        }
    }
    assert!(all > 120, "only {all} were found");
    assert!(wrong.is_empty(), "{}\n{all} in all", wrong.join("\n"));
}
