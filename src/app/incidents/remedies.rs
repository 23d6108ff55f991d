//! Remedies: an action that may mend what goes on waits for evidence, takes more of it first, and stands
//! in the timeline.
//!
//! # Design notes
//!
//! What is done through this process is entered when it begins. What somebody does from a terminal of
//! their own is found in the record of actions, which says the same of it: one entry, whoever sees it first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use crate::adapters::postgres::remedies::{RecordedAction, RemedyRecords};
use crate::app::App;
use crate::app::incidents::evidence::SEEN_WITHIN;
use crate::app::incidents::now;
use crate::app::retry::{Complaint, Retry, about};
use crate::domain::access::Role;
use crate::domain::action::Action;
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Command, Deed, Incident, Known, Name, ShownIncident, Wish, in_words, remedy_id,
};
use crate::domain::order::Order;

/// How often the record is read while something goes on.
const EVERY: Duration = Duration::from_secs(5);
/// When it is read again after a fault that somebody has to mend, and about how often where all replicas read it.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);

/// How long something may be over for which a process that begins reads the record: the one before it may have ended
/// before it could.
const LOOKS_BACK: SignedDuration = SignedDuration::from_mins(30);

/// What is begun while the record is read may have an earlier time than what was read: so much is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// How far the record of actions was read.
#[derive(Debug, Default)]
struct ReadSoFar {
    /// When it was read last, here or by whoever writes.
    at: Option<Timestamp>,
    /// Of these incidents.
    incidents: BTreeSet<Name>,
    /// When the last action began that was read.
    to: Option<Timestamp>,
}

impl ReadSoFar {
    /// Whether the record may hold of an incident what was not read: what is over may have been mended since the last
    /// time.
    fn is_wanted(&self, incident: &Incident, now: Timestamp) -> bool {
        let since = match self.at {
            Some(read_at) => read_at.saturating_sub(OVERLAP),
            None => now.saturating_sub(LOOKS_BACK),
        };
        let since = since.unwrap_or(now);
        incident.merged_into.is_none() && incident.went_on(since.max(incident.detected_at))
    }

    /// Since when the record is to be read for an incident: of one that was not known here, all of it.
    fn since(&self, incident: &Incident) -> Timestamp {
        let is_known = self.incidents.contains(&incident.name);
        let read_to = self.to.filter(|_| is_known);
        let since = read_to.and_then(|to| to.checked_sub(OVERLAP).ok());
        since.map_or(incident.detected_at, |since| {
            since.max(incident.detected_at)
        })
    }
}

impl App {
    /// That evidence of what an action may mend is not just being taken.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where it is.
    pub(in crate::app) fn may_mend(&self, action: &Action) -> Result<(), Fault> {
        self.incidents
            .known()
            .may_mend(action.name().as_str(), now())
    }

    /// Takes evidence of what an action may mend, before it is begun. Where that takes too long, what is
    /// missing is entered, and the action does not wait for it any longer.
    pub(in crate::app) async fn take_before(&self, action: &Action) {
        let wanted = || {
            let known = self.incidents.known();
            known.before_remedy(action.name().as_str(), now())
        };
        if wanted().is_empty() {
            return;
        }
        let taken = timeout(SEEN_WITHIN, async {
            let _turn = self.incidents.taking.turn.lock().await;
            self.take(&wanted()).await;
        });
        if taken.await.is_err() {
            self.give_up(&wanted());
        }
    }

    /// Enters an action that was begun just now, where it may mend something.
    pub(in crate::app) fn enter_action(&self, action: &Action, order: &Order, row: Option<i64>) {
        let words = in_words(action.name().as_str(), &action.parameters());
        let by = row.map_or_else(|| order.request_id.clone(), |row| row.to_string());
        let mended = names(self.incidents.known().mended_by(action.name().as_str()));
        for name in mended {
            self.enter_remedy(&name, (by.clone(), None), &order.actor, &words, row);
        }
    }

    /// Enters what is on record as done from elsewhere, until the process is on its way out.
    pub async fn keep_remedies(self: Arc<Self>) {
        let Ok(database) = self.database() else {
            return;
        };
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let records = RemedyRecords::new(database.clone());
        let mut complaint = Complaint::new(
            "what is done from elsewhere is not read from the record",
            "what is done from elsewhere is read from the record again",
        );
        let keep = async {
            let mut wait = EVERY;
            let mut retry = Retry::new(EVERY, AFTER_MISTAKE);
            let mut so_far = ReadSoFar::default();
            loop {
                tokio::time::sleep(wait).await;
                wait = match self.read_record(&records, &mut so_far).await {
                    Ok(()) => {
                        complaint.end();
                        retry.end();
                        // Where it is not known who writes, all read it: a dozen of them as often as one would.
                        match self.history.keeping().fault {
                            Some(_) => about(AFTER_MISTAKE),
                            None => EVERY,
                        }
                    }
                    Err(fault) => {
                        complaint.say(&fault);
                        retry.after(&fault)
                    }
                };
            }
        };
        tokio::select! {
            () = keep => {}
            () = self.lifecycle.draining() => {}
        }
    }

    async fn read_record(
        &self,
        records: &RemedyRecords,
        so_far: &mut ReadSoFar,
    ) -> Result<(), Fault> {
        let keeping = self.history.keeping();
        if !keeping.is_writer && keeping.fault.is_none() {
            // Whoever writes reads it for all, who hear of its entries.
            so_far.at = Some(now());
            return Ok(());
        }
        let began = now();
        let (incidents, since) = {
            let known = self.incidents.known();
            let all = known.book().incidents();
            let wanted: Vec<_> = all.filter(|one| so_far.is_wanted(one, began)).collect();
            let since = wanted.iter().map(|one| so_far.since(one)).min();
            let names = wanted.iter().map(|one| one.name.clone());
            (names.collect(), since)
        };
        let actions = match since {
            Some(since) => records.since(since).await?,
            None => Vec::new(),
        };
        if self.incidents.keeping().is_whole() {
            so_far.at = Some(began);
        }
        so_far.incidents = incidents;
        for record in actions {
            let RecordedAction {
                id,
                at,
                action,
                request,
                actor,
            } = record;
            so_far.to = so_far.to.max(Some(at));
            let words = in_words(&action, &request);
            let mended = names(self.incidents.known().mended_at(&action, at));
            for name in mended {
                let recorded = (id.to_string(), Some(at));
                self.enter_remedy(&name, recorded, &actor, &words, Some(id));
            }
        }
        Ok(())
    }

    /// Enters it by what tells it from others, when it was done, and does not wait until that is kept: what was begun
    /// goes on.
    fn enter_remedy(
        &self,
        name: &Name,
        (by, at): (String, Option<Timestamp>),
        actor: &str,
        words: &str,
        row: Option<i64>,
    ) {
        let id = remedy_id(name, &by);
        if self.incidents.known().book().has(&id) {
            return;
        }
        let deed = Deed::Remedy {
            action: words.to_owned(),
            audit_id: row,
            at,
        };
        let command = Command {
            id,
            by: actor.to_owned(),
            from: Known::Rule,
            order: Wish::Of(name.clone(), deed),
        };
        if let Err(fault) = self.said(command) {
            tracing::warn!(
                code = %fault.code, incident = name.as_str(),
                "what was done has no entry: {}", fault.detail
            );
        }
    }

    /// An incident as this role may see it, with what may mend it for whoever is let in: nothing where the
    /// database cannot be asked for what goes on in it, as each of them asks it, too.
    #[must_use]
    pub fn shown_incident(&self, name: &Name, role: Role, now: Timestamp) -> Option<ShownIncident> {
        let look = self.looks.borrow().clone();
        let seen = look.as_ref().and_then(|look| look.activity.as_ref().ok());
        let shown = {
            let known = self.incidents.known();
            let mut shown = known.shown(name, role, now)?;
            if role != Role::Anybody {
                let is_blind = look.as_ref().is_some_and(|look| look.activity.is_err());
                let remedies = (!is_blind).then(|| known.remedies(name, seen));
                shown.remedies = Some(remedies.unwrap_or_default());
            }
            shown
        };
        let mut shown = self.offering_issues(shown);
        if let Some(look) = look.as_deref() {
            shown.look(look);
        }
        Some(shown)
    }

    /// All incidents as this role may see them.
    #[must_use]
    pub fn shown_incidents(&self, role: Role, now: Timestamp) -> Vec<ShownIncident> {
        let look = self.looks.borrow().clone();
        let mut all = self.incidents.known().all_shown(role, now);
        if let Some(look) = look.as_deref() {
            for one in &mut all {
                one.look(look);
            }
        }
        all
    }
}

fn names(incidents: Vec<&Incident>) -> Vec<Name> {
    incidents.into_iter().map(|one| one.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use ulid::Ulid;

    use super::*;
    use crate::app::incidents::hung::Hung;
    use crate::domain::incident::{Input, PieceKind};
    use crate::domain::taxonomy::Code;
    use crate::settings::Settings;

    fn said(app: &App, order: Wish) -> Name {
        let command = Command {
            id: Ulid::generate().to_string(),
            by: "ada".to_owned(),
            from: Known::Terminal,
            order,
        };
        let stepped = app.incidents.step(app.moment(), Input::Command(command));
        let (entries, _) = stepped.expect("it can be said");
        let named = entries.into_iter().find_map(|entry| entry.incident);
        named.expect("it is of an incident")
    }

    fn order(dry_run: bool) -> Order {
        Order {
            reason: "a test".to_owned(),
            actor: "ada".to_owned(),
            environment: "test".to_owned(),
            request_id: "1".to_owned(),
            key: None,
            dry_run,
        }
    }

    fn report(code: Code) -> Wish {
        Wish::Open {
            title: "it does not work".to_owned(),
            message: String::new(),
            severity: None,
            code: Some(code),
        }
    }

    #[tokio::test]
    async fn what_may_mend_it_waits_for_evidence_and_nothing_else_does() {
        let app = App::new(Settings::load([].into(), None));
        let code = async |action: &Action, dry_run| {
            let done = app.perform(action.clone(), order(dry_run)).await;
            done.expect_err("there is no database").code
        };
        let name = said(&app, report(Code::ValSchema));
        assert_eq!(code(&Action::ReloadSchema, false).await, Code::ValData);
        // It is looked at what it would do, and another thing is done.
        assert_eq!(code(&Action::ReloadSchema, true).await, Code::ConfigMissing);
        let resume = Action::ResumeQueue { pause: None };
        assert_eq!(code(&resume, false).await, Code::ConfigMissing);
        let failed = Deed::CaptureFailed {
            name: "lock tree".to_owned(),
            reason: "the database is dead".to_owned(),
            occasion: None,
        };
        said(&app, Wish::Of(name, failed));
        assert_eq!(
            code(&Action::ReloadSchema, false).await,
            Code::ConfigMissing
        );
        // What is reported meanwhile keeps nobody from it.
        said(&app, report(Code::ValSchema));
        assert_eq!(
            code(&Action::ReloadSchema, false).await,
            Code::ConfigMissing
        );
    }

    /// What is entered of evidence of an incident: kept, and not to be taken.
    fn entered(app: &App, name: &Name) -> (usize, usize) {
        let known = app.incidents.known();
        let timeline = known.book().timeline(name);
        let count = |kind: &str| {
            let entries = timeline.iter().filter(|entry| entry.what.kind() == kind);
            entries.count()
        };
        (count("evidence"), count("evidence_failed"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_hangs_holds_up_a_remedy_once_and_not_for_each_incident() {
        let hung = Hung::start(&[("HEALTH_OPS_TIMEOUT", "300")]).await;
        let app = &hung.app;
        let names: Vec<_> = (0..10)
            .map(|_| said(app, report(Code::DbTimeout)))
            .collect();
        let began = Instant::now();
        app.take_before(&Action::PauseQueue {
            job_type: None,
            lasts: None,
        })
        .await;
        assert_eq!(began.elapsed().as_secs(), SEEN_WITHIN.as_secs());
        for name in &names {
            let (kept, failed) = entered(app, name);
            assert_eq!(kept + failed, PieceKind::ALL.len());
            // What doctor finds, the log, the deployment, what runs at Railway, the vendors' pages.
            assert_eq!(kept, 5, "{name}");
        }
        // Somebody else takes evidence, and does not come to an end.
        let _turn = app.incidents.taking.turn.lock().await;
        let other = said(app, report(Code::ValSchema));
        let began = Instant::now();
        app.take_before(&Action::ReloadSchema).await;
        assert_eq!(began.elapsed().as_secs(), SEEN_WITHIN.as_secs());
        assert_eq!(entered(app, &other), (0, PieceKind::ALL.len()));
        let known = app.incidents.known();
        let last = known.book().timeline(&other).into_iter().next_back();
        let says = &last.expect("an entry").text;
        assert!(
            says.ends_with("not there 10 s after the remedy was ordered"),
            "{says}"
        );
    }
}
