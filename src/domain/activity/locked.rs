//! Who stands in the way of a table that is to be read.

use crate::domain::activity::span;
use crate::domain::fault::Fault;
use crate::domain::locks::PREPARED_TRANSACTION;

/// Who has locked a table so that nobody can read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LockHolder {
    /// The table.
    pub(crate) relation: String,
    /// Its process id; 0 is a prepared transaction.
    pub(crate) pid: i32,
    /// Its state, where the role may see it.
    pub(crate) state: Option<String>,
    /// When its backend started, where the role may see it.
    pub(crate) backend_start: Option<String>,
    /// For how long its transaction has been open, in seconds, where the role may see it.
    pub(crate) transaction_seconds: Option<f64>,
}

impl LockHolder {
    /// Says of a table that was not to be had who is in the way, and what to do about it.
    pub(crate) fn explain(&self, fault: Fault) -> Fault {
        let Self { relation, pid, .. } = self;
        let (who, first_check) = if *pid == PREPARED_TRANSACTION {
            (
                "a prepared transaction".to_owned(),
                "pg_prepared_xacts names it; COMMIT PREPARED or ROLLBACK PREPARED ends it"
                    .to_owned(),
            )
        } else {
            let start = self.backend_start.as_ref();
            let start =
                start.map_or_else(String::new, |start| format!(" --backend-start \"{start}\""));
            (
                format!("the session {pid}"),
                format!(
                    "What it runs: dragonfly-ops pg long. Where that does not end by itself: \
                     dragonfly-ops pg terminate {pid}{start} --reason \"it is in the way\""
                ),
            )
        };
        let known = [
            self.state.clone(),
            self.transaction_seconds
                .map(|seconds| format!("its transaction began {} ago", span(seconds))),
        ];
        let known: Vec<_> = known.into_iter().flatten().collect();
        let known = if known.is_empty() {
            String::new()
        } else {
            format!(" ({})", known.join("; "))
        };
        let detail = format!(
            "{} {relation} is locked by {who}{known}, and nobody can read it.",
            fault.detail
        );
        Fault {
            detail: detail.into(),
            ..fault
        }
        .check_first(first_check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taxonomy::Code;

    fn explained(holder: &LockHolder) -> (String, String) {
        let fault = holder.explain(Fault::new(Code::DbTransaction, "It waited."));
        (fault.detail.to_string(), fault.first_check().to_owned())
    }

    #[test]
    fn whoever_holds_the_lock_is_named_with_what_is_known_of_them() {
        let mut holder = LockHolder {
            relation: "ops.jobs".to_owned(),
            pid: 7,
            ..LockHolder::default()
        };
        let (detail, first_check) = explained(&holder);
        assert_eq!(
            detail,
            "It waited. ops.jobs is locked by the session 7, and nobody can read it."
        );
        assert!(
            first_check.contains("dragonfly-ops pg terminate 7 --reason \"it is in the way\""),
            "{first_check}"
        );
        holder.state = Some("idle in transaction".to_owned());
        holder.transaction_seconds = Some(360.0);
        holder.backend_start = Some("2026-01-01 10:00:00+00".to_owned());
        let (detail, first_check) = explained(&holder);
        assert!(
            detail
                .contains("session 7 (idle in transaction; its transaction began 6 min ago), and"),
            "{detail}"
        );
        assert!(
            first_check.contains(
                "dragonfly-ops pg terminate 7 --backend-start \"2026-01-01 10:00:00+00\" --reason \"it is in the way\""
            ),
            "{first_check}"
        );
        holder.pid = PREPARED_TRANSACTION;
        let (detail, first_check) = explained(&holder);
        assert!(detail.contains("by a prepared transaction ("), "{detail}");
        assert!(first_check.contains("ROLLBACK PREPARED"), "{first_check}");
    }
}
