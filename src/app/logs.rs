//! The logs of what runs at Railway.

use jiff::Timestamp;

use crate::adapters::postgres::classify::meaning_of;
use crate::adapters::railway::LogLine;
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::target::Proven;
use crate::domain::taxonomy::Code;
use crate::reading::logs::LogReader;
use crate::settings::Settings;

/// How many lines of each service's log are asked for.
const LINES: u32 = 1_000;

/// The last lines of a service.
#[derive(Debug)]
pub(crate) struct ServiceLog {
    /// The service.
    pub(crate) name: String,
    /// The status of its latest deployment; nothing where none was ever deployed.
    pub(crate) deployment: Option<String>,
    /// Its lines, the oldest first.
    pub(crate) lines: Vec<LogLine>,
}

/// A reader of logs. It shows no secret that is set, and judges as triage does.
#[must_use]
pub(crate) fn log_reader(settings: &Settings) -> LogReader {
    LogReader::new(settings.redactor.clone(), meaning_of, Timestamp::now())
}

impl App {
    /// The last lines of a service, or of all of them.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where there is no such service, DFE-CFG-002 where the token is of another
    /// environment; else the classified cause.
    pub(crate) async fn logs(
        &self,
        proven: &Proven,
        service: Option<&str>,
    ) -> Result<Vec<ServiceLog>, Fault> {
        let railway = self.railway()?;
        let environment = railway.environment().await?;
        environment.require(&proven.environment)?;
        let is_meant = |name: &str| service.is_none_or(|asked| name.eq_ignore_ascii_case(asked));
        if !environment
            .services
            .iter()
            .any(|found| is_meant(&found.name))
        {
            return Err(Fault::new(
                Code::ValInput,
                format!(
                    "There is no such service; there are: {}.",
                    environment.names()
                ),
            ));
        }
        let mut logs = Vec::new();
        for found in environment.services {
            if !is_meant(&found.name) {
                continue;
            }
            let lines = match &found.latest_deployment {
                Some(deployment) => railway.logs(&deployment.id, LINES).await?,
                None => Vec::new(),
            };
            logs.push(ServiceLog {
                name: found.name,
                deployment: found.latest_deployment.map(|deployment| deployment.status),
                lines,
            });
        }
        Ok(logs)
    }
}
