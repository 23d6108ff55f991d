//! Hearing at once of what another replica has recorded, where somebody asks for what is not known here.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::app::incidents::KnownIncidents;
use crate::domain::fault::Fault;
use crate::domain::incident::{Incidents, Name};
use crate::domain::taxonomy::Code;

/// So often it is read for one who asks: what was said elsewhere just now may be on its way.
const HEARINGS: usize = 2;
/// How long one of them may take. A chat waits for three seconds in all.
const HEARD_WITHIN: Duration = Duration::from_millis(700);

impl App {
    /// Hears of an incident that has come back so often. False where nobody answered in time.
    pub async fn hear_of(&self, name: &Name, generation: u32) -> bool {
        self.hear_until(|known| {
            let incident = known.book().incident(name);
            incident.is_some_and(|one| one.reopened >= generation)
        })
        .await
    }

    /// Hears of an incident, and refuses its name where nobody can know whether there is one.
    ///
    /// # Errors
    ///
    /// DFE-INT-002.
    pub async fn hear_or_refuse(&self, name: &Name) -> Result<(), Fault> {
        let has_heard = self.hear_of(name, 0).await;
        self.refuse_unread(name, has_heard)
    }

    /// Refuses a name that nothing is known of here, where there may be an incident of it all the same: what the
    /// database knows could not be read, or was asked for just now and not heard.
    ///
    /// # Errors
    ///
    /// DFE-INT-002. The cause is a right or a setting of ours, and whoever asks has done nothing wrong.
    pub fn refuse_unread(&self, name: &Name, has_heard: bool) -> Result<(), Fault> {
        let keeping = self.incidents.keeping();
        let is_known = self.generation(name).is_some();
        if self.has_no_others() || is_known || (keeping.is_whole() && has_heard) {
            return Ok(());
        }
        let (why, first_check, causes) = match &keeping.unread {
            Some(fault) => (
                fault.detail.as_ref(),
                fault.first_check().to_owned(),
                fault.causes.clone(),
            ),
            None => (
                "The database has not been read yet, or does not answer in time.",
                "The same again in a moment".to_owned(),
                Vec::new(),
            ),
        };
        let detail = format!("Whether there is an incident of that name cannot be known. {why}");
        Err(Fault::new(Code::ResourceExhausted, detail)
            .check_first(first_check)
            .caused_by(causes))
    }

    /// Whether all incidents are known here: else what the database knows of them could not be read.
    pub fn knows_all_incidents(&self) -> bool {
        self.has_no_others() || self.incidents.keeping().is_whole()
    }

    /// Whether there is nobody else who could know of an incident.
    fn has_no_others(&self) -> bool {
        self.settings.watch_interval.is_zero()
            || matches!(self.database(), Err(fault) if fault.code == Code::ConfigMissing)
    }

    /// Hears what others have recorded until something is known; false where it is not, and nobody answered in
    /// time. Nobody is asked who does not answer anyway.
    pub(super) async fn hear_until(&self, is_known: impl Fn(&Incidents) -> bool) -> bool {
        if self.settings.watch_interval.is_zero() || self.database().is_err() {
            return true;
        }
        let mut has_heard = true;
        for _ in 0..HEARINGS {
            let is_unread = self.incidents.keeping().unread.is_some();
            if is_unread || is_known(&self.incidents.known()) {
                return true;
            }
            has_heard = self.incidents.hear().await;
        }
        has_heard
    }
}

impl KnownIncidents {
    /// Waits for a reading that begins after this, for a moment: whether it came.
    async fn hear(&self) -> bool {
        let mut readings = self.readings.subscribe();
        let needed = readings.borrow().begun + 1;
        self.wants_reading.notify_one();
        let heard = readings.wait_for(|readings| readings.ended >= needed);
        // Who has not heard by then knows what was known before.
        timeout(HEARD_WITHIN, heard).await.is_ok()
    }
}
