//! Which of several replicas does what one is enough for.

use crate::app::App;

impl App {
    /// Whether another replica writes the history, and with that does what one of them is enough for. As long as the
    /// database answers, somebody does, though it may not be known yet who.
    pub(in crate::app) fn has_other_writer(&self) -> bool {
        let keeping = self.history.keeping();
        !keeping.is_writer && keeping.fault.is_none() && self.database().is_ok()
    }
}
