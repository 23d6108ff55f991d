//! What incidents have taught about codes.

use crate::adapters::postgres::incidents::IncidentStore;
use crate::app::App;
use crate::domain::access::Role;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::{Runbook, ShownSuggestion};
use crate::domain::taxonomy::Code;

impl App {
    /// What is suggested for a code, from memory; nothing to whoever is not let in, as people wrote it in an incident.
    #[must_use]
    pub fn suggestions(&self, code: Code, role: Role) -> Option<Vec<ShownSuggestion>> {
        (role != Role::Anybody).then(|| self.incidents.known().book().runbook().of(code))
    }

    /// All that is suggested, as the database has it; nothing where there is none, or no tables of incidents.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub async fn read_runbook(&self) -> Result<Option<Runbook>, Fault> {
        let database = match self.database() {
            Ok(database) => database.clone(),
            Err(fault) if fault.code == Code::ConfigMissing => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let store = IncidentStore::new(database);
        let is_no_table =
            |fault: &Fault| fault.code == Code::ValSchema && fault.kind == Some(FaultKind::NoTable);
        let entries = match store.read_runbook().await {
            Ok(entries) => entries,
            Err(fault) if is_no_table(&fault) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        // Rows that are hidden look like none.
        store.refuse_hidden().await?;
        Ok(Some(entries.iter().collect()))
    }
}
