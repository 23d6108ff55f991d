//! What vendors say of themselves, beside what is measured.

use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::vendor_page::VendorPage;
use crate::domain::verdict::Verdict;

/// The rows of the vendors' pages.
#[must_use]
pub(crate) fn judge(look: &Look<Vec<VendorPage>>) -> Vec<Check> {
    const ID: &str = "vendors.page";
    let pages = match &look.found {
        Ok(pages) if pages.is_empty() => {
            return vec![Check::new(
                ID,
                Verdict::Ok,
                "Not asked: STATUS_PAGES is off.",
            )];
        }
        Ok(pages) => pages,
        Err(missed @ Missed::Failed(_)) => {
            return vec![Check::new(ID, Verdict::Warning, missed.row(ID).summary)];
        }
        Err(missed) => return vec![missed.row(ID)],
    };
    let row = |page: &VendorPage| {
        let check = match &page.found {
            Ok(status) => Check::new(ID, status.verdict(), status.summary()).advice(
                "It explains, and decides nothing: what was measured stands in the other rows",
            ),
            Err(fault) => Check::new(ID, Verdict::Warning, fault.detail.clone())
                .code(fault.code)
                .advice(fault.first_check()),
        };
        check.subject(page.name.clone()).took(look.took)
    };
    pages.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::taxonomy::Code;
    use crate::domain::vendor_page::VendorStatus;

    #[test]
    fn what_cannot_be_read_is_never_fine_and_what_is_off_is_said() {
        let page = |found| VendorPage {
            name: "supabase".to_owned(),
            found,
            read_at: Timestamp::UNIX_EPOCH,
        };
        let unreadable = Fault::new(Code::NetTimeout, "It did not answer.");
        let rows = judge(&Look::of(Ok(vec![
            page(Ok(VendorStatus::default())),
            page(Err(unreadable)),
        ])));
        let found: Vec<_> = rows.iter().map(|row| (row.verdict, row.code)).collect();
        assert_eq!(
            found,
            [
                (Verdict::Ok, None),
                (Verdict::Warning, Some(Code::NetTimeout))
            ]
        );
        let off = judge(&Look::of(Ok(Vec::new())));
        assert!(off[0].summary.contains("STATUS_PAGES is off"), "{off:?}");
        let mistaken = judge(&Look::after("settings.valid"));
        assert_eq!(mistaken[0].verdict, Verdict::Unknown);
    }
}
