//! A command line that is not understood.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::cli::answer::{Answer, Output};
use crate::cli::exit::USAGE;
use crate::domain::order::refuse;
use crate::reading::redact::Redactor;

/// Says what is wrong with the arguments, or gives the help that they ask for.
pub(super) fn complain(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // Help that a reader went away from (`| head`) is no error of ours.
    let _ = error.print();
    if error.use_stderr() && asks_for_json(arguments) {
        let text = error.to_string();
        let sentence = text.split("\n\n").next().unwrap_or_default();
        let sentence = sentence.strip_prefix("error: ").unwrap_or(sentence);
        // Which settings are secret is not known yet; what looks like one is masked.
        let sentence = Redactor::default().redact(sentence);
        let fault = refuse(format!("The command line is not understood: {sentence}."));
        let fault = match error.get(ContextKind::Usage) {
            Some(ContextValue::StyledStr(usage)) => {
                fault.check_first(Redactor::default().redact(&usage.to_string()))
            }
            _ => fault.check_first("dragonfly-ops help"),
        };
        Answer::new(Output::Json).problem(&fault);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// What was asked for can be told also where the rest cannot.
fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<_> = arguments.take_while(|word| word != "--").collect();
    let mut pairs = arguments.windows(2);
    arguments.iter().any(|word| word == "--output=json")
        || pairs.any(|pair| pair[0] == "--output" && pair[1] == "json")
}
