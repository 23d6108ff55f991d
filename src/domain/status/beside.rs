//! What stands beside the checks: what vendors say of themselves, and whether what is seen is kept.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::history::Keeping;
use crate::domain::rfc3339;
use crate::domain::taxonomy::Code;
use crate::domain::vendor_page::VendorPage;
use crate::domain::verdict::Verdict;

/// What a vendor says of itself. It explains, and decides nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Vendor {
    /// Its name, as STATUS_PAGES has it.
    pub name: String,
    /// `ok` or `warning`; `unknown` where its page could not be read.
    pub verdict: Verdict,
    /// What it says, or why that is not known.
    pub summary: String,
    /// When it was read.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub read_at: Timestamp,
}

impl From<VendorPage> for Vendor {
    fn from(page: VendorPage) -> Self {
        let (verdict, summary) = match &page.found {
            Ok(status) => (status.verdict(), status.summary()),
            Err(fault) => (Verdict::Unknown, fault.detail.to_string()),
        };
        Self {
            name: page.name,
            verdict,
            summary,
            read_at: page.read_at,
        }
    }
}

/// Whether what is seen is kept for later.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Kept {
    /// Whether it is written down in STATE_DIR.
    pub is_on_disk: bool,
    /// Why it is not, where that is so.
    pub disk_code: Option<Code>,
    /// The same in a sentence.
    pub disk_detail: Option<String>,
    /// How many samples wait to be shipped to the database.
    pub pending: usize,
    /// Of when the oldest of these is.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_pending: Option<Timestamp>,
    /// When the database was last found to keep what there is, whichever replica brings it there.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub shipped_at: Option<Timestamp>,
    /// Why it is not shipped, where that is so.
    pub code: Option<Code>,
    /// The same in a sentence.
    pub detail: Option<String>,
}

impl From<&Keeping> for Kept {
    fn from(keeping: &Keeping) -> Self {
        let detail = |fault: &Option<Fault>| fault.as_ref().map(|fault| fault.detail.to_string());
        let code = |fault: &Option<Fault>| fault.as_ref().map(|fault| fault.code);
        Self {
            is_on_disk: keeping.disk.is_none(),
            disk_code: code(&keeping.disk),
            disk_detail: detail(&keeping.disk),
            pending: keeping.pending,
            oldest_pending: keeping.oldest_pending,
            shipped_at: keeping.kept_at,
            code: code(&keeping.fault),
            detail: detail(&keeping.fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vendor_page::VendorStatus;

    #[test]
    fn a_page_that_could_not_be_read_is_unknown() {
        let vendor = |found| {
            Vendor::from(VendorPage {
                name: "railway".to_owned(),
                found,
                read_at: Timestamp::UNIX_EPOCH,
            })
        };
        let unread = vendor(Err(Fault::new(Code::NetTimeout, "It did not answer.")));
        assert_eq!(
            (unread.verdict, unread.summary.as_str()),
            (Verdict::Unknown, "It did not answer.")
        );
        assert_eq!(vendor(Ok(VendorStatus::default())).verdict, Verdict::Ok);
    }
}
