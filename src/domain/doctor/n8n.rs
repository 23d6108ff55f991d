//! Whether n8n is ready.

use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::verdict::Verdict;

/// The row of n8n; nothing where no address is set.
#[must_use]
pub(crate) fn judge(look: Option<&Look<()>>) -> Check {
    const ID: &str = "n8n.ready";
    let Some(look) = look else {
        return Check::new(ID, Verdict::Ok, "Not asked: N8N_URL is not set.");
    };
    let check = match &look.found {
        Ok(()) => Check::new(
            ID,
            Verdict::Ok,
            "It is ready: its database is connected and migrated.",
        ),
        Err(Missed::Failed(fault)) => Check::of_fault(ID, fault),
        Err(missed) => missed.row(ID),
    };
    check.took(look.took)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::taxonomy::Code;

    #[test]
    fn it_is_ready_or_says_why_not_or_was_not_asked() {
        let failed = Look::of(Err(Missed::Failed(Fault::new(
            Code::VendorN8n,
            "not ready",
        ))));
        for (look, verdict, code) in [
            (None, Verdict::Ok, None),
            (Some(Look::of(Ok(()))), Verdict::Ok, None),
            (Some(failed), Verdict::Critical, Some(Code::VendorN8n)),
            (Some(Look::after("settings.valid")), Verdict::Unknown, None),
        ] {
            let row = judge(look.as_ref());
            assert_eq!(
                (row.id, row.verdict, row.code),
                ("n8n.ready", verdict, code)
            );
        }
    }
}
