//! How an incident ends: good again, good for long enough, over, closed.

use std::time::Duration;

use jiff::Timestamp;

use super::all_clear::AllClear;
use super::entry::{ITSELF, Known, What};
use super::machine::{Said, Step};
use super::name::Name;
use super::notice::CaptureWhen;
use super::state::{Incident, Member, REOPENS_WITHIN, State};
use super::subject::{Part, Subject};
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

impl Step<'_> {
    /// How what an incident is about is now, but for what only people can say to be over.
    fn own_verdict(&self, incident: &Incident) -> Verdict {
        let now = self.now();
        let own = incident.own().map(|(subject, member)| match subject {
            Subject::Series(series) => self.sight.verdict(*series, member.failed_at, now),
            Subject::Alert(_) if member.is_firing && member.ends_by_itself => Verdict::Critical,
            Subject::Alert(_) => Verdict::Ok,
        });
        own.max().unwrap_or(Verdict::Ok)
    }

    /// What was good again and is not any more goes on as before, whoever noticed that.
    pub(super) fn relapse(&mut self) {
        for name in self.live_names() {
            let incident = self.book.incident(&name);
            let Some(subject) = incident.and_then(|one| self.fails_again(one)).cloned() else {
                continue;
            };
            let text = format!("{}: failing again", self.called(&name, &subject));
            self.rule(&name, What::Relapsed { subject }, text);
        }
    }

    /// What fails although the incident is said to be good. Where that was seen, nothing of it failed: what
    /// does now was seen later, or not seen by whoever said it. Where somebody has averted the harm, the cause
    /// may go on as it did: only what has begun since is news.
    fn fails_again<'a>(&self, incident: &'a Incident) -> Option<&'a Subject> {
        let since = incident.mitigated_at?;
        let is_later = |at: Option<Timestamp>| at.is_some_and(|at| at > since);
        let by_rule = incident.is_good_by_rule;
        let fails = |subject: &Subject, member: &Member| match subject {
            Subject::Series(series) if by_rule => {
                let failed_at = self.sight.failed_at(*series);
                failed_at.is_some_and(|at| at >= since)
            }
            Subject::Series(series) => {
                self.sight.is_failing(*series)
                    && (is_later(self.sight.turned(*series)) || member.failed_at > since)
            }
            Subject::Alert(_) => member.is_firing && (by_rule || member.failed_at > since),
        };
        let mut members = incident.members.iter();
        let found = members.find(|(subject, member)| {
            let is_meant = member.part == Part::Own || !by_rule;
            is_meant && fails(subject, member)
        });
        found.map(|(subject, _)| subject)
    }

    /// Counts for how long each incident is good, and goes on where it is.
    pub(super) fn recover(&mut self) {
        let now = self.now();
        for name in self.live_names() {
            let Some(incident) = self.book.incident(&name) else {
                continue;
            };
            let own = self.own_verdict(incident);
            let all = own.max(self.sight.boxes(&name, now));
            let takes_person = incident
                .own()
                .any(|(_, member)| member.is_firing && !member.ends_by_itself);
            let is_news = incident.state != State::Mitigated;
            let enough = incident.severity.dwell(incident.reopened);
            let failed_at = incident.failed_at();
            let good = self.sight.dwell(&name, all, failed_at, now);
            if takes_person || own > Verdict::Warning {
                continue;
            }
            if is_news {
                self.rule(&name, What::Mitigated, "All that it is about is good again");
                self.capture_recovery(&name);
            }
            if all <= Verdict::Warning && good >= enough {
                let minutes = enough.as_secs() / 60;
                let said = Said {
                    id: None,
                    at: None,
                    who: ITSELF.to_owned(),
                    how: Known::Rule,
                    what: What::Resolved {
                        against: None,
                        all_clear: self.sight.last_boxes(&name),
                    },
                    text: format!("All of it has been good for {minutes} min"),
                };
                self.resolve(&name, said);
            }
        }
    }

    pub(super) fn capture_recovery(&mut self, name: &Name) {
        let nth = self
            .book
            .incident(name)
            .map_or(1, |one| one.count(&What::Mitigated));
        self.capture(name, CaptureWhen::Recovery, nth);
    }

    /// It is over. What only followed from it is on its own from now on.
    pub(super) fn resolve(&mut self, name: &Name, said: Said) {
        self.write(Some(name), said);
        let incident = self.book.incident(name);
        let series: Vec<Series> = incident
            .into_iter()
            .flat_map(|one| one.members.keys())
            .filter_map(|subject| match subject {
                Subject::Series(series) => Some(*series),
                Subject::Alert(_) => None,
            })
            .collect();
        for one in &series {
            self.sight.forget_failures(*one);
        }
        self.release(name, series);
        self.sight.forget(name);
    }

    /// Whether somebody may say that it is over, without saying why against the all-clear.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 naming what is in the way.
    pub(super) fn check_all_clear(
        &self,
        incident: &Name,
        all_clear: &AllClear,
    ) -> Result<(), Fault> {
        let refuse = |why: String| {
            Fault::new(
                Code::ValData,
                format!("The all-clear of the incident is not given: {why}."),
            )
            .check_first(format!(
                "What is not green, and for how long the rest has been: dragonfly-ops incident show {incident}. Where it is \
                 over all the same, say why: dragonfly-ops incident resolve {incident} --reason \"why\""
            ))
        };
        let Some(one) = self.book.incident(incident) else {
            return Ok(());
        };
        match self.own_verdict(one) {
            Verdict::Ok | Verdict::Warning => {}
            Verdict::Critical => return Err(refuse("what it is about still fails".to_owned())),
            Verdict::Unknown => {
                return Err(refuse("nobody has seen yet that it is good".to_owned()));
            }
        }
        let open = all_clear.open();
        if !open.is_empty() {
            return Err(refuse(format!("{} not green", open.join(", "))));
        }
        let enough = one.severity.dwell(one.reopened);
        let good = self.sight.good_for(incident);
        if good < enough {
            let minutes = |span: Duration| span.as_secs() / 60;
            let (good, enough) = (minutes(good), minutes(enough));
            return Err(refuse(format!(
                "all of it is good for {good} of {enough} min"
            )));
        }
        Ok(())
    }

    /// Nobody has it any more whose time is over.
    pub(super) fn expire_acknowledgements(&mut self) {
        let now = self.now();
        for name in self.live_names() {
            let incident = self.book.incident(&name);
            let held = incident.filter(|one| one.state == State::Acknowledged);
            let held = held.and_then(|one| one.acknowledgement.as_ref());
            let Some(by) = held.filter(|held| held.until.is_some_and(|until| until <= now)) else {
                continue;
            };
            let text = format!("The acknowledgement of {} has expired", by.by);
            self.rule(&name, What::AcknowledgementExpired, text);
        }
    }

    /// It is as bad as its worst cause, unless somebody has judged that.
    pub(super) fn raise_severities(&mut self) {
        for name in self.live_names() {
            let incident = self.book.incident(&name);
            let raise =
                incident.and_then(|one| one.raise_to.filter(|to| to.is_worse_than(one.severity)));
            if let Some(to) = raise {
                let text = format!("It is {to} by what has joined it");
                self.rule(&name, What::SeverityRaised { to }, text);
            }
        }
    }

    /// What takes no report is closed once it cannot come back as itself.
    pub(super) fn close_what_is_over(&mut self) {
        let now = self.now();
        let is_due = |one: &Incident| {
            one.state == State::Resolved
                && !one.severity.takes_report()
                && one.resolved_at.is_some_and(|at| at + REOPENS_WITHIN < now)
        };
        let due = self.book.incidents().filter(|one| is_due(one));
        let due: Vec<_> = due.map(|one| one.name.clone()).collect();
        for name in due {
            self.rule(&name, What::Closed, "It has stayed good");
        }
    }
}
