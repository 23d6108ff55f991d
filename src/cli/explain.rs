//! `dragonfly-ops explain`

use std::process::ExitCode;

use crate::cli::exit::USAGE;
use crate::cli::render::{self, Output, printable};
use crate::domain::taxonomy::{Code, Entry};

/// Says all that the taxonomy knows of a code. Exit code 2: there is no such code.
pub(super) fn run(code: &str, output: Output) -> ExitCode {
    let Ok(code) = code.parse::<Code>() else {
        eprintln!(
            "dragonfly-ops: {} is no error code; there are:",
            printable(code)
        );
        for code in Code::ALL {
            eprintln!("  {code}  {}", code.entry().title);
        }
        return ExitCode::from(USAGE);
    };
    match output {
        Output::Table => render::print(&page(code)),
        Output::Json => {
            let entry = code.entry();
            render::json(&serde_json::json!({
                "code": code,
                "title": entry.title,
                "category": code.category(),
                "retry": entry.retry,
                "retryable": entry.retry.is_retryable(),
                "status": entry.status,
                "meaning": entry.meaning,
                "symptom": entry.symptom,
                "first_check": entry.first_check,
                "fix": entry.fix,
            }));
        }
    }
    ExitCode::SUCCESS
}

fn page(code: Code) -> String {
    let Entry {
        id,
        title,
        retry,
        status,
        meaning,
        symptom,
        first_check,
        fix,
    } = code.entry();
    format!(
        "{id}: {title}\n\n{meaning}\n\n  seen as      {symptom}\n  first check  {first_check}\n  \
         fix          {fix}\n  retry        {}\n  HTTP status  {status}\n",
        retry.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_the_whole_row() {
        for code in Code::ALL {
            let (page, entry) = (page(*code), code.entry());
            for part in [
                entry.title,
                entry.meaning,
                entry.symptom,
                entry.first_check,
                entry.fix,
            ] {
                assert!(page.contains(part), "{code}: {page}");
            }
        }
    }
}
