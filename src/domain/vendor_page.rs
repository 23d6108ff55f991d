//! What a vendor says of itself on its status page.
//!
//! # Design notes
//!
//! It explains what was measured, and never decides: vendors notice late, and say so later. So nothing
//! here is worse than a warning, and what cannot be read is never fine.

use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::verdict::Verdict;

/// A status page, as it was read last.
#[derive(Debug, Clone)]
pub struct VendorPage {
    /// Whose it is, as STATUS_PAGES calls it.
    pub name: String,
    /// What it says, or why that is not known.
    pub found: Result<VendorStatus, Fault>,
    /// When it was read.
    pub read_at: Timestamp,
}

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VendorStatus {
    /// How many parts it has.
    pub parts: usize,
    /// The parts that are not operational, each with its word for that.
    pub affected: Vec<AffectedPart>,
    /// What it has not resolved.
    pub incidents: Vec<VendorIncident>,
}

/// A part of a vendor that is not operational.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedPart {
    /// Its name.
    pub name: String,
    /// The vendor's word, such as `degraded performance`.
    pub status: String,
}

/// What a vendor has not resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorIncident {
    /// What it calls it.
    pub title: String,
    /// How far it is, such as `investigating`.
    pub status: String,
    /// When it says that it began.
    pub started_at: Option<Timestamp>,
}

/// How many names are said.
const SAID: usize = 3;

impl VendorStatus {
    /// Nothing worse than a warning.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.affected.is_empty() && self.incidents.is_empty() {
            Verdict::Ok
        } else {
            Verdict::Warning
        }
    }

    /// What it says, in a sentence for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut sentences = Vec::new();
        if !self.affected.is_empty() {
            let names = self.affected.iter();
            let names = names.map(|part| format!("{} ({})", part.name, part.status));
            sentences.push(format!("Not operational: {}.", some(names.collect())));
        }
        if !self.incidents.is_empty() {
            let titles = self.incidents.iter().map(|incident| {
                let since = incident.started_at;
                let since = since.map_or_else(String::new, |at| format!(" since {at:.0}"));
                format!("{} ({}{since})", incident.title, incident.status)
            });
            sentences.push(format!("Not resolved: {}.", some(titles.collect())));
        }
        if sentences.is_empty() {
            return match self.parts {
                1 => "Its only part is operational.".to_owned(),
                parts => format!("All {parts} parts are operational."),
            };
        }
        sentences.join(" ")
    }
}

/// The first of these, and how many more there are.
fn some(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(SAID);
    all.truncate(SAID);
    let said = all.join(", ");
    if more == 0 {
        said
    } else {
        format!("{said} and {more} more")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> AffectedPart {
        AffectedPart {
            name: name.to_owned(),
            status: "degraded".to_owned(),
        }
    }

    #[test]
    fn a_page_says_what_is_not_well_and_is_never_worse_than_a_warning() {
        let mut status = VendorStatus {
            parts: 9,
            ..VendorStatus::default()
        };
        assert_eq!(status.summary(), "All 9 parts are operational.");
        assert_eq!(status.verdict(), Verdict::Ok);
        status.incidents.push(VendorIncident {
            title: "Slow".to_owned(),
            status: "investigating".to_owned(),
            started_at: Timestamp::from_second(1_800_000_000).ok(),
        });
        assert_eq!(
            (status.verdict(), status.summary()),
            (
                Verdict::Warning,
                "Not resolved: Slow (investigating since 2027-01-15T08:00:00Z).".to_owned()
            )
        );
        status.affected = ["a", "b", "c", "d", "e"].map(part).into();
        let said =
            "Not operational: a (degraded), b (degraded), c (degraded) and 2 more. Not resolved";
        assert!(status.summary().starts_with(said), "{}", status.summary());
        status.parts = 1;
        status.affected.clear();
        status.incidents.clear();
        assert_eq!(status.summary(), "Its only part is operational.");
    }
}
