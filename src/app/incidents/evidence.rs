//! Takes and keeps evidence of incidents: on disk first, then in the database.
//!
//! # Design notes
//!
//! What is to be taken is asked of the incidents, and not waited for: a process that was killed in the
//! middle finds out what is missing. At the opening and at the end only what the watch has just seen is
//! written down, so that nothing more is asked of a dependency that is in trouble, but for what the doctor
//! asks. A piece is kept before its entry is made: what the timeline names is there.
//!
//! Where another replica is known to be the one that writes, it is given time to take it. Where that is
//! not known, each does: twice is better than not at all, and each content keeps its hash.

mod pieces;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::{Instant, timeout};
use ulid::Ulid;

use self::pieces::Seen;
use crate::adapters::evidence_dir::{EvidenceDir, forget, load};
use crate::adapters::postgres::evidence::EvidenceStore;
use crate::app::App;
use crate::app::disk::folder;
use crate::app::incidents::now;
use crate::app::retry::{Complaint, wait_after};
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Capture, Command, Deed, Evidence, ITSELF, Known, MOST_ATTACHED, MOST_CAPTURED, MediaType, Name,
    Piece, PieceKind, Wish, cut,
};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;

/// How often it is looked what is missing, and when the database is tried again.
const EVERY: Duration = Duration::from_secs(5);
/// When it is tried again after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);
/// How long it may take to see a piece.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// How long the one that writes is given, until what it has taken can be read by all.
const PATIENCE: SignedDuration = SignedDuration::from_secs(45);
/// How long the end of the process waits until what is on disk is in the database.
const AT_THE_END: Duration = Duration::from_secs(3);

impl App {
    /// Takes and keeps evidence until the process is on its way out; not at all where nothing watches.
    pub async fn keep_evidence(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let mut bringer = Bringer::new(&self);
        let keep = async {
            self.incidents.has_taken_over().await;
            self.enter_what_was_left().await;
            loop {
                self.take_what_is_owed().await;
                bringer.bring().await;
                tokio::select! {
                    () = self.incidents.taking.wanted.notified() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        };
        tokio::select! {
            () = keep => {}
            () = self.lifecycle.draining() => {}
        }
        // The disk may go with the process.
        bringer.next = Instant::now();
        let _ = timeout(AT_THE_END, bringer.bring()).await;
    }

    /// Takes what is missing, where it is this process that should.
    async fn take_what_is_owed(&self) {
        let keeping = self.history.keeping();
        // As long as the database answers, somebody writes, though it may not be known yet who.
        let is_anothers = !keeping.is_writer && keeping.fault.is_none();
        let patience = match is_anothers && self.database().is_ok() {
            true => PATIENCE,
            false => SignedDuration::ZERO,
        };
        let owed = self.incidents.known().owed(now(), patience);
        for capture in owed {
            self.take(&capture).await;
        }
    }

    /// Takes what is missing of a capture, and keeps it. It ends, whatever hangs.
    pub(in crate::app) async fn take(&self, capture: &Capture) {
        let _turn = self.incidents.taking.turn.lock().await;
        let lacking = self.incidents.known().lacking(capture);
        let glance = self.glance(capture).await;
        let takes = lacking.into_iter().map(async |kind| {
            let seen = timeout(SEEN_WITHIN, self.see(kind, &glance)).await;
            let kept = match seen {
                Ok(Ok(seen)) => self.keep_piece(capture, kind, seen).await,
                Ok(Err(reason)) => Err(reason),
                Err(_) => Err(format!("it took longer than {} s", SEEN_WITHIN.as_secs())),
            };
            if let Err(reason) = kept {
                let name = kind.title().to_owned();
                let failed = Deed::CaptureFailed { name, reason };
                self.enter(&capture.incident, capture.failed_id(kind), ITSELF, failed)
                    .await;
            }
        });
        join_all(takes).await;
    }

    async fn keep_piece(
        &self,
        capture: &Capture,
        kind: PieceKind,
        seen: Seen,
    ) -> Result<(), String> {
        let text = self.settings.redactor.redact_whole(&seen.text);
        let (text, is_cut) = cut(&text, MOST_CAPTURED);
        // A part of a document is none.
        let media_type = match is_cut {
            true => MediaType::Text,
            false => seen.media_type,
        };
        let content = text.as_bytes().to_vec();
        let evidence = Evidence {
            id: capture.kept_id(kind),
            incident: capture.incident.clone(),
            taken_at: now(),
            taken_by: ITSELF.to_owned(),
            piece: Piece {
                is_cut,
                occasion: Some(capture.when),
                ..Piece::of(kind.title(), media_type, &content)
            },
            content,
        };
        let kept = self.keep_evidence_of(evidence.clone()).await;
        kept.map_err(|fault| fault.to_string())?;
        let deed = Deed::Attach(evidence.piece);
        self.enter(&capture.incident, evidence.id, ITSELF, deed)
            .await;
        Ok(())
    }

    /// Keeps a piece on disk, or, where that does not take it, in the database.
    async fn keep_evidence_of(&self, evidence: Evidence) -> Result<(), Fault> {
        let (dir, copy) = (self.evidence_dir(), evidence.clone());
        let on_disk = self.incidents.taking.on_disk(move || dir.keep(&copy)).await;
        let Err(unwritten) = on_disk else {
            return Ok(());
        };
        let store = self.evidence_store().map_err(|_| unwritten.clone())?;
        store.keep(&evidence).await.map_err(|_| unwritten)
    }

    async fn enter(&self, incident: &Name, id: String, by: &str, deed: Deed) {
        let command = Command {
            id,
            by: by.to_owned(),
            from: Known::Rule,
            order: Wish::Of(incident.clone(), deed),
        };
        if let Err(fault) = self.order_incident(command).await {
            tracing::warn!(
                code = %fault.code, incident = incident.as_str(),
                "evidence is kept and has no entry: {}", fault.detail
            );
        }
    }

    /// Enters what a process before this one has kept and was killed before it could say so.
    async fn enter_what_was_left(&self) {
        let dir = self.evidence_dir();
        let files = self.incidents.taking.on_disk(move || dir.files()).await;
        for file in files.unwrap_or_default() {
            let found = self.incidents.taking.on_disk(move || load(&file)).await;
            let Ok(Some(evidence)) = found else {
                continue;
            };
            if !self.incidents.known().book().has(&evidence.id) {
                let deed = Deed::Attach(evidence.piece);
                self.enter(&evidence.incident, evidence.id, &evidence.taken_by, deed)
                    .await;
            }
        }
    }

    /// Attaches a file that somebody has, and waits until it is kept. The same id twice is one.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 or DFE-VAL-003 where it cannot be attached; else the classified cause of its not being kept.
    pub async fn attach_to_incident(
        &self,
        id: Ulid,
        by: String,
        name: &Name,
        file: (&str, Vec<u8>),
    ) -> Result<Name, Fault> {
        let (file, mut content) = file;
        let redactor = &self.settings.redactor;
        if content.len() > MOST_ATTACHED {
            return Err(refuse("The file is larger than 10 MB."));
        }
        let media_type = MediaType::of(&content).ok_or_else(|| {
            refuse("The file is no png, jpeg, webp, pdf, json or text, by what it holds.")
        })?;
        if media_type.is_text() {
            content = redactor
                .redact_whole(&String::from_utf8_lossy(&content))
                .into_bytes();
        }
        let piece = Piece::of(&redactor.redact_whole(file), media_type, &content);
        self.refuse_unread(name)?;
        let (incident, is_known) = {
            let known = self.incidents.known();
            let is_known = known.book().has(&id.to_string());
            let incident = match is_known {
                true => known.book().survivor(name).clone(),
                false => known.may_attach(name, &piece)?,
            };
            (incident, is_known)
        };
        let evidence = Evidence {
            id: id.to_string(),
            incident: incident.clone(),
            taken_at: now(),
            taken_by: redactor.redact(&by),
            piece: piece.clone(),
            content,
        };
        if !is_known {
            self.keep_evidence_of(evidence).await?;
        }
        let command = Command {
            id: id.to_string(),
            by,
            from: Known::Http,
            order: Wish::Of(incident, Deed::Attach(piece)),
        };
        let name = self.order_incident(command).await?;
        self.incidents.taking.wanted.notify_one();
        Ok(name)
    }

    /// A piece of an incident's evidence with its content; nothing where there is none of that id.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where another replica has it, or it is not what was kept; else the classified cause.
    pub async fn evidence_of_incident(
        &self,
        name: &Name,
        id: &str,
    ) -> Result<Option<Evidence>, Fault> {
        let found = {
            let known = self.incidents.known();
            let evidence = known.evidence(name).into_iter();
            let mut meant = evidence.filter(|(entry, _)| entry.id == id);
            meant.next().map(|(entry, piece)| Evidence {
                id: entry.id.clone(),
                incident: name.clone(),
                taken_at: entry.at,
                taken_by: entry.who.clone(),
                piece: piece.clone(),
                content: Vec::new(),
            })
        };
        let Some(mut evidence) = found else {
            return Ok(None);
        };
        let (id, sha256) = (evidence.id.clone(), evidence.piece.sha256.clone());
        let dir = self.evidence_dir();
        let on_disk = self
            .incidents
            .taking
            .on_disk(move || Ok(dir.find(&id, &sha256)));
        if let Ok(Some(kept)) = on_disk.await {
            evidence.content = kept.content;
            return Ok(Some(evidence));
        }
        let store = self.evidence_store()?;
        let kept = store.read(&evidence.id, &evidence.piece.sha256).await?;
        evidence.content = kept.ok_or_else(|| {
            Fault::new(
                Code::ValData,
                "The evidence is not in the database yet: the replica that has taken it has it.",
            )
        })?;
        match evidence.is_whole() {
            true => Ok(Some(evidence)),
            false => Err(Fault::new(
                Code::ValData,
                "The evidence in ops.evidence is not what was kept: its hash is another one.",
            )),
        }
    }

    fn evidence_dir(&self) -> EvidenceDir {
        EvidenceDir::new(folder(&self.settings))
    }

    fn evidence_store(&self) -> Result<EvidenceStore, Fault> {
        Ok(EvidenceStore::new(self.database()?.clone()))
    }
}

/// Brings what is on disk to the database.
struct Bringer<'a> {
    app: &'a App,
    store: Result<EvidenceStore, Fault>,
    complaint: Complaint,
    next: Instant,
    /// What the database refuses for good is not tried again by this process, and holds up nothing else.
    refused: BTreeSet<PathBuf>,
}

impl<'a> Bringer<'a> {
    fn new(app: &'a App) -> Self {
        Self {
            app,
            store: app.evidence_store(),
            complaint: Complaint::new(
                "evidence is not kept in the database",
                "evidence is kept in the database again",
            ),
            next: Instant::now(),
            refused: BTreeSet::new(),
        }
    }

    async fn bring(&mut self) {
        let Ok(store) = &self.store else {
            return;
        };
        if Instant::now() < self.next {
            return;
        }
        let taking = &self.app.incidents.taking;
        let dir = self.app.evidence_dir();
        let files = taking.on_disk(move || dir.files()).await;
        for file in files.unwrap_or_default() {
            if self.refused.contains(&file) {
                continue;
            }
            let path = file.clone();
            let found = taking.on_disk(move || load(&path)).await;
            let kept = match &found {
                // The disk does not answer: later.
                Err(_) => return,
                // It was cut off, and nothing names it.
                Ok(None) => Ok(()),
                Ok(Some(evidence)) => store.keep(evidence).await,
            };
            if let Err(fault) = kept {
                self.complaint.say(&fault);
                self.next = Instant::now() + wait_after(&fault, EVERY, AFTER_MISTAKE);
                if fault.code == Code::ValData || fault.code == Code::DbIntegrity {
                    self.refused.insert(file);
                    continue;
                }
                self.show(Some(fault));
                return;
            }
            let forgotten = taking.on_disk(move || {
                forget(&file);
                Ok(())
            });
            // What stays is brought once more, and counts once.
            let _ = forgotten.await;
        }
        self.complaint.end();
        self.show(None);
    }

    fn show(&self, fault: Option<Fault>) {
        let incidents = &self.app.incidents;
        incidents.change_keeping(|keeping| keeping.evidence = fault);
    }
}
