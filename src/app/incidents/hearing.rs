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
    /// Hears of an incident that has come back so often.
    pub async fn hear_of(&self, name: &Name, generation: u32) {
        self.hear_until(|known| {
            let incident = known.book().incident(name);
            incident.is_some_and(|one| one.reopened >= generation)
        })
        .await;
    }

    /// Refuses a name that nothing is known of here, where there may be an incident of it all the same: what the
    /// database knows could not be read.
    ///
    /// # Errors
    ///
    /// DFE-INT-002. The cause is a right or a setting of ours, and whoever asks has done nothing wrong.
    pub fn refuse_unread(&self, name: &Name) -> Result<(), Fault> {
        let keeping = self.incidents.keeping();
        let has_none = self.settings.watch_interval.is_zero()
            || matches!(self.database(), Err(fault) if fault.code == Code::ConfigMissing);
        if has_none || keeping.is_whole() || self.generation(name).is_some() {
            return Ok(());
        }
        let (why, first_check, causes) = match &keeping.unread {
            Some(fault) => (
                fault.detail.as_ref(),
                fault.first_check().to_owned(),
                fault.causes.clone(),
            ),
            None => (
                "The database has not been read yet.",
                "The same again in a moment".to_owned(),
                Vec::new(),
            ),
        };
        let detail = format!("Whether there is an incident of that name cannot be known. {why}");
        Err(Fault::new(Code::ResourceExhausted, detail)
            .check_first(first_check)
            .caused_by(causes))
    }

    /// Hears what others have recorded until something is known. Nobody is asked who does not answer anyway.
    pub(super) async fn hear_until(&self, is_known: impl Fn(&Incidents) -> bool) {
        if self.settings.watch_interval.is_zero() || self.database().is_err() {
            return;
        }
        for _ in 0..HEARINGS {
            let is_unread = self.incidents.keeping().unread.is_some();
            if is_unread || is_known(&self.incidents.known()) {
                return;
            }
            self.incidents.hear().await;
        }
    }
}

impl KnownIncidents {
    /// Waits for a reading that begins after this, for a moment.
    async fn hear(&self) {
        let mut readings = self.readings.subscribe();
        let needed = readings.borrow().begun + 1;
        self.wants_reading.notify_one();
        let heard = readings.wait_for(|readings| readings.ended >= needed);
        // Who has not heard by then knows what was known before.
        let _ = timeout(HEARD_WITHIN, heard).await;
    }
}
