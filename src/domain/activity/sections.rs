//! The sections of the report under the names of their series, for whoever treats all of them alike.

use crate::domain::activity::{Activity, Section};
use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// What a section came to, whatever it rests on.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The judgement.
    pub verdict: Verdict,
    /// The same in a sentence for people.
    pub summary: &'a str,
    checks: &'a [Check],
}

impl<'a> Judged<'a> {
    fn of<T>(section: &'a Section<T>) -> Result<Self, &'a Fault> {
        section.as_ref().map(|finding| Self {
            verdict: finding.verdict,
            summary: &finding.summary,
            checks: &finding.checks,
        })
    }

    /// The rows that are not well, the worst first, and of these first those that have a code.
    #[must_use]
    pub fn complaints(self) -> Vec<&'a Check> {
        let checks = self.checks.iter();
        let mut rows: Vec<_> = checks.filter(|row| row.verdict != Verdict::Ok).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.verdict, row.code.is_some())));
        rows
    }

    /// The cause of the worst that is complained of, where it has a code. That of something lesser beside it is
    /// another cause.
    #[must_use]
    pub fn code(self) -> Option<Code> {
        self.complaints().first()?.code
    }
}

impl Activity {
    /// Each section: what it came to, or why it could not be read.
    pub fn sections(&self) -> [(Series, Result<Judged<'_>, &Fault>); 5] {
        [
            (Series::Workers, Judged::of(&self.workers)),
            (Series::Queue, Judged::of(&self.queue)),
            (Series::Connections, Judged::of(&self.connections)),
            (Series::LongRunning, Judged::of(&self.long_running)),
            (Series::Locks, Judged::of(&self.locks)),
        ]
    }

    /// The worst verdict of all sections; a section that could not be read counts as unknown.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let sections = self.sections().into_iter();
        let verdicts =
            sections.map(|(_, found)| found.map_or(Verdict::Unknown, |judged| judged.verdict));
        verdicts.max().unwrap_or(Verdict::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::activity::Finding;

    #[test]
    fn the_cause_of_a_section_is_the_first_of_its_worst_rows_that_has_a_code() {
        let row = |verdict, code: Option<Code>| {
            let row = Check::new("queue.overdue", verdict, String::new());
            match code {
                Some(code) => row.code(code),
                None => row,
            }
        };
        let section: Section<()> = Ok(Finding {
            verdict: Verdict::Critical,
            summary: "It stands still.".to_owned(),
            checks: vec![
                row(Verdict::Ok, Some(Code::Cancelled)),
                row(Verdict::Warning, Some(Code::ValSchema)),
                row(Verdict::Critical, None),
                row(Verdict::Critical, Some(Code::DbTimeout)),
                row(Verdict::Critical, Some(Code::DbTransaction)),
            ],
            facts: (),
        });
        let judged = Judged::of(&section).expect("it was read");
        assert_eq!(judged.code(), Some(Code::DbTimeout));
        assert_eq!(judged.complaints().len(), 4);
        assert_eq!(
            (judged.verdict, judged.summary),
            (Verdict::Critical, "It stands still.")
        );
    }

    #[test]
    fn the_cause_is_that_of_the_worst_and_of_nothing_lesser_beside_it() {
        let (critical, warning, ok) = (Verdict::Critical, Verdict::Warning, Verdict::Ok);
        for (rows, expected) in [
            (vec![(ok, true)], false),
            (vec![(warning, true), (critical, false)], false),
            (vec![(critical, false), (critical, true)], true),
            (vec![(warning, false), (warning, true)], true),
        ] {
            let checks: Vec<_> = rows
                .iter()
                .map(|(verdict, has_code)| {
                    let check = Check::new("a.row", *verdict, "A row.");
                    match has_code {
                        true => check.code(Code::ValData),
                        false => check,
                    }
                })
                .collect();
            let judged = Judged {
                verdict: critical,
                summary: "Rows.",
                checks: &checks,
            };
            assert_eq!(judged.code().is_some(), expected, "{rows:?}");
        }
    }
}
