//! What incidents have taught about codes.

use crate::app::App;
use crate::domain::access::Role;
use crate::domain::incident::ShownSuggestion;
use crate::domain::taxonomy::Code;

impl App {
    /// What is suggested for a code, from memory; nothing to whoever is not let in, as people wrote it in an incident.
    #[must_use]
    pub fn suggestions(&self, code: Code, role: Role) -> Option<Vec<ShownSuggestion>> {
        (role != Role::Anybody).then(|| self.incidents.known().book().runbook().of(code))
    }
}
