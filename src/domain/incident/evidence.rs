//! What was to be seen in an incident: each piece of it is taken once.
//!
//! # Design notes
//!
//! What is to be taken follows from how an incident stands, and not from an event that somebody may have
//! missed: a process that was killed in the middle finds out what is missing. A piece is named by its
//! incident, the occasion and what it shows, so that one that was taken twice counts once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use super::entry::{Entry, What};
use super::machine::Incidents;
use super::name::Name;
use super::notice::{Capture, CaptureWhen};
use super::piece::{Piece, PieceKind};
use super::state::Incident;
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;

/// How much somebody may attach to one incident, in pieces.
const MOST_ATTACHMENTS: usize = 20;
/// So often is evidence taken of what comes and goes: more of it shows nothing more.
const MOST_CAPTURES: u32 = 10;
/// Of so many incidents is evidence taken before one remedy: those that the watch has seen, then the worst, then the oldest.
const MOST_AT_ONCE: usize = 20;
/// How long the first evidence of an incident takes at most.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);
/// For how long evidence shows what there is to see before a remedy, where the one that it was taken before could not
/// be begun.
const FRESH: Duration = Duration::from_secs(60);
/// For how long after the end it is made up for what is missing.
const MADE_UP_WITHIN: SignedDuration = SignedDuration::from_hours(1);

impl Capture {
    /// The id of the entry that a piece of it was kept.
    #[must_use]
    pub fn kept_id(&self, kind: PieceKind) -> String {
        self.id("kept", kind)
    }

    /// The id of the entry that a piece of it could not be taken. Another replica may have taken it all the same.
    #[must_use]
    pub fn failed_id(&self, kind: PieceKind) -> String {
        self.id("failed", kind)
    }

    fn id(&self, became: &str, kind: PieceKind) -> String {
        let Self {
            incident,
            when,
            nth,
        } = self;
        let kind = kind.title();
        id_of(&format!(
            "evidence/{incident}/{}/{nth}/{kind}/{became}",
            when.as_str()
        ))
    }
}

impl Incidents {
    /// What should have been taken for longer than `patience`, and is missing a piece.
    #[must_use]
    pub fn owed(&self, now: Timestamp, patience: SignedDuration) -> Vec<Capture> {
        let is_recent = |one: &&Incident| {
            let over = one.resolved_at.filter(|_| !one.is_live());
            one.merged_into.is_none() && over.is_none_or(|at| now < at + MADE_UP_WITHIN)
        };
        let recent = self.book().incidents().filter(is_recent);
        let captures = recent.flat_map(|one| {
            let opening = (CaptureWhen::Opening, one.reopened + 1, one.opened_at);
            let recoveries = one.count(&What::Mitigated);
            let recovery = one
                .mitigated_at
                .map(|at| (CaptureWhen::Recovery, recoveries, at));
            let due = [Some(opening), recovery].into_iter().flatten();
            due.filter(|(_, nth, since)| *nth <= MOST_CAPTURES && *since + patience <= now)
                .map(|(when, nth, _)| Capture {
                    incident: one.name.clone(),
                    when,
                    nth,
                })
        });
        captures
            .filter(|capture| !self.lacking(capture).is_empty())
            .collect()
    }

    /// The pieces of a capture of which it is neither known that they were kept nor that they could not be taken.
    #[must_use]
    pub fn lacking(&self, capture: &Capture) -> Vec<PieceKind> {
        let book = self.book();
        let is_known =
            |kind| book.has(&capture.kept_id(kind)) || book.has(&capture.failed_id(kind));
        let all = PieceKind::ALL.into_iter();
        all.filter(|kind| !is_known(*kind)).collect()
    }

    /// Whether an action may be begun: not while the first evidence is being taken of what it may mend, as it
    /// may destroy what there is to see. Where one of them has evidence, or was there for long enough, what
    /// was noticed since, by whoever may report anything, keeps nobody from mending.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where it may not be yet.
    pub fn may_mend(&self, action: &str, now: Timestamp) -> Result<(), Fault> {
        let mended = self.mended_by(action);
        let is_young =
            |one: &&Incident| now.duration_since(one.opened_at).unsigned_abs() < TAKEN_WITHIN;
        let waits = mended.iter().all(|one| one.evidence == 0 && is_young(one));
        let Some(incident) = mended.first().filter(|_| waits).map(|one| &one.name) else {
            return Ok(());
        };
        Err(Fault::new(
            Code::ValData,
            format!(
                "Evidence of {incident} has not been kept yet, and this may destroy what there is to see: it takes a few seconds."
            ),
        )
        .check_first(format!("dragonfly-ops incident show {incident}")))
    }

    /// What is to be taken before such an action, of each incident that it may mend: that may destroy what there
    /// is to see. What was taken just now, before one that could not be begun, is not taken again.
    #[must_use]
    pub fn before_remedy(&self, action: &str, now: Timestamp) -> Vec<Capture> {
        let mut mended = self.mended_by(action);
        // Whoever may report anything crowds out nothing that the watch has seen.
        mended.sort_by_key(|one| (one.own_series().is_empty(), one.severity));
        mended.truncate(MOST_AT_ONCE);
        let captures = mended.into_iter().map(|one| self.before(one, now));
        captures
            .filter(|capture| !self.lacking(capture).is_empty())
            .collect()
    }

    /// The capture that counts before what is begun now. They are numbered by the remedies that were begun, and by the
    /// attempts at the next one.
    fn before(&self, incident: &Incident, now: Timestamp) -> Capture {
        let any = What::Remedy {
            action: String::new(),
            audit_id: None,
        };
        let mut capture = Capture {
            incident: incident.name.clone(),
            when: CaptureWhen::BeforeRemedy,
            nth: incident.count(&any) + 1,
        };
        let counts = |at: Timestamp| {
            incident.last_remedied_at.is_none_or(|last| last < at)
                && now.duration_since(at).unsigned_abs() < FRESH
        };
        while self.taken_at(&capture).is_some_and(|at| !counts(at)) {
            capture.nth += 1;
        }
        capture
    }

    /// When the first piece of a capture was entered.
    fn taken_at(&self, capture: &Capture) -> Option<Timestamp> {
        let pieces = PieceKind::ALL.into_iter();
        let ids = pieces.flat_map(|kind| [capture.kept_id(kind), capture.failed_id(kind)]);
        ids.filter_map(|id| Some(self.book().entry(&id)?.at)).min()
    }

    /// What goes on that such an action may mend, the first one first.
    #[must_use]
    pub fn mended_by(&self, action: &str) -> Vec<&Incident> {
        let mut mended = self.book().live();
        mended.retain(|one| one.is_mended_by(action));
        mended
    }

    /// What went on when such an action was begun that may mend it.
    #[must_use]
    pub fn mended_at(&self, action: &str, at: Timestamp) -> Vec<&Incident> {
        let all = self.book().incidents();
        all.filter(|one| one.went_on(at) && one.is_mended_by(action))
            .collect()
    }

    /// The evidence of an incident and of all that were merged into it, in the order of time.
    #[must_use]
    pub fn evidence(&self, name: &Name) -> Vec<(&Entry, &Piece)> {
        let timeline = self.book().timeline(name).into_iter();
        timeline
            .filter_map(|entry| match &entry.what {
                What::Evidence(piece) => Some((entry, piece)),
                _ => None,
            })
            .collect()
    }

    /// Whether somebody may attach something to an incident, which need not go on any more.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where there is none of that name, or the piece cannot be called so; DFE-VAL-003 where as much
    /// was attached as may be.
    pub fn may_attach(&self, name: &Name, piece: &Piece) -> Result<Name, Fault> {
        let name = self.book().survivor(name);
        if self.book().incident(name).is_none() {
            return Err(refuse("There is no incident of that name."));
        }
        piece.check()?;
        let attached = self.evidence(name);
        let attached = attached.iter().filter(|(_, one)| one.occasion.is_none());
        match attached.count() < MOST_ATTACHMENTS {
            true => Ok(name.clone()),
            false => Err(Fault::new(
                Code::ValData,
                format!("{MOST_ATTACHMENTS} files are attached to the incident, and no more fit."),
            )
            .check_first("Whether a note with a link says the same")),
        }
    }
}

/// The id of the entry that something was done to mend an incident, by what it is on record as.
#[must_use]
pub fn remedy_id(incident: &Name, record: &str) -> String {
    id_of(&format!("remedy/{incident}/{record}"))
}

/// The same id for the same words.
fn id_of(words: &str) -> String {
    let digest = Sha256::digest(words.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ulid::from_bytes(bytes).to_string()
}
