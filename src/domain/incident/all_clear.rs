//! What has to be so before an incident is over.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::verdict::Verdict;

/// The boxes of the checklist's section 5, as they were last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct AllClear {
    /// Each box.
    pub boxes: Vec<ClearBox>,
}

/// One box of the all-clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClearBox {
    /// What is looked at.
    pub name: String,
    /// What it came to: `ok` and `warning` tick the box.
    pub verdict: Verdict,
    /// What was seen.
    pub saw: String,
}

impl ClearBox {
    /// Whether it is ticked.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.verdict <= Verdict::Warning
    }
}

impl AllClear {
    /// The worst of all boxes; `ok` where there is none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let all = self.boxes.iter().map(|one| one.verdict);
        all.max().unwrap_or(Verdict::Ok)
    }

    /// The names of the boxes that are not ticked.
    #[must_use]
    pub fn open(&self) -> Vec<&str> {
        let open = self.boxes.iter().filter(|one| !one.is_green());
        open.map(|one| one.name.as_str()).collect()
    }
}
