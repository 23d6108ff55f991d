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

mod evidence_bringer;
mod pieces;
mod railway;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::timeout;
use ulid::Ulid;

use self::evidence_bringer::EvidenceBringer;
use self::pieces::Seen;
use crate::adapters::evidence_dir::{EvidenceDir, load};
use crate::adapters::postgres::evidence::EvidenceStore;
use crate::app::App;
use crate::app::disk::folder;
use crate::app::incidents::now;
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Capture, Command, Deed, Evidence, ITSELF, Known, MOST_ATTACHED, MOST_CAPTURED, MediaType, Name,
    Piece, PieceKind, Wish, cut,
};
use crate::domain::long_work::on_a_thread;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

/// How often it is looked what is missing.
const EVERY: Duration = Duration::from_secs(5);
/// How long it may take to see a piece, and before a remedy, to take all of them.
pub(super) const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// How long the one that writes is given, until what it has taken can be read by all: it may hear of an incident
/// after 90 s, and each of the others of what it has taken after 45 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(150);
/// How long the end of the process waits until what is on disk is in the database.
const AT_THE_END: Duration = Duration::from_secs(3);

/// A file that somebody has.
#[derive(Debug)]
pub struct AttachedFile {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub content: FileContent,
    /// Who attaches it.
    pub by: String,
    /// From where.
    pub from: Known,
}

/// What a file holds, as it was sent.
#[derive(Debug)]
pub enum FileContent {
    /// In base64.
    Base64(String),
    /// As it is.
    Bytes(Vec<u8>),
}

impl App {
    /// Takes and keeps evidence until the process is on its way out; not at all where nothing watches.
    pub async fn keep_evidence(self: Arc<Self>) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let mut bringer = EvidenceBringer::new(&self);
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
        let _ = timeout(AT_THE_END, bringer.end()).await;
    }

    /// Takes what is missing, where it is this process that should.
    async fn take_what_is_owed(&self) {
        let patience = match self.has_other_writer() {
            true => PATIENCE,
            false => SignedDuration::ZERO,
        };
        let owed = self.incidents.known().owed(now(), patience);
        for capture in owed {
            self.take(&[capture]).await;
        }
    }

    /// Takes what is missing of captures of one occasion, and keeps it: what is to be seen is looked at once
    /// for all of them. It ends, whatever hangs.
    pub(in crate::app) async fn take(&self, captures: &[Capture]) {
        let Some(first) = captures.first() else {
            return;
        };
        let glance = self.glance(first).await;
        let takes = PieceKind::ALL.into_iter().map(async |kind| {
            let lacking = self.lacking(captures, kind);
            if lacking.is_empty() {
                return;
            }
            let seen = timeout(SEEN_WITHIN, self.see(kind, &glance)).await;
            let seen = seen.unwrap_or_else(|_| Err(too_long()));
            for capture in lacking {
                let kept = match &seen {
                    Ok(seen) => self.keep_piece(capture, kind, seen).await,
                    Err(reason) => Err(reason.clone()),
                };
                if let Err(reason) = kept {
                    self.enter_failed(capture, kind, reason);
                }
            }
        });
        join_all(takes).await;
    }

    /// Enters of all that is missing that it could not be taken in time.
    pub(in crate::app) fn give_up(&self, captures: &[Capture]) {
        for kind in PieceKind::ALL {
            for capture in self.lacking(captures, kind) {
                self.enter_failed(capture, kind, not_in_time());
            }
        }
    }

    /// Those captures that lack such a piece.
    fn lacking<'a>(&self, captures: &'a [Capture], kind: PieceKind) -> Vec<&'a Capture> {
        let known = self.incidents.known();
        let lacking = captures.iter();
        lacking
            .filter(|capture| known.lacking(capture).contains(&kind))
            .collect()
    }

    async fn keep_piece(
        &self,
        capture: &Capture,
        kind: PieceKind,
        seen: &Seen,
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
        self.enter(&capture.incident, evidence.id, ITSELF, deed);
        Ok(())
    }

    fn enter_failed(&self, capture: &Capture, kind: PieceKind, reason: String) {
        let name = kind.title().to_owned();
        let occasion = Some(capture.when);
        let failed = Deed::CaptureFailed {
            name,
            reason,
            occasion,
        };
        self.enter(&capture.incident, capture.failed_id(kind), ITSELF, failed);
    }

    /// Keeps a piece on disk, or, where that does not take it, in the database.
    async fn keep_evidence_of(&self, evidence: Evidence) -> Result<(), Fault> {
        let (dir, copy) = (self.evidence_dir(), evidence.clone());
        let on_disk = self.incidents.taking.on_disk(move || dir.keep(&copy)).await;
        let Err(unwritten) = on_disk else {
            return Ok(());
        };
        let store = self.evidence_store().map_err(|_| unwritten.clone())?;
        store.keep(evidence).await.map_err(|_| unwritten)
    }

    /// Enters it, and does not wait until that is kept: a disk that hangs would hold up what is taken next.
    fn enter(&self, incident: &Name, id: String, by: &str, deed: Deed) {
        let command = Command {
            id,
            by: by.to_owned(),
            from: Known::Rule,
            order: Wish::Of(incident.clone(), deed),
        };
        if let Err(fault) = self.said(command) {
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
                self.enter(&evidence.incident, evidence.id, &evidence.taken_by, deed);
            }
        }
    }

    /// Attaches a file that somebody has, and waits until it is kept. The same id twice is one.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 or DFE-VAL-003 where it cannot be attached; else the classified cause of its not being kept.
    pub async fn attach_to_incident(
        self: &Arc<Self>,
        id: Ulid,
        name: &Name,
        file: AttachedFile,
    ) -> Result<Name, Fault> {
        let (by, from) = (file.by.clone(), file.from);
        let reader = Arc::clone(self);
        let (piece, content) =
            on_a_thread(move || read_attached(&reader.settings.redactor, file)).await?;
        self.hear_or_refuse(name).await?;
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
            taken_by: self.settings.redactor.redact(&by),
            piece: piece.clone(),
            content,
        };
        if !is_known {
            self.keep_evidence_of(evidence).await?;
        }
        let command = Command {
            id: id.to_string(),
            by,
            from,
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
        let hashed = on_a_thread(move || Ok((evidence.is_whole(), evidence)));
        let (is_whole, evidence) = hashed.await?;
        match is_whole {
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

/// What a file holds that somebody has, masked and redacted where it is text.
fn read_attached(redactor: &Redactor, file: AttachedFile) -> Result<(Piece, Vec<u8>), Fault> {
    let mut content = match file.content {
        FileContent::Bytes(content) => content,
        FileContent::Base64(text) => {
            let content = STANDARD.decode(text);
            content.map_err(|_| refuse("content is no base64."))?
        }
    };
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
    let piece = Piece::of(&redactor.redact_whole(&file.name), media_type, &content);
    Ok((piece, content))
}

/// Why a piece is missing that a remedy does not wait for any longer, also where others had their turn before it.
fn not_in_time() -> String {
    format!(
        "it was not there {} s after the remedy was ordered",
        SEEN_WITHIN.as_secs()
    )
}

/// Why a piece is missing that something hung in.
fn too_long() -> String {
    format!("it took longer than {} s", SEEN_WITHIN.as_secs())
}
