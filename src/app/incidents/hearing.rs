//! Hearing at once of what another replica has recorded, where somebody asks for what is not known here.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::app::incidents::KnownIncidents;
use crate::domain::incident::{Incidents, Name};

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
