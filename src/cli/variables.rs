//! `dragonfly-ops variables`

use std::process::ExitCode;

use crate::cli::answer::{Answer, Output};
use crate::settings::variables::{ALL, Variable};

/// Lines are no longer than that.
const WIDTH: usize = 80;
const INDENT: &str = "    ";

/// Says which variables there are. None of their values is looked at.
pub(super) fn run(output: Output) -> ExitCode {
    let variables: Vec<_> = ALL.iter().map(row).collect();
    let document = serde_json::json!({ "variables": variables });
    Answer::new(output).give(&document, page);
    ExitCode::SUCCESS
}

/// Every variable, for people.
pub(super) fn page() -> String {
    let paragraphs: Vec<_> = ALL.iter().map(paragraph).collect();
    paragraphs.join("\n")
}

fn paragraph(variable: &Variable) -> String {
    let mut text = variable.names().collect::<Vec<_>>().join(", or ");
    if variable.is_secret {
        text.push_str(" (secret)");
    }
    text.push('\n');
    text.push_str(&wrapped(variable.meaning));
    if let Some(default) = variable.default {
        text.push_str(&wrapped(&format!("Default: {default}")));
    }
    text
}

/// The words of a paragraph, in as few lines as they fit in.
fn wrapped(paragraph: &str) -> String {
    let mut text = String::new();
    let mut line = INDENT.to_owned();
    for word in paragraph.split(' ') {
        let is_first = line.len() == INDENT.len();
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            INDENT.clone_into(&mut line);
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
    text
}

fn row(variable: &Variable) -> serde_json::Value {
    serde_json::json!({
        "name": variable.name,
        "aliases": variable.aliases,
        "default": variable.default,
        "meaning": variable.meaning,
        "secret": variable.is_secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_every_row_and_fits() {
        let page = page();
        for line in page.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        // A paragraph that is wrapped is the same words.
        let words: Vec<_> = page.split_whitespace().collect();
        let words = words.join(" ");
        for variable in ALL {
            for part in variable
                .names()
                .chain(variable.default)
                .chain([variable.meaning])
            {
                assert!(words.contains(part), "{part}");
            }
        }
    }

    #[test]
    fn help_shows_the_page() {
        use clap::Parser;

        let arguments = ["dragonfly-ops", "help", "variables"];
        let help = crate::cli::Cli::try_parse_from(arguments).expect_err("help is no command");
        assert_eq!(help.exit_code(), 0);
        assert!(help.to_string().contains(page().trim_end()));
    }
}
