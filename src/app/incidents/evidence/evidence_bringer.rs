//! Brings evidence that is on disk to the database.
//!
//! # Design notes
//!
//! No piece holds up another one, but where nobody answers at all. As long as one is not in the database, whatever
//! for, it is said so.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::adapters::evidence_dir::{forget, load, set_aside};
use crate::adapters::postgres::evidence::EvidenceStore;
use crate::adapters::state_dir::fault;
use crate::app::App;
use crate::app::retry::{Complaint, Retry, is_of_what_was_sent};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// When the database is tried again.
const EVERY: Duration = Duration::from_secs(5);
/// The same after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);

pub(super) struct EvidenceBringer<'a> {
    app: &'a App,
    store: Result<EvidenceStore, Fault>,
    complaint: Complaint,
    next: Instant,
    retry: Retry,
    /// What the database refuses, why, and when it is tried again.
    refused: BTreeMap<PathBuf, (Fault, Instant)>,
}

impl<'a> EvidenceBringer<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self {
            app,
            store: app.evidence_store(),
            complaint: Complaint::new(
                "evidence is not kept in the database",
                "evidence is kept in the database again",
            ),
            next: Instant::now(),
            retry: Retry::new(EVERY, AFTER_MISTAKE),
            refused: BTreeMap::new(),
        }
    }

    /// Brings what is there, unless it is too early for that.
    pub(super) async fn bring(&mut self) {
        if self.store.is_err() || Instant::now() < self.next {
            return;
        }
        let lacking = self.bring_all().await.err();
        match &lacking {
            Some(fault) => self.complaint.say(fault),
            None => self.complaint.end(),
        }
        let incidents = &self.app.incidents;
        incidents.change_keeping(|keeping| keeping.evidence = lacking);
    }

    /// The same for the last time.
    pub(super) async fn end(&mut self) {
        self.next = Instant::now();
        self.bring().await;
    }

    /// Why some of it is not in the database, where that is so.
    async fn bring_all(&mut self) -> Result<(), Fault> {
        let store = self.store.as_ref().map_err(Fault::clone)?;
        let taking = &self.app.incidents.taking;
        let dir = self.app.evidence_dir();
        let (files, damaged) = taking
            .on_disk(move || Ok((dir.files()?, dir.damaged()?)))
            .await?;
        let now = Instant::now();
        self.refused
            .retain(|file, (_, again)| files.contains(file) && now < *again);
        let mut lacking = damaged.map(|_| damaged_piece());
        for file in files {
            if self.refused.contains_key(&file) {
                continue;
            }
            let path = file.clone();
            let found = taking.on_disk(move || Ok(load(&path))).await?;
            let evidence = match found {
                Ok(Some(evidence)) => evidence,
                Ok(None) => {
                    let aside = taking.on_disk(move || Ok(set_aside(&file))).await?;
                    lacking = Some(aside.map_or_else(|error| fault(&error), |()| damaged_piece()));
                    continue;
                }
                // Another process has brought it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    lacking.get_or_insert(fault(&error));
                    continue;
                }
            };
            match store.keep(evidence).await {
                Ok(()) => {
                    self.retry.end();
                    let forgotten = taking.on_disk(move || {
                        forget(&file);
                        Ok(())
                    });
                    // What stays is brought once more, and counts once.
                    let _ = forgotten.await;
                }
                Err(fault) if is_of_what_was_sent(&fault) => {
                    self.refused.insert(file, (fault, now + AFTER_MISTAKE));
                }
                Err(fault) => {
                    self.next = Instant::now() + self.retry.after(&fault);
                    return Err(fault);
                }
            }
        }
        let mut refused = self.refused.values();
        let lacking = lacking.or_else(|| refused.next().map(|(fault, _)| fault.clone()));
        lacking.map_or(Ok(()), Err)
    }
}

fn damaged_piece() -> Fault {
    Fault::new(
        Code::ValData,
        "A piece of evidence in STATE_DIR is not what was kept, and is set aside: *.evidence-damaged.",
    )
}
