//! What people want of incidents.

use std::time::Duration;

use ulid::Ulid;

use super::entry::{Entry, Joined, What};
use super::input::{Command, Deed, Wish};
use super::machine::{Said, Step};
use super::name::Name;
use super::quiet::QuietOrder;
use super::report::{ActionItem, is_web_address};
use super::severity::Severity;
use super::state::{Incident, State};
use super::subject::{Part, Subject};
use crate::domain::fault::Fault;
use crate::domain::order::{MAX_REASON, plain, refuse};
use crate::domain::taxonomy::Code;

/// The longest that what somebody writes may be, in characters.
const LONGEST_TEXT: usize = 20_000;
/// The longest that a title may be, in characters.
const LONGEST_TITLE: usize = 200;
/// The longest that a suggestion may be, in characters: it is read beside others, by somebody who was woken.
const LONGEST_SUGGESTION: usize = 2_000;
/// The longest that a link may be, in characters.
const LONGEST_LINK: usize = 2_000;
/// Within this an action item is proposed to be done.
const ITEM_WITHIN: Duration = Duration::from_secs(14 * 24 * 3600);

impl Step<'_> {
    /// Does what somebody wants. A command whose id is known has been done.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 or DFE-VAL-003 where it cannot be done. Then nothing has changed.
    pub(super) fn command(&mut self, command: &Command) -> Result<(), Fault> {
        if command.id.parse::<Ulid>().is_err() {
            return Err(refuse("The id of the command is no ULID."));
        }
        if let Some(known) = self.book.entry(&command.id) {
            return match self.is_that(known, command) {
                true => Ok(()),
                false => Err(Fault::new(
                    Code::ValData,
                    "The Idempotency-Key belongs to another order about incidents.",
                )
                .check_first("A key of its own for each order")),
            };
        }
        plain("name of who acts", &command.by, LONGEST_TITLE)?;
        match &command.order {
            Wish::Open {
                title,
                message,
                severity,
                code,
            } => {
                plain("title", title, LONGEST_TITLE)?;
                if !message.is_empty() {
                    long("message", message)?;
                }
                self.open_by_hand(command, title, message, *severity, *code);
                Ok(())
            }
            Wish::Of(name, deed) => {
                let name = self.book.known(name)?;
                self.deed(command, &name, deed)
            }
            Wish::Merge(one, other) => self.merge(command, one, other),
            Wish::QuietAdd(order) => self.quiet_add(command, order),
            Wish::QuietEnd(id) => self.quiet_end(command, id),
        }
    }

    /// Whether an entry is what this command led to. Who sent it does not count: an address may change from one
    /// attempt to the next.
    fn is_that(&self, entry: &Entry, command: &Command) -> bool {
        let is_about = |name: &Name| self.is_of(entry, self.book.survivor(name));
        match (&command.order, &entry.what) {
            (
                Wish::Open {
                    title,
                    message,
                    severity,
                    code,
                },
                What::Opened {
                    title: called,
                    severity: how_bad,
                    ..
                },
            ) => {
                let wanted = severity.unwrap_or_else(|| Severity::of_code(*code));
                called == title && wanted == *how_bad && entry.text == told(title, message)
            }
            (
                Wish::Of(name, Deed::Resolve { against, .. }),
                What::Resolved { against: said, .. },
            ) => is_about(name) && against == said,
            (Wish::Of(name, deed), what) => {
                is_about(name) && deed.says(&command.id) == (what.clone(), entry.text.clone())
            }
            (Wish::Merge(one, other), What::Merged { .. }) => is_about(one) && is_about(other),
            (Wish::QuietAdd(order), What::QuietAdded { window }) => order.reason == window.reason,
            (Wish::QuietEnd(id), What::QuietEnded { window }) => id == window,
            _ => false,
        }
    }

    fn is_live(&self, name: &Name) -> bool {
        self.book.incident(name).is_some_and(Incident::is_live)
    }

    fn must_go_on(&self, incident: &Name) -> Result<(), Fault> {
        match self.is_live(incident) {
            true => Ok(()),
            false => Err(Fault::new(
                Code::ValData,
                "The incident does not go on any more: reopen it first.",
            )
            .check_first(format!(
                "Whether it is there again: dragonfly-ops incident reopen {incident} --reason \"why\""
            ))),
        }
    }

    /// What a person has said, under the id of their command.
    fn said(command: &Command, what: What, text: &str) -> Said {
        Said {
            id: Some(command.id.clone()),
            at: None,
            who: command.by.clone(),
            how: command.from,
            what,
            text: text.to_owned(),
        }
    }

    fn open_by_hand(
        &mut self,
        command: &Command,
        title: &str,
        message: &str,
        severity: Option<Severity>,
        code: Option<Code>,
    ) {
        let word = code.map_or("REPORT", |code| code.category().as_str());
        let is_taken = |name: &Name| self.book.is_taken(name);
        let name = Name::of_told(word, &command.id, self.given(), is_taken);
        let severity = severity.unwrap_or_else(|| Severity::of_code(code));
        let text = told(title, message);
        let what = What::Opened {
            title: title.to_owned(),
            severity,
            began_at: self.now(),
        };
        self.write(Some(&name), Self::said(command, what, &text));
        let joined = Joined {
            subject: Subject::Alert(command.id.clone()),
            code,
            severity,
            part: Part::Own,
            is_told_with_it: true,
            ends_by_itself: false,
            over: Vec::new(),
        };
        self.begin(&name, command.from, joined, text);
    }

    fn deed(&mut self, command: &Command, name: &Name, deed: &Deed) -> Result<(), Fault> {
        let (what, text) = deed.says(&command.id);
        match deed {
            Deed::Acknowledge => self.must_go_on(name)?,
            Deed::Note { text, corrects } => {
                long("note", text)?;
                if let Some(id) = corrects
                    && !self
                        .book
                        .entry(id)
                        .is_some_and(|entry| self.is_of(entry, name))
                {
                    return Err(refuse(
                        "The entry that the note corrects is not one of the incident.",
                    ));
                }
            }
            Deed::SetSeverity { reason, .. } => plain("reason", reason, MAX_REASON)?,
            Deed::Mitigate { text } => {
                long("text", text)?;
                self.must_go_on(name)?;
            }
            Deed::Remedy { action, at, .. } => {
                plain("action", action, LONGEST_TITLE)?;
                // What is read from a record may be over by then.
                let went_on = at.filter(|at| {
                    let incident = self.book.incident(name);
                    incident.is_some_and(|one| one.went_on(*at))
                });
                if went_on.is_none() {
                    self.must_go_on(name)?;
                }
                let at = went_on.map(|at| at.min(self.now()));
                let said = Self::said(command, what, &text);
                self.write(Some(name), Said { at, ..said });
                return Ok(());
            }
            Deed::Resolve { all_clear, against } => {
                self.must_go_on(name)?;
                match against {
                    Some(reason) => plain("reason", reason, MAX_REASON)?,
                    None => self.check_all_clear(name, all_clear)?,
                }
                self.resolve(name, Self::said(command, what, &text));
                return Ok(());
            }
            Deed::Reopen { reason } => {
                plain("reason", reason, MAX_REASON)?;
                let incident = name;
                if self.is_live(incident) {
                    return Err(Fault::new(
                        Code::ValData,
                        "The incident is not over; there is nothing to reopen.",
                    )
                    .check_first(format!("dragonfly-ops incident show {incident}")));
                }
            }
            Deed::Attach(piece) => piece.check()?,
            Deed::CaptureFailed {
                name: file, reason, ..
            } => {
                plain("name of the evidence", file, LONGEST_TITLE)?;
                long("reason", reason)?;
            }
            Deed::ActionItem { item, now } => {
                check_item(now)?;
                let items = self.book.incident(name).map(|one| &one.report.items);
                if let Some(id) = item
                    && !items.is_some_and(|items| items.contains_key(id))
                {
                    return Err(refuse("There is no action item of that id."));
                }
            }
            Deed::Write { text, .. } => long("text", text)?,
            Deed::Suggest { text, .. } => lines("suggestion", text, LONGEST_SUGGESTION)?,
            Deed::Withdraw { suggestion, reason } => {
                plain("reason", reason, MAX_REASON)?;
                let said = self.book.entry(suggestion);
                let is_its = said.is_some_and(|entry| self.is_of(entry, name));
                if !is_its || !self.book.runbook().has(suggestion) {
                    return Err(refuse(
                        "There is no suggestion of that id in the incident, or it is withdrawn already.",
                    ));
                }
            }
            Deed::Close => self.check_closing(name)?,
        }
        self.write(Some(name), Self::said(command, what, &text));
        match deed {
            Deed::Mitigate { .. } => self.capture_recovery(name),
            Deed::Reopen { .. } => self.begin_anew(name),
            _ => {}
        }
        Ok(())
    }

    fn is_of(&self, entry: &Entry, name: &Name) -> bool {
        let of = entry.incident.as_ref();
        of.is_some_and(|of| self.book.survivor(of) == name)
    }

    fn check_closing(&self, incident: &Name) -> Result<(), Fault> {
        let Some(one) = self.book.incident(incident) else {
            return Ok(());
        };
        match one.state {
            State::Resolved => {}
            State::Closed => {
                let closed = Fault::new(Code::ValData, "The incident is closed already.");
                return Err(closed.check_first(format!("dragonfly-ops incident report {incident}")));
            }
            _ => {
                return Err(Fault::new(
                    Code::ValData,
                    "The incident is not over; it cannot be closed.",
                )
                .check_first(format!(
                    "What is not green yet: dragonfly-ops incident show {incident}"
                )));
            }
        }
        let lacks = one.report.lacks();
        if one.severity.takes_report() && !lacks.is_empty() {
            let lacks = lacks.join("; ");
            let due = self.now() + ITEM_WITHIN;
            let due = due.strftime("%Y-%m-%d");
            return Err(Fault::new(
                Code::ValData,
                format!("The report of the incident is not complete; it lacks: {lacks}."),
            )
            .check_first(format!(
                "Texts go with dragonfly-ops incident write {incident} impact --text -, what is to be done with \
                 dragonfly-ops incident action {incident} --title \"what\" --owner \"who\" --due {due} --issue \"link\", or \
                 both on its page"
            )));
        }
        Ok(())
    }

    fn merge(&mut self, command: &Command, one: &Name, other: &Name) -> Result<(), Fault> {
        let Some((into, from)) = self.book.merging(one, other)? else {
            return Ok(());
        };
        let text = format!("It is the same as {into}");
        let said = Self::said(command, What::Merged { into }, &text);
        self.write(Some(&from), said);
        self.sight.forget(&from);
        Ok(())
    }

    fn quiet_add(&mut self, command: &Command, order: &QuietOrder) -> Result<(), Fault> {
        let window = order.window(&command.by, self.now())?;
        let text = format!(
            "Quiet from {} to {}: {}",
            window.begin, window.end, window.reason
        );
        let said = Self::said(command, What::QuietAdded { window }, &text);
        self.write(None, said);
        Ok(())
    }

    fn quiet_end(&mut self, command: &Command, id: &str) -> Result<(), Fault> {
        let now = self.now();
        let Some(window) = self.book.window(id) else {
            return Err(refuse("There is no quiet window of that id."));
        };
        if window.ended.unwrap_or(window.end).min(window.end) <= now {
            return Err(
                Fault::new(Code::ValData, "The quiet window is over already.")
                    .check_first("dragonfly-ops quiet list"),
            );
        }
        let window = id.to_owned();
        let said = Self::said(command, What::QuietEnded { window }, "Quiet no more");
        self.write(None, said);
        Ok(())
    }
}

impl Deed {
    /// What the entry says that it leads to, and the same in words. `id` is that of the command.
    fn says(&self, id: &str) -> (What, String) {
        match self.clone() {
            Self::Acknowledge => (What::Acknowledged, "Has it".to_owned()),
            Self::Note { text, corrects } => (What::Note { corrects }, text),
            Self::SetSeverity { to, reason } => (What::SeveritySet { to }, reason),
            Self::Mitigate { text } => (What::Mitigated, text),
            Self::Remedy {
                action, audit_id, ..
            } => {
                let on_record = match audit_id {
                    Some(id) => format!("on record as ops.audit_log {id}"),
                    None => "not on record in ops.audit_log".to_owned(),
                };
                let text = format!("Begins to mend it: {action}, {on_record}");
                (What::Remedy { action, audit_id }, text)
            }
            Self::Resolve { all_clear, against } => {
                let text = match &against {
                    Some(reason) => format!("It is over against the all-clear: {reason}"),
                    None => "It is over".to_owned(),
                };
                (What::Resolved { against, all_clear }, text)
            }
            Self::Reopen { reason } => (What::Reopened { subject: None }, reason),
            Self::Attach(mut piece) => {
                piece.sha256.make_ascii_lowercase();
                let name = &piece.name;
                let text = match piece.occasion {
                    Some(when) => format!("Evidence was kept {}: {name}", when.title()),
                    None => format!("Evidence was attached: {name}"),
                };
                (What::Evidence(piece), text)
            }
            Self::CaptureFailed {
                name,
                reason,
                occasion,
            } => {
                let when = occasion.map_or_else(String::new, |when| format!(" {}", when.title()));
                let text = format!("{name} could not be taken{when}: {reason}");
                (What::EvidenceFailed { name, occasion }, text)
            }
            Self::ActionItem { item, now } => {
                let text = format!("To be done: {}", now.title);
                let item = item.unwrap_or_else(|| id.to_owned());
                (What::ActionItem { item, now }, text)
            }
            Self::Write { heading, text } => (What::Written { heading }, text),
            Self::Suggest { code, text } => {
                let said = format!("For the runbook of {code}: {text}");
                let code = Some(code);
                (What::RunbookSuggested { code, text }, said)
            }
            Self::Withdraw { suggestion, reason } => {
                let said = format!("Withdraws what was suggested for the runbook: {reason}");
                (What::RunbookWithdrawn { suggestion }, said)
            }
            Self::Close => (What::Closed, "It is written up".to_owned()),
        }
    }
}

/// What somebody tells of an incident that they report.
fn told(title: &str, message: &str) -> String {
    match message.trim() {
        "" => title.to_owned(),
        message => format!("{title}: {message}"),
    }
}

/// As `plain`, of a text that may have several lines.
fn long(what: &str, text: &str) -> Result<(), Fault> {
    lines(what, text, LONGEST_TEXT)
}

fn lines(what: &str, text: &str, longest: usize) -> Result<(), Fault> {
    plain(what, &text.replace(['\n', '\r', '\t'], " "), longest)
}

/// What is to be done has to be what a database can keep, and a page can link to.
fn check_item(item: &ActionItem) -> Result<(), Fault> {
    plain("title", &item.title, LONGEST_TITLE)?;
    if let Some(owner) = &item.owner {
        plain("owner", owner, LONGEST_TITLE)?;
    }
    if item.due.is_some_and(|due| due.year() < 1) {
        return Err(refuse("The action item is due before the year 1."));
    }
    if let Some(link) = &item.issue {
        plain("link of the action item", link, LONGEST_LINK)?;
        if !is_web_address(link) {
            return Err(refuse(
                "The link of the action item is no address of the web.",
            ));
        }
    }
    Ok(())
}
