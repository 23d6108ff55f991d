//! Acknowledging without a token of ours: by a button in a chat, and by a link.

use std::time::Duration;

use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::incident::{Command, Deed, Known, Name, What, Wish};
use crate::domain::taxonomy::Code;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Whoever asked has it now.
    Now,
    /// Somebody had it before: who.
    Before(String),
}

impl App {
    /// Says that somebody has an incident, and waits so long until that is kept. `proof` is what lets them
    /// say so: twice with the same one is once.
    ///
    /// # Errors
    ///
    /// As of any order about an incident.
    pub async fn acknowledge(
        &self,
        name: &Name,
        (by, from): (String, Known),
        proof: &str,
        within: Duration,
    ) -> Result<Acknowledged, Fault> {
        self.hear_of(name, 0).await;
        let (held, nth) = {
            let known = self.incidents.known();
            let incident = known.book().incident(known.book().survivor(name));
            let held = incident.and_then(|one| one.acknowledgement.as_ref());
            let held = held.map(|held| held.by.clone());
            // Once an acknowledgement has expired, the same proof is another one.
            let nth = incident.map_or(0, |one| one.acknowledgements);
            (held, nth)
        };
        if let Some(held) = held {
            let said = {
                let known = self.incidents.known();
                let timeline = known.book().timeline(name).into_iter();
                let said = timeline.filter(|entry| entry.what == What::Acknowledged);
                said.map(|entry| entry.id.clone()).next_back()
            };
            let (made, said) = (self.incidents.made(), Vec::from_iter(said));
            self.incidents.until_kept(made, &said, within).await?;
            return Ok(Acknowledged::Before(held));
        }
        let digest = Sha256::digest(format!("{name} {nth} {proof}"));
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        let command = Command {
            id: Ulid::from_bytes(id).to_string(),
            by,
            from,
            order: Wish::Of(name.clone(), Deed::Acknowledge),
        };
        self.order_incident_within(command, within).await?;
        Ok(Acknowledged::Now)
    }

    /// Refuses a button or a link that is older than the incident's return.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003.
    pub async fn refuse_former(&self, name: &Name, generation: u32) -> Result<(), Fault> {
        self.hear_of(name, generation).await;
        if self.generation(name) == Some(generation) {
            return Ok(());
        }
        Err(Fault::new(
            Code::ValData,
            "The button is not one of the incident as it is now: it has come back since, or is not known here.",
        )
        .check_first("The latest message of this incident"))
    }

    /// How often an incident has come back; nothing where it is not known.
    pub fn generation(&self, name: &Name) -> Option<u32> {
        let known = self.incidents.known();
        known.book().incident(name).map(|one| one.reopened)
    }
}
