//! Carries out what an operator orders: the one place that knows how.
//!
//! # Design notes
//!
//! The protocol around an order stands here once, whatever the action: is it on record? then its
//! answer, or what is left of it; plan it; begin it, on record; is the key taken meanwhile? then its
//! record; carry on; record the end. An action is what it looks at, what belongs into the transaction
//! of its beginning, and how it is carried on. Carrying on is done again where it broke off, so it
//! starts from what is on record.

use crate::adapters::postgres::journal::{Beginning, Journal, Record, RecordPhase};
use crate::adapters::postgres::signals::Signal;
use crate::adapters::postgres::{pauses, restart_record, schema_cache, signals};
use crate::app::App;
use crate::domain::action::{Action, Done};
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Listener, Order, Plan, Progress, Stage};

impl App {
    /// Carries out an action, once per key, and records it. Dropping the future stops it where it is;
    /// asking again goes on from there.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where it cannot be right, DFE-VAL-003 where the key belongs to another order; else
    /// the classified cause. What had been recorded by then is finished by the same order again.
    pub async fn perform(&self, action: Action, order: Order) -> Result<Done, Fault> {
        self.perform_heard(action, order, None).await
    }

    /// The same, and says meanwhile how many jobs it has moved.
    ///
    /// # Errors
    ///
    /// As of [`App::perform`].
    pub async fn perform_heard(
        &self,
        action: Action,
        order: Order,
        listener: Option<Listener<'_>>,
    ) -> Result<Done, Fault> {
        action.validate()?;
        order.validate()?;
        // A password pasted into a reason or a name must not end up on record.
        let redactor = &self.settings.redactor;
        let order = Order {
            reason: redactor.redact(&order.reason),
            actor: redactor.redact(&order.actor),
            ..order
        };
        let outcome = self.carry_out(&action, &order, listener).await;
        log(&action, &order, &outcome);
        outcome
    }

    async fn carry_out(
        &self,
        action: &Action,
        order: &Order,
        listener: Option<Listener<'_>>,
    ) -> Result<Done, Fault> {
        let mut journal = Journal::new(self.database(), action, order).heard_by(listener);
        let done = match journal.known().await? {
            Some(record) => self.replay(&mut journal, action, record).await?,
            None => {
                if !order.dry_run {
                    self.may_mend(action)?;
                }
                let plan = self.plan(&mut journal, action).await?;
                if order.dry_run {
                    let mut done = Done::new(action, plan.before, plan.after);
                    done.notes = plan.notes;
                    done
                } else {
                    self.take_before(action).await;
                    match self.begin(&mut journal, action, &plan).await? {
                        Beginning::New(begun) => {
                            self.enter_action(action, order, begun.row);
                            self.finish(&mut journal, action, begun).await?
                        }
                        Beginning::Known(record) => {
                            self.replay(&mut journal, action, record).await?
                        }
                    }
                }
            }
        };
        let done = match journal.unrecorded() {
            Some(fault) => done.note(format!(
                "Not on record in ops.audit_log, only in the log: {fault}"
            )),
            None => done,
        };
        Ok(Done {
            dry_run: order.dry_run,
            ..done
        })
    }

    /// The answer of what is on record, after the rest of it where it broke off.
    async fn replay(
        &self,
        journal: &mut Journal<'_>,
        action: &Action,
        record: Record,
    ) -> Result<Done, Fault> {
        let done = record.replay(action)?;
        if record.complete || journal.order().dry_run {
            return Ok(done);
        }
        self.finish(journal, action, record.into()).await
    }

    /// Carries on with what was begun, and records the end where it gets there.
    async fn finish(
        &self,
        journal: &mut Journal<'_>,
        action: &Action,
        begun: Begun,
    ) -> Result<Done, Fault> {
        let progress = self.carry_on(journal, action, &begun).await?;
        match progress.stage {
            Stage::Done => {
                let phase = RecordPhase::Done;
                journal.end(&begun, phase, &progress.after).await?;
            }
            Stage::Open => {}
            Stage::Failed(fault) => {
                let recorded = journal
                    .end(&begun, RecordPhase::Failed, &progress.after)
                    .await;
                // What counts is why it failed; that this is not on record is in the log.
                if let Err(unrecorded) = recorded {
                    tracing::warn!(code = %unrecorded.code, "the end of an action could not be recorded");
                }
                return Err(fault);
            }
        }
        Ok(Done {
            replayed: begun.is_replayed,
            complete: progress.stage == Stage::Done,
            verified: progress.verified,
            audit_id: begun.row,
            notes: progress.notes,
            ..Done::new(action, begun.before, progress.after)
        })
    }

    async fn plan(&self, journal: &mut Journal<'_>, action: &Action) -> Result<Plan, Fault> {
        match action {
            Action::PauseQueue { job_type, .. } => {
                pauses::plan_pause(journal, self.tables()?, job_type.as_deref()).await
            }
            Action::ResumeQueue { pause } => {
                pauses::plan_resume(journal, self.tables()?, *pause).await
            }
            Action::ReloadSchema => self.plan_reload(journal).await,
            Action::RestartService { service } => self.plan_restart(journal, service).await,
            Action::CancelSession(session) => signals::plan(journal, session, Signal::Cancel).await,
            Action::TerminateSession(session) => {
                signals::plan(journal, session, Signal::Terminate).await
            }
        }
    }

    async fn begin(
        &self,
        journal: &mut Journal<'_>,
        action: &Action,
        plan: &Plan,
    ) -> Result<Beginning, Fault> {
        match action {
            Action::PauseQueue { job_type, lasts } => {
                pauses::begin_pause(journal, action, plan, job_type.as_deref(), *lasts).await
            }
            Action::ResumeQueue { .. } => pauses::begin_resume(journal, action, plan).await,
            Action::ReloadSchema => schema_cache::notify(journal, action, plan).await,
            Action::RestartService { .. } => {
                restart_record::begin_restart(journal, action, plan).await
            }
            Action::CancelSession(session) => {
                signals::send(journal, action, plan, session, Signal::Cancel).await
            }
            Action::TerminateSession(session) => {
                signals::send(journal, action, plan, session, Signal::Terminate).await
            }
        }
    }

    async fn carry_on(
        &self,
        journal: &mut Journal<'_>,
        action: &Action,
        begun: &Begun,
    ) -> Result<Progress, Fault> {
        match action {
            Action::PauseQueue { job_type, .. } => {
                pauses::hold(journal, self.tables()?, begun, job_type.as_deref()).await
            }
            Action::ResumeQueue { .. } => pauses::release(journal, self.tables()?, begun).await,
            Action::ReloadSchema => Ok(self.await_reload(begun).await),
            Action::RestartService { service } => self.await_workers(journal, begun, service).await,
            Action::CancelSession(session) => {
                Ok(signals::watch(journal, begun, session, Signal::Cancel).await)
            }
            Action::TerminateSession(session) => {
                Ok(signals::watch(journal, begun, session, Signal::Terminate).await)
            }
        }
    }
}

/// An action is logged whatever becomes of it: the audit log may be what is broken.
fn log(action: &Action, order: &Order, outcome: &Result<Done, Fault>) {
    let Order {
        reason,
        actor,
        request_id,
        dry_run,
        ..
    } = order;
    let name = action.name().as_str();
    let request = action.parameters();
    match outcome {
        Ok(done) => tracing::info!(
            action = name, %request, actor, reason, request_id, dry_run,
            complete = done.complete, replayed = done.replayed, audit_id = done.audit_id,
            "an action was carried out"
        ),
        Err(fault) => tracing::warn!(
            action = name, %request, actor, reason, request_id, dry_run, code = %fault.code,
            "an action was not carried out: {}", fault.detail
        ),
    }
}
