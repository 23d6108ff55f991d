//! Remedies: an action that may mend what goes on waits for evidence, takes more of it first, and stands
//! in the timeline.
//!
//! # Design notes
//!
//! What is done through this process is entered when it begins. What somebody does from a terminal of
//! their own is found in the record of actions, which says the same of it: one entry, whoever sees it first.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::adapters::postgres::remedies::{RecordedAction, RemedyRecords};
use crate::app::App;
use crate::app::retry::{Complaint, wait_after};
use crate::domain::access::Role;
use crate::domain::action::Action;
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Command, Deed, Known, Name, ShownIncident, Wish, in_words, remedy_id,
};
use crate::domain::order::Order;

/// How often the record is read while something goes on.
const EVERY: Duration = Duration::from_secs(5);
/// When it is read again after a fault that somebody has to mend.
const AFTER_MISTAKE: Duration = Duration::from_secs(60);

impl App {
    /// That evidence is there of what an action may mend.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where there is none yet.
    pub(in crate::app) fn may_mend(&self, action: &Action) -> Result<(), Fault> {
        let known = self.incidents.known();
        let mut mended = known.book().live().into_iter();
        let missing = mended
            .by_ref()
            .filter(|one| one.is_mended_by(action.name()))
            .find_map(|one| known.before_remedy(&one.name).err());
        missing.map_or(Ok(()), Err)
    }

    /// Takes evidence of what an action may mend, before it is begun.
    pub(in crate::app) async fn take_before(&self, action: &Action) {
        let captures: Vec<_> = {
            let known = self.incidents.known();
            let live = known.book().live().into_iter();
            let mended = live.filter(|one| one.is_mended_by(action.name()));
            mended
                .filter_map(|one| known.before_remedy(&one.name).ok())
                .collect()
        };
        for capture in captures {
            self.take(&capture).await;
        }
    }

    /// Enters an action that was begun just now, where it may mend something.
    pub(in crate::app) async fn enter_action(
        &self,
        action: &Action,
        order: &Order,
        row: Option<i64>,
    ) {
        let words = in_words(action.name(), &action.parameters());
        let by = row.map_or_else(|| order.request_id.clone(), |row| row.to_string());
        for name in self.mended_by(action.name(), None) {
            self.enter_remedy(&name, &by, &order.actor, &words, row)
                .await;
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
            loop {
                tokio::time::sleep(wait).await;
                wait = match self.read_record(&records).await {
                    Ok(()) => {
                        complaint.end();
                        EVERY
                    }
                    Err(fault) => {
                        complaint.say(&fault);
                        wait_after(&fault, EVERY, AFTER_MISTAKE)
                    }
                };
            }
        };
        tokio::select! {
            () = keep => {}
            () = self.lifecycle.draining() => {}
        }
    }

    async fn read_record(&self, records: &RemedyRecords) -> Result<(), Fault> {
        let keeping = self.history.keeping();
        if !keeping.is_writer && keeping.fault.is_none() {
            // Whoever writes reads it for all, who hear of its entries.
            return Ok(());
        }
        let since = {
            let known = self.incidents.known();
            let live = known.book().live();
            live.iter().map(|one| one.detected_at).min()
        };
        let Some(since) = since else {
            return Ok(());
        };
        for record in records.since(since).await? {
            let RecordedAction {
                id,
                at,
                action,
                request,
                actor,
            } = record;
            let words = in_words(&action, &request);
            for name in self.mended_by(&action, Some(at)) {
                self.enter_remedy(&name, &id.to_string(), &actor, &words, Some(id))
                    .await;
            }
        }
        Ok(())
    }

    /// What goes on that such an action may mend; where it is said when that was done, what had begun by then.
    fn mended_by(&self, action: &str, at: Option<Timestamp>) -> Vec<Name> {
        let known = self.incidents.known();
        let live = known.book().live().into_iter();
        let mended = live
            .filter(|one| one.is_mended_by(action) && at.is_none_or(|at| one.detected_at <= at));
        mended.map(|one| one.name.clone()).collect()
    }

    async fn enter_remedy(
        &self,
        name: &Name,
        by: &str,
        actor: &str,
        words: &str,
        row: Option<i64>,
    ) {
        let id = remedy_id(name, by);
        if self.incidents.known().book().has(&id) {
            return;
        }
        let deed = Deed::Remedy {
            action: words.to_owned(),
            audit_id: row,
        };
        let command = Command {
            id,
            by: actor.to_owned(),
            from: Known::Rule,
            order: Wish::Of(name.clone(), deed),
        };
        if let Err(fault) = self.order_incident(command).await {
            tracing::warn!(
                code = %fault.code, incident = name.as_str(),
                "what was done has no entry: {}", fault.detail
            );
        }
    }

    /// An incident as this role may see it, with what may mend it for whoever is let in.
    #[must_use]
    pub fn shown_incident(&self, name: &Name, role: Role, now: Timestamp) -> Option<ShownIncident> {
        let look = self.looks.borrow().clone();
        let seen = look.as_ref().and_then(|look| look.activity.as_ref().ok());
        let shown = {
            let known = self.incidents.known();
            let mut shown = known.shown(name, role, now)?;
            if role != Role::Anybody {
                shown.remedies = Some(known.remedies(name, seen));
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

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::domain::incident::Input;
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

    #[tokio::test]
    async fn what_may_mend_it_waits_for_evidence_and_nothing_else_does() {
        let app = App::new(Settings::load([].into(), None));
        let order = |dry_run| Order {
            reason: "a test".to_owned(),
            actor: "ada".to_owned(),
            environment: "test".to_owned(),
            request_id: "1".to_owned(),
            key: None,
            dry_run,
        };
        let code = async |action: &Action, dry_run| {
            let done = app.perform(action.clone(), order(dry_run)).await;
            done.expect_err("there is no database").code
        };
        let name = said(
            &app,
            Wish::Open {
                title: "the cache is stale".to_owned(),
                message: String::new(),
                severity: None,
                code: Some(Code::ValSchema),
            },
        );
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
    }
}
