//! What incidents have taught about codes: asked of an instance, of the one on this machine where none is named.
//!
//! # Design notes
//!
//! It stands beside what is known anyway. So where nobody can be asked the rest is said all the same, and why this is
//! missing goes to stderr; where nobody is there who could be asked, nothing is said of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;

use crate::app::App;
use crate::app::neighbour::Neighbour;
use crate::cli::answer::Answer;
use crate::cli::render::{self, printable};
use crate::cli::{target, via};
use crate::domain::fault::Fault;
use crate::domain::incident::ShownSuggestion;
use crate::domain::taxonomy::Code;

/// Whom to ask.
#[derive(Debug, Args)]
pub(super) struct RunbookArgs {
    /// Ask this running instance what incidents have taught, and not the one on this machine; shows it DRAGONFLY_TOKEN
    #[arg(long, value_name = "URL")]
    via: Option<String>,
}

/// What is suggested for each code, the newest first.
pub(super) type Suggestions = BTreeMap<Code, Vec<ShownSuggestion>>;

impl RunbookArgs {
    /// What is suggested for these codes; nothing where nobody is there who could be asked, or the one who is named does
    /// not answer, which is said on stderr.
    pub(super) async fn ask(
        &self,
        answer: &mut Answer,
        app: &App,
        codes: &[Code],
        env: Option<&str>,
    ) -> Option<Suggestions> {
        if codes.is_empty() {
            return None;
        }
        let neighbour = match &self.via {
            Some(url) => {
                let found = Neighbour::at(&app.settings, url, env).await;
                let neighbour = found.inspect_err(render::fault).ok()?;
                via::announce(answer, &neighbour);
                neighbour
            }
            // That nobody runs here is no fault. The database is not asked: each time that were one more login.
            None => {
                let proven = target::prove(&app.settings, env).ok()?;
                let here = Neighbour::here(&app.settings, &proven.environment).await?;
                Some(here).filter(Neighbour::is_shown_a_token)?
            }
        };
        let asked = of_instance(&neighbour, codes).await;
        let mut found = asked.unwrap_or_else(|fault| {
            eprintln!("dragonfly-ops: what incidents have taught could not be asked for");
            render::fault(&fault);
            None
        })?;
        // Masked when it was written, and by what is secret here, too.
        let redactor = &app.settings.redactor;
        for one in found.values_mut().flatten() {
            one.text = redactor.redact_whole(&one.text);
            one.who = redactor.redact(&one.who);
        }
        Some(found)
    }
}

async fn of_instance(neighbour: &Neighbour, codes: &[Code]) -> Result<Option<Suggestions>, Fault> {
    let mut found = Suggestions::new();
    for code in codes {
        if let Some(suggestions) = neighbour.suggestions(*code).await? {
            found.insert(*code, suggestions);
        }
    }
    Ok((!found.is_empty()).then_some(found))
}

/// The lines of what is suggested for a code, below those about it.
pub(super) fn lines(found: Option<&Suggestions>, code: Code) -> String {
    let mut text = String::new();
    for one in found
        .and_then(|found| found.get(&code))
        .into_iter()
        .flatten()
    {
        let day = one.at.strftime("%Y-%m-%d");
        let (who, incident) = (printable(&one.who), &one.incident);
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  runbook      {day}, {who}, {incident}:");
        for line in one.text.lines() {
            let _ = writeln!(text, "               {}", printable(line).trim_end());
        }
    }
    text
}
