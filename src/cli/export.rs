//! `dragonfly-ops export`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use url::Url;

use crate::cli::exit::USAGE;
use crate::cli::render;
use crate::settings::Settings;
use crate::telemetry::alert_rules::{self, Setup};
use crate::telemetry::dashboard;
use crate::telemetry::selector::Selector;

/// What stands below the options of the rules in the help.
const AFTER_RULES: &str = "\
Exit codes:
  0  printed
  2  the address is none, PUBLIC_URL is wrong, or what the selector holds is no matcher of labels";
/// The same of the dashboard.
const AFTER_DASHBOARD: &str = "\
Exit codes:
  0  printed
  2  what the selector holds is no matcher of labels";

/// What other programs are set up with.
#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Print alert rules for Prometheus, as YAML
    ///
    /// Each says its code, with a severity from P1 to P4, what to look at first, and a link to the page of the
    /// code. How long something has to last follows WATCH_INTERVAL and the deadlines of the checks, as they are set
    /// where this is run.
    #[command(after_long_help = AFTER_RULES)]
    AlertRules {
        /// Where the pages are reached, with its scheme; PUBLIC_URL where it is left out. Without either the links
        /// are paths alone
        #[arg(long, value_name = "URL", value_parser = address)]
        url: Option<Url>,
        #[command(flatten)]
        meant: SelectorArgs,
    },
    /// Print a dashboard for Grafana, as JSON
    ///
    /// Import it under Dashboards, New, Import. It asks which source of data it shows, and which jobs.
    #[command(after_long_help = AFTER_DASHBOARD)]
    Dashboard {
        #[command(flatten)]
        meant: SelectorArgs,
    },
}

/// Whose series are meant.
#[derive(Debug, Args)]
pub(super) struct SelectorArgs {
    /// Only the series with these labels, such as 'job="dragonfly-ops",environment="production"': as Prometheus
    /// labels what it scrapes. Else all are one fleet, and who runs twice, for staging too, has two writers
    #[arg(long, value_name = "MATCHERS")]
    selector: Option<Selector>,
}

/// An address of pages.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_right = matches!(url.scheme(), "http" | "https") && url.query().is_none();
    is_right
        .then_some(url)
        .ok_or_else(|| "an address is meant, such as https://ops.example.com".to_owned())
}

impl ExportCommand {
    pub(super) fn run(self, settings: &Settings) -> ExitCode {
        match self {
            Self::AlertRules { url, meant } => {
                let base = match (url, &settings.telling.public_url) {
                    (Some(url), _) => Some(url),
                    (None, Ok(url)) => url.clone(),
                    (None, Err(fault)) => {
                        render::fault(fault);
                        return ExitCode::from(USAGE);
                    }
                };
                let health = &settings.health;
                let deadlines = [
                    health.db_timeout,
                    health.supabase_timeout,
                    health.ops_timeout,
                ];
                render::print(&alert_rules::yaml(&Setup {
                    watch_interval: settings.watch_interval,
                    look_takes: deadlines.into_iter().max().unwrap_or_default(),
                    selector: meant.selector.unwrap_or_default(),
                    base: base.map(String::from).unwrap_or_default(),
                }));
            }
            Self::Dashboard { meant } => {
                let dashboard = dashboard::json(&meant.selector.unwrap_or_default());
                // Whoever imports it may want to read it, too.
                render::print(&format!("{dashboard:#}\n"));
            }
        }
        ExitCode::SUCCESS
    }
}
