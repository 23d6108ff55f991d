//! What is said of an incident now.

use jiff::Timestamp;

use crate::app::App;
use crate::domain::acknowledge_link::issue;
use crate::domain::incident::{Incident, Owed};
use crate::domain::message::{Message, MessageLinks};
use crate::domain::taxonomy::Code;

impl App {
    /// What is said now; nothing where the incident is not known.
    pub(super) fn words(&self, owed: &Owed) -> Option<Message> {
        let look = self.looks.borrow().clone();
        let seen = |series| look.as_deref()?.wrong(series);
        let links = |incident: &Incident, code: Option<Code>| {
            let settings = &self.settings;
            let Ok(Some(base)) = &settings.telling.public_url else {
                return MessageLinks::default();
            };
            let (name, generation) = (incident.name.as_str(), incident.reopened);
            let token = issue(&settings.access, name, generation, Timestamp::now());
            MessageLinks::of(base, name, code, token.as_deref())
        };
        self.incidents.known().message(owed, seen, links)
    }
}
