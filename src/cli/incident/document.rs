//! Documents about an incident, as an instance sends them.

use std::process::ExitCode;

use clap::ValueEnum;

use super::asked::InstanceArgs;
use super::ordered::complain;
use crate::app::neighbour::incidents::IncidentDocument;
use crate::cli::answer::{Answer, Output};
use crate::domain::incident::Name;
use crate::settings::Settings;

/// As what a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    /// Markdown
    #[default]
    Md,
    /// A page to print
    Html,
    /// JSON
    Json,
}

impl From<ReportFormat> for IncidentDocument {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Md => Self::Markdown,
            ReportFormat::Html => Self::Page,
            ReportFormat::Json => Self::Json,
        }
    }
}

/// Prints the report of an incident, or all that is kept of it, as the instance sends it.
pub(super) async fn print(
    settings: &Settings,
    name: &Name,
    asked: &InstanceArgs,
    document: IncidentDocument,
) -> ExitCode {
    let mut answer = Answer::new(match document {
        IncidentDocument::Json | IncidentDocument::Export => Output::Json,
        IncidentDocument::Markdown | IncidentDocument::Page => Output::Table,
    });
    let neighbour = match asked.instance(&mut answer, settings).await {
        Ok(neighbour) => neighbour,
        Err(code) => return code,
    };
    match neighbour.incident_document(name, document).await {
        Ok(found) => {
            answer.give(&found.document, || found.told);
            ExitCode::SUCCESS
        }
        Err(fault) => complain(&answer, fault),
    }
}
