//! `dragonfly-ops export`

use std::process::ExitCode;

use clap::Subcommand;
use url::Url;

use crate::cli::exit::USAGE;
use crate::cli::render;
use crate::settings::Settings;
use crate::telemetry::{alert_rules, dashboard};

/// What stands below the options in the help.
const AFTER_HELP: &str = "\
Exit codes:
  0  printed
  2  the address is none, or PUBLIC_URL is wrong";

/// What other programs are set up with.
#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Print alert rules for Prometheus, as YAML
    ///
    /// Each says its code, with a severity from P1 to P4, what to look at first, and a link to the page of the
    /// code. How long something has to last follows WATCH_INTERVAL.
    #[command(after_long_help = AFTER_HELP)]
    AlertRules {
        /// Where the pages are reached, such as https://ops.example.com; PUBLIC_URL where it is left out. Without
        /// either the links are paths alone
        #[arg(long, value_name = "URL", value_parser = address)]
        url: Option<Url>,
    },
    /// Print a dashboard for Grafana, as JSON
    ///
    /// Import it under Dashboards, New, Import. It asks which source of data it shows, and which jobs.
    Dashboard,
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
            Self::AlertRules { url } => {
                let base = match (url, &settings.telling.public_url) {
                    (Some(url), _) => Some(url),
                    (None, Ok(url)) => url.clone(),
                    (None, Err(fault)) => {
                        render::fault(fault);
                        return ExitCode::from(USAGE);
                    }
                };
                let base = base.map(String::from).unwrap_or_default();
                render::print(&alert_rules::yaml(settings.watch_interval, &base));
            }
            // Whoever imports it may want to read it, too.
            Self::Dashboard => render::print(&format!("{:#}\n", dashboard::json())),
        }
        ExitCode::SUCCESS
    }
}
