//! Carries out what an operator orders: the one place that knows how.

mod restart;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::adapters::actions::restart::Restarts;
use crate::adapters::postgres::audit::Phase;
use crate::adapters::postgres::pauses;
use crate::adapters::postgres::schema_cache::{self, Notified};
use crate::adapters::postgres::session::Database;
use crate::adapters::postgres::sessions::{self, Signal};
use crate::adapters::supabase::probe::SupabaseProbe;
use crate::domain::action::{Action, Done, Order, Perform, Performance};
use crate::domain::fault::{Fault, Kind};
use crate::domain::gate::once;
use crate::domain::report::Served;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;
use crate::settings::{Settings, SupabaseSettings};
use crate::telemetry::metrics::TrafficMetrics;

/// How long a schema reload may take to show.
const RELOAD_LIMIT: Duration = Duration::from_secs(30);
/// Between two looks at whether it shows.
const RELOAD_PAUSE: Duration = Duration::from_millis(500);

/// Carries out actions on what the settings name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Actions {
    database: Result<Database, Fault>,
    rest: Arc<Rest>,
    restarts: Arc<Restarts>,
    redactor: Redactor,
}

/// `PostgREST`, to see whether a reload has had its effect.
#[derive(Debug)]
struct Rest {
    settings: Result<SupabaseSettings, Fault>,
    redactor: Redactor,
    timeout: Duration,
    probe: OnceLock<SupabaseProbe>,
}

impl Actions {
    /// Whoever acts on what `settings` name. `database` shares its memory of logins with the checks:
    /// a login that was rejected there is not tried again here.
    #[must_use]
    pub fn new(settings: &Settings, database: Result<Database, Fault>) -> Self {
        let redactor = settings.redactor.clone();
        let restarts = Restarts::new(
            settings.railway.clone(),
            redactor.clone(),
            settings.restart_timeout,
        );
        let rest = Rest {
            settings: settings.supabase.clone(),
            redactor: redactor.clone(),
            timeout: settings.health.supabase_timeout,
            probe: OnceLock::new(),
        };
        Self {
            database,
            redactor,
            restarts: Arc::new(restarts),
            rest: Arc::new(rest),
        }
    }

    async fn act(self, action: Action, order: Order) -> Result<Done, Fault> {
        action.validate()?;
        order.validate()?;
        // A password pasted into a reason or a name must not end up on record.
        let order = Order {
            reason: self.redactor.redact(&order.reason),
            actor: self.redactor.redact(&order.actor),
            ..order
        };
        let outcome = self.carry_out(&action, &order).await;
        log(&action, &order, &outcome);
        outcome
    }

    async fn carry_out(&self, action: &Action, order: &Order) -> Result<Done, Fault> {
        let database = || self.database.as_ref().map_err(Clone::clone);
        let done = match action {
            Action::PauseQueue { job_type, lasts } => {
                pauses::pause(database()?, action, order, job_type.as_deref(), *lasts).await
            }
            Action::ResumeQueue { pause } => {
                pauses::resume(database()?, action, order, *pause).await
            }
            Action::ReloadSchema => self.rest.reload(database()?, action, order).await,
            Action::RestartService { service } => {
                self.restarts
                    .restart(database(), action, order, service)
                    .await
            }
            Action::CancelSession(session) => {
                sessions::signal(database()?, action, order, session, Signal::Cancel).await
            }
            Action::TerminateSession(session) => {
                sessions::signal(database()?, action, order, session, Signal::Terminate).await
            }
        };
        done.map(|done| Done {
            dry_run: order.dry_run,
            ..done
        })
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
    let name = action.name();
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

impl Perform for Actions {
    fn perform(&self, action: Action, order: Order) -> Performance {
        Box::pin(self.clone().act(action, order))
    }
}

impl Rest {
    async fn reload(
        &self,
        database: &Database,
        action: &Action,
        order: &Order,
    ) -> Result<Done, Fault> {
        let before = self.look().await;
        if let Err(fault) = &before
            && fault.kind == Some(Kind::RestWithoutDatabase)
        {
            return Err(fault.clone());
        }
        let shown = show(&before);
        if order.dry_run {
            schema_cache::rehearse(database).await?;
            let done = Done::new(action, shown.clone(), shown);
            return Ok(done.note(
                "NOTIFY pgrst, 'reload schema' would be sent, and the health table asked for.",
            ));
        }
        let (row, shown, replayed) =
            match schema_cache::notify(database, action, order, &shown).await? {
                Notified::Sent(row) => (row, shown, false),
                Notified::Known(record) => {
                    let done = record.replay(action)?;
                    if record.complete {
                        return Ok(done);
                    }
                    // It was sent, and whoever sent it did not live to see what became of it.
                    (record.id, record.before, true)
                }
            };
        let after = self.wait(&before).await;
        let shown_after = show(&after);
        let judged = judge(&before, after);
        let phase = if judged.is_ok() {
            Phase::Done
        } else {
            Phase::Failed
        };
        schema_cache::finish(database, order, row, phase, &shown_after).await?;
        let (verified, note) = judged?;
        let mut done = Done::new(action, shown, shown_after).note(note);
        done.audit_id = Some(row);
        done.verified = verified;
        done.replayed = replayed;
        Ok(done)
    }

    /// Asks for the health table once.
    async fn look(&self) -> Result<Served, Fault> {
        // Only once it is needed: each client holds the root certificates.
        let probe = self.probe.get_or_init(|| {
            let traffic = TrafficMetrics::default();
            SupabaseProbe::new(self.settings.clone(), self.redactor.clone(), traffic)
        });
        once(probe, self.timeout).await
    }

    /// Looks until the table is served, or until it is clear that it will not be.
    async fn wait(&self, before: &Result<Served, Fault>) -> Result<Served, Fault> {
        let until = Instant::now() + RELOAD_LIMIT;
        if before
            .as_ref()
            .is_err_and(|fault| fault.code == Code::ConfigMissing)
        {
            return before.clone();
        }
        loop {
            let now = self.look().await;
            let is_over = match &now {
                Ok(_) => true,
                // A rejected key is not repeated.
                Err(fault) => {
                    fault.retry_after.is_some()
                        || !fault.retry().is_retryable()
                            && fault.kind != Some(Kind::StaleSchemaCache)
                }
            };
            if is_over || Instant::now() + RELOAD_PAUSE > until {
                return now;
            }
            tokio::time::sleep(RELOAD_PAUSE).await;
        }
    }
}

fn show(look: &Result<Served, Fault>) -> Value {
    match look {
        Ok(_) => json!({ "rest": "ok" }),
        Err(fault) => json!({ "rest": "failed", "code": fault.code, "detail": fault.detail }),
    }
}

/// What the looks before and after prove.
///
/// # Errors
///
/// The cause that is left: the order was carried out, and REST still fails.
fn judge(
    before: &Result<Served, Fault>,
    after: Result<Served, Fault>,
) -> Result<(Option<bool>, &'static str), Fault> {
    match (before, after) {
        (Ok(_), Ok(_)) => Ok((
            None,
            "The health table was served before, too: that says nothing about other tables.",
        )),
        (Err(_), Ok(_)) => Ok((Some(true), "The health table is served again.")),
        (_, Err(fault)) if fault.code == Code::ConfigMissing => Ok((
            None,
            "Whether PostgREST has heard it could not be looked at: Supabase's API is not set.",
        )),
        (_, Err(fault)) if fault.kind == Some(Kind::StaleSchemaCache) => Err(Fault::new(
            Code::ValSchema,
            "PostgREST was told to reload the schema, and 30 s later the schema error is still there: the table is \
             missing, or PostgREST listens to another database.",
        )
        .check_first("Whether all migrations are applied, and whether DATABASE_URL and SUPABASE_URL are one project")
        .caused_by(fault.causes)),
        (_, Err(fault)) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_broken_before_proves_a_reload() {
        let fault = |code| Err(Fault::new(code, ""));
        let served = || Ok(Served { server: None });
        let stale =
            || Err(Fault::new(Code::ValSchema, "").check_first("reload the PostgREST schema"));
        let judged = |before: Result<Served, Fault>, after| {
            judge(&before, after)
                .map(|(verified, _)| verified)
                .map_err(|fault| fault.code)
        };
        assert_eq!(judged(stale(), served()), Ok(Some(true)));
        assert_eq!(judged(served(), served()), Ok(None));
        let unset = || fault(Code::ConfigMissing);
        assert_eq!(judged(unset(), unset()), Ok(None));
        assert_eq!(judged(stale(), stale()), Err(Code::ValSchema));
        let timeout = fault(Code::NetTimeout);
        assert_eq!(judged(stale(), timeout), Err(Code::NetTimeout));
    }
}
