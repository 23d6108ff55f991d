//! The last look of the watch at everything: what those see who watch along.

use jiff::Timestamp;

use crate::domain::activity::Activity;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// What the watch saw when it last looked.
#[derive(Debug, Clone)]
pub struct LastLook {
    /// When it had seen everything.
    pub at: Timestamp,
    /// Whether Postgres answered.
    pub db: Result<(), Fault>,
    /// Whether Supabase answered.
    pub supabase: Result<(), Fault>,
    /// What went on in the database.
    pub activity: Result<Activity, Fault>,
    /// What was left alone, and until when.
    pub left_alone: Vec<(Series, Timestamp)>,
}

/// What is wrong with a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The cause, where it has a code.
    pub code: Option<Code>,
    /// What happened, for anybody to read.
    pub detail: String,
    /// The first thing to look at, or to do.
    pub first_check: Option<String>,
}

impl LastLook {
    /// What is wrong with a series that failed; nothing where it did not, or where nobody knows.
    #[must_use]
    pub fn wrong(&self, series: Series) -> Option<Wrong> {
        match series {
            Series::Db => self.db.as_ref().err().map(Wrong::from),
            Series::Supabase => self.supabase.as_ref().err().map(Wrong::from),
            _ => {
                let sections = self.activity.as_ref().ok()?.sections();
                let (_, found) = sections.into_iter().find(|(of, _)| *of == series)?;
                let judged = found.ok().filter(|one| one.verdict == Verdict::Critical)?;
                let rows = judged.complaints();
                Some(Wrong {
                    code: judged.code(),
                    detail: judged.summary.to_owned(),
                    first_check: rows.iter().find_map(|row| row.advice.clone()),
                })
            }
        }
    }
}

impl From<&Fault> for Wrong {
    fn from(fault: &Fault) -> Self {
        Self {
            code: Some(fault.code),
            detail: fault.detail.to_string(),
            first_check: Some(fault.first_check().to_owned()),
        }
    }
}
