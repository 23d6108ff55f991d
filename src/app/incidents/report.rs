//! An incident as it is shown, its report, and all that is kept of it.

use jiff::Timestamp;

use crate::adapters::postgres::audit_log::{AuditLog, MOST};
use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::incident::{Entry, IncidentReport, Name, ReportedAction, ShownIncident};

impl App {
    /// The report of an incident, for whoever is let in; nothing where there is none of that name. Where the
    /// database does not say what was done, the report says so.
    pub async fn incident_report(&self, name: &Name) -> Option<IncidentReport> {
        let environment = &self.settings.deployment.environment;
        let known = self
            .incidents
            .known()
            .report(name, environment, Timestamp::now());
        let mut report = known?;
        report.incident = self.offering_issues(report.incident);
        match self.done_during(&report).await {
            Ok(mut actions) => {
                if actions.len() > MOST {
                    actions.truncate(MOST);
                    let more = format!("Only the first {MOST} are shown.");
                    report.actions_missing = Some(more);
                }
                report.actions = actions;
            }
            Err(fault) => report.actions_missing = Some(fault.to_string()),
        }
        Some(report)
    }

    /// The report of an incident, and each of its entries as it is kept.
    pub async fn incident_export(&self, name: &Name) -> Option<(IncidentReport, Vec<Entry>)> {
        let report = self.incident_report(name).await?;
        let entries = self.incidents.known().entries_of(name);
        Some((report, entries))
    }

    async fn done_during(&self, report: &IncidentReport) -> Result<Vec<ReportedAction>, Fault> {
        let (from, to) = report.span();
        let database = self.database.clone()?;
        AuditLog::new(database).between(from, to).await
    }

    pub(super) fn offering_issues(&self, mut shown: ShownIncident) -> ShownIncident {
        if let Some(repository) = &self.settings.repository {
            shown.offer_issues(repository);
        }
        shown
    }
}
