//! Keeps the entries of incidents: on disk first, then in the database.
//!
//! # Design notes
//!
//! Whoever writes down and whoever brings what was written to the database go round apart from each other, and
//! share only what waits: a database that hangs holds up nobody who waits until something is on disk.

mod entry_bringer;
mod pending;
mod writer;

use std::sync::Arc;

use self::entry_bringer::EntryBringer;
use self::pending::Pending;
use self::writer::Writer;
use crate::app::App;

impl App {
    /// Keeps incidents until the process is on its way out; not at all where nothing watches.
    pub async fn keep_incidents(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let pending = Pending::default();
        let mut writer = Writer::new(&self, &pending);
        let mut bringer = EntryBringer::new(&self, &pending);
        writer.take_over().await;
        tokio::join!(writer.run(), bringer.run());
        bringer.end().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use ulid::Ulid;

    use super::*;
    use crate::app::incidents::hung::Hung;
    use crate::domain::incident::{Command, Known, Wish};

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_the_disk_does_not_wait_for_a_database_that_hangs() {
        let hung = Hung::start(&[]).await;
        let app = &hung.app;
        let keeping = tokio::spawn(Arc::clone(app).keep_incidents());
        let order = async || {
            let order = Wish::Open {
                title: "nobody gets mail".to_owned(),
                message: String::new(),
                severity: None,
                code: None,
            };
            let command = Command {
                id: Ulid::generate().to_string(),
                by: "ada".to_owned(),
                from: Known::Http,
                order,
            };
            app.order_incident(command).await.expect("it is kept")
        };
        order().await;
        let mut asked = Vec::new();
        for _ in 0..3 {
            // Somebody is asked for an answer that never comes.
            asked.push(hung.database.accept().await.expect("it is asked"));
            let began = Instant::now();
            order().await;
            assert_eq!(began.elapsed().as_millis(), 0);
        }
        assert!(app.incidents.keeping().disk.is_none());
        keeping.abort();
    }
}
