//! How an incident ends: good again, good for long enough, over, closed.

use std::time::Duration;

use super::all_clear::AllClear;
use super::entry::{ITSELF, Known, What};
use super::machine::{Said, Step};
use super::name::Name;
use super::notice::CaptureWhen;
use super::state::{Incident, REOPENS_WITHIN, State};
use super::subject::Subject;
use crate::domain::fault::Fault;
use crate::domain::history::Series;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

impl Step<'_> {
    /// How what an incident is about is now, but for what only people can say to be over.
    fn own_verdict(&self, incident: &Incident) -> Verdict {
        let now = self.now();
        let own = incident.own().map(|(subject, member)| match subject {
            Subject::Series(series) => self.sight.verdict(*series, now),
            Subject::Alert(_) if member.is_firing && member.ends_by_itself => Verdict::Critical,
            Subject::Alert(_) => Verdict::Ok,
        });
        own.max().unwrap_or(Verdict::Ok)
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
            let good = self.sight.dwell(&name, all, now);
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
    pub(super) fn check_all_clear(&self, name: &Name, all_clear: &AllClear) -> Result<(), Fault> {
        let refuse = |why: String| {
            Fault::new(
                Code::ValData,
                format!("The all-clear of the incident is not given: {why}."),
            )
        };
        let Some(incident) = self.book.incident(name) else {
            return Ok(());
        };
        match self.own_verdict(incident) {
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
        let enough = incident.severity.dwell(incident.reopened);
        let good = self.sight.good_for(name);
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
