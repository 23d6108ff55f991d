//! Making `PostgREST` read the schema again, and looking whether it did.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::adapters::postgres::journal::Journal;
use crate::adapters::postgres::schema_cache;
use crate::app::App;
use crate::domain::action::shown::{RestLook, ShownFault, shown};
use crate::domain::activity::Served;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::gate::once;
use crate::domain::order::{Begun, Plan, Progress, Stage};
use crate::domain::taxonomy::Code;

/// How long a schema reload may take to show.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks at whether it shows.
const PAUSE: Duration = Duration::from_millis(500);

impl App {
    pub(super) async fn plan_reload(&self, journal: &mut Journal<'_>) -> Result<Plan, Fault> {
        let before = self.look_at_rest().await;
        if let Err(fault) = &before
            && fault.kind == Some(FaultKind::RestWithoutDatabase)
        {
            return Err(fault.clone());
        }
        schema_cache::refuse_standby(journal).await?;
        let looked = show(&before);
        let note = match &before {
            Err(fault) if cannot_ask(fault) => format!(
                "NOTIFY pgrst, 'reload schema' would be sent, and nothing could tell whether PostgREST has heard it: {}",
                fault.detail
            ),
            _ => "NOTIFY pgrst, 'reload schema' would be sent, and the health table asked for."
                .to_owned(),
        };
        Ok(Plan::new(looked.clone(), looked).note(note))
    }

    /// Looks until the table is served, or until it is clear that it will not be.
    pub(super) async fn await_reload(&self, begun: &Begun) -> Progress {
        let until = Instant::now() + LIMIT;
        let look = loop {
            let look = self.look_at_rest().await;
            if !may_change(&look) || Instant::now() + PAUSE > until {
                break look;
            }
            tokio::time::sleep(PAUSE).await;
        };
        let after = show(&look);
        let was_served = begun.before == show(&Ok(Served::default()));
        let (verified, note, stage) = match judge(was_served, look) {
            Ok((verified, note)) => (verified, vec![note], Stage::Done),
            Err(fault) => (None, Vec::new(), Stage::Failed(fault)),
        };
        Progress {
            after,
            verified,
            notes: note,
            stage,
        }
    }

    /// Asks for the health table once, now: what a gate shares was found before.
    async fn look_at_rest(&self) -> Result<Served, Fault> {
        let rest = self
            .rest
            .get_or_init(|| self.rest(self.settings.supabase.clone()));
        once(rest, self.settings.health.supabase_timeout).await
    }
}

/// Whether looking again may bring something else. A rejected key is not repeated.
fn may_change(look: &Result<Served, Fault>) -> bool {
    let Err(fault) = look else { return false };
    let is_stale = fault.kind == Some(FaultKind::StaleSchemaCache);
    fault.retry_after.is_none() && (fault.retry().is_retryable() || is_stale)
}

/// Whether nobody was asked, as Supabase's API is not set: that is no failure of it.
fn cannot_ask(fault: &Fault) -> bool {
    fault.code == Code::ConfigMissing
}

fn show(look: &Result<Served, Fault>) -> Value {
    shown(&match look {
        Ok(_) => RestLook::Served,
        Err(fault) if cannot_ask(fault) => RestLook::NotAsked(ShownFault::of(fault)),
        Err(fault) => RestLook::Failed(ShownFault::of(fault)),
    })
}

/// What the looks before and after prove.
///
/// # Errors
///
/// The cause that is left: the order was carried out, and REST still fails.
fn judge(was_served: bool, after: Result<Served, Fault>) -> Result<(Option<bool>, String), Fault> {
    match after {
        Ok(_) if was_served => Ok((
            None,
            "The health table was served before, too: that says nothing about other tables.".to_owned(),
        )),
        Ok(_) => Ok((Some(true), "The health table is served again.".to_owned())),
        Err(fault) if cannot_ask(&fault) => Ok((
            None,
            format!(
                "NOTIFY pgrst, 'reload schema' was sent, which succeeds even if nobody listens, and nothing could tell \
                 whether PostgREST has heard it: {}",
                fault.detail
            ),
        )),
        Err(fault) if fault.kind == Some(FaultKind::StaleSchemaCache) => Err(Fault::new(
            Code::ValSchema,
            "PostgREST was told to reload the schema, and 30 s later the schema error is still there: the table is \
             missing, or PostgREST listens to another database.",
        )
        .check_first("Whether all migrations are applied, and whether DATABASE_URL and SUPABASE_URL are one project")
        .caused_by(fault.causes)),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_broken_before_proves_a_reload() {
        let served = || Ok(Served::default());
        assert_eq!(
            judge(false, served()).map(|(verified, _)| verified),
            Ok(Some(true))
        );
        assert_eq!(
            judge(true, served()).map(|(verified, _)| verified),
            Ok(None)
        );
        let unset = Err(Fault::new(Code::ConfigMissing, "SUPABASE_URL is not set."));
        assert_eq!(show(&unset)["rest"], "not asked");
        let (verified, note) = judge(false, unset).expect("it was sent");
        assert_eq!(verified, None);
        assert!(
            note.ends_with("heard it: SUPABASE_URL is not set."),
            "{note}"
        );
        let timeout = Fault::new(Code::NetTimeout, "silent");
        assert_eq!(judge(false, Err(timeout.clone())), Err(timeout));
        let stale = Fault::new(Code::ValSchema, "stale").of_kind(FaultKind::StaleSchemaCache);
        let fault = judge(false, Err(stale)).expect_err("it is stale still");
        assert!(fault.detail.contains("30 s later"), "{}", fault.detail);
        assert!(
            fault.first_check().contains("migrations"),
            "{}",
            fault.first_check()
        );
        let missing = Fault::new(Code::ValSchema, "of another kind");
        assert_eq!(judge(false, Err(missing.clone())), Err(missing));
    }

    #[test]
    fn it_looks_again_only_where_that_can_bring_something_else() {
        let stale = Fault::new(Code::ValSchema, "").of_kind(FaultKind::StaleSchemaCache);
        for (fault, again) in [
            (stale, true),
            (Fault::new(Code::ValSchema, ""), false),
            (Fault::new(Code::NetTimeout, ""), true),
            (Fault::new(Code::ConfigMissing, ""), false),
            (Fault::new(Code::NetTimeout, "").retry_after(PAUSE), false),
        ] {
            assert_eq!(may_change(&Err(fault.clone())), again, "{fault:?}");
        }
        assert!(!may_change(&Ok(Served::default())));
    }
}
