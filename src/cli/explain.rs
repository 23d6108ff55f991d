//! `dragonfly-ops explain`

use std::process::ExitCode;

use crate::app::App;
use crate::cli::answer::{Answer, Output};
use crate::cli::exit::USAGE;
use crate::cli::render::printable;
use crate::cli::runbook::{self, RunbookArgs};
use crate::domain::order::refuse;
use crate::domain::taxonomy::{Code, Entry};
use crate::http::CodeRow;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
What incidents have taught about it is asked of the instance at --via, else of the one on this
machine, with DRAGONFLY_TOKEN; where neither answers, the rest is said all the same.

Exit codes:
  0  explained
  2  there is no such code";

/// The code that somebody has typed, with or without what all of them begin with.
fn typed(text: &str) -> Option<Code> {
    let text = text.trim().replace(['_', ' '], "-");
    let code = text.parse().ok();
    code.or_else(|| format!("DFE-{text}").parse().ok())
}

/// Says all that the taxonomy knows of a code, and what incidents have taught about it. Exit code 2: there is no such
/// code.
pub(super) async fn run(
    app: &App,
    code: &str,
    asked: &RunbookArgs,
    env: Option<&str>,
    output: Output,
) -> ExitCode {
    let mut answer = Answer::new(output);
    let Some(code) = typed(code) else {
        let fault = refuse(format!("{} is no error code.", printable(code)));
        let fault = fault.check_first("Whether it is written as DFE-DB-002 is");
        let exit = answer.fail(&fault, USAGE);
        eprintln!("  the codes are:");
        for code in Code::ALL {
            eprintln!("  {code}  {}", code.entry().title);
        }
        return exit;
    };
    let found = asked.ask(&mut answer, app, &[code], env).await;
    let runbook = found.as_ref().and_then(|found| found.get(&code)).cloned();
    answer.give(&CodeRow::of(code).with_runbook(runbook), || {
        page(code) + &runbook::lines(found.as_ref(), code)
    });
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
    fn a_code_is_known_as_people_type_it() {
        for text in ["DFE-DB-002", "dfe-db-002", "db-002", "DB_002", " db 002"] {
            assert_eq!(typed(text), Some(Code::DbTimeout), "{text}");
        }
        for text in ["", "db", "002", "DFE-DB-999", "DFE-DFE-DB-002"] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

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
