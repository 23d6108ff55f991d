//! `dragonfly-ops manual`

use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;

use crate::cli::exit::USAGE;
use crate::cli::render::{self, printable};

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  printed
  2  there is no such command

Examples:
  dragonfly-ops manual | man -l -
  dragonfly-ops manual doctor | man -l -";

/// Prints the page of the program, or of one of its commands.
pub(super) fn run(program: Command, words: &[String]) -> ExitCode {
    match page(program, words) {
        Ok(page) => {
            render::print(&page);
            ExitCode::SUCCESS
        }
        Err(unknown) => {
            eprintln!("dragonfly-ops: {} is no command", printable(&unknown));
            ExitCode::from(USAGE)
        }
    }
}

/// The page as `man` reads it; else the word that is no command.
fn page(mut program: Command, words: &[String]) -> Result<String, String> {
    // Only then do the commands know the whole of their names.
    program.build();
    let mut found = &program;
    for word in words {
        found = found.find_subcommand(word).ok_or_else(|| word.clone())?;
    }
    let mut page = Vec::new();
    // Writing into a buffer cannot fail.
    let _ = Man::new(found.clone()).render(&mut page);
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_what_is_none_is_named() {
        let pause = Command::new("pause").about("Hold what is pending");
        let program = || {
            let queue = Command::new("queue").subcommand(pause.clone());
            Command::new("dragonfly-ops").subcommand(queue)
        };
        for (words, part) in [
            (&[][..], "queue"),
            (&["queue"], "pause"),
            (&["queue", "pause"], "Hold what is pending"),
        ] {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            let page = page(program(), &words).expect("a page");
            assert!(page.contains(".SH NAME") && page.contains(part), "{page}");
        }
        let words = ["queue".to_owned(), "stop".to_owned()];
        assert_eq!(page(program(), &words), Err("stop".to_owned()));
    }
}
