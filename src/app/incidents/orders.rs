//! What people want of incidents.

use std::time::Duration;

use crate::app::App;
use crate::app::incidents::{KEPT_WITHIN, now};
use crate::domain::access::Role;
use crate::domain::fault::Fault;
use crate::domain::history::Sample;
use crate::domain::incident::{
    AllClear, ClearBox, Command, Deed, Entry, Input, Moment, Name, ShownQuiet, Wish,
};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

impl App {
    /// Takes in what a look of the watch came to.
    pub(in crate::app) fn observe_incidents(&self, samples: &[Sample]) {
        self.incidents.observe(samples, self.moment());
    }

    /// Does what somebody wants, and waits until it is kept, on disk or in the database. The same command
    /// twice is one. Returns the incident that it concerns.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 or DFE-VAL-003 where it cannot be done, and then nothing has changed; DFE-INT-002 where it
    /// was done, and this process alone knows of it.
    pub async fn order_incident(&self, command: Command) -> Result<Name, Fault> {
        self.order_incident_within(command, KEPT_WITHIN).await
    }

    /// The same, for whoever cannot wait as long until it is kept.
    pub(super) async fn order_incident_within(
        &self,
        command: Command,
        within: Duration,
    ) -> Result<Name, Fault> {
        let (id, about) = (command.id.clone(), about(&command.order));
        let into = match &command.order {
            Wish::Merge(_, into) => Some(into),
            _ => None,
        };
        for name in about.iter().chain(into) {
            self.hear_or_refuse(name).await?;
        }
        let (entries, made) = self.said(command)?;
        let ids = ids_of(&id, &entries);
        let (known, about) = {
            let incidents = self.incidents.known();
            let book = incidents.book();
            let known = book.entry(&id).cloned();
            // By now, one may have been merged into the other.
            (known, about.map(|name| book.survivor(&name).clone()))
        };
        let name = known
            .into_iter()
            .chain(entries)
            .find_map(|entry| entry.incident)
            .or(about);
        let name = name.ok_or_else(|| refuse("That concerns no incident."))?;
        self.incidents.until_kept(made, &ids, within).await?;
        Ok(name)
    }

    /// The same of a quiet window. Returns it.
    ///
    /// # Errors
    ///
    /// As of an order about an incident.
    pub async fn order_quiet(&self, command: Command) -> Result<ShownQuiet, Fault> {
        let id = match &command.order {
            Wish::QuietEnd(window) => window.clone(),
            _ => command.id.clone(),
        };
        if matches!(command.order, Wish::QuietEnd(_)) {
            self.hear_until(|known| known.book().window(&id).is_some())
                .await;
        }
        let ordered = command.id.clone();
        let (entries, made) = self.said(command)?;
        let ids = ids_of(&ordered, &entries);
        self.incidents.until_kept(made, &ids, KEPT_WITHIN).await?;
        let known = self.incidents.known();
        let window = known.book().window(&id);
        window
            .map(|window| ShownQuiet::of(&id, window, Role::Operator, now()))
            .ok_or_else(|| refuse("That concerns no quiet window."))
    }

    /// Takes in what somebody wants: what came of it, and how many entries have to be kept until that is.
    pub(super) fn said(&self, mut command: Command) -> Result<(Vec<Entry>, u64), Fault> {
        self.must_watch()?;
        if let Wish::Of(_, Deed::Resolve { all_clear, .. }) = &mut command.order {
            // Whether it is over is for what is seen to say, and not for whoever asks.
            *all_clear = self.incidents.boxes().unwrap_or_else(unseen);
        }
        let redactor = &self.settings.redactor;
        command.by = redactor.redact(&command.by);
        command
            .order
            .change_texts(|text| redactor.redact_whole(text));
        self.incidents.step(self.moment(), Input::Command(command))
    }

    /// Whether incidents are kept at all.
    pub(super) fn must_watch(&self) -> Result<(), Fault> {
        if self.settings.watch_interval.is_zero() {
            return Err(Fault::new(
                Code::ConfigInvalid,
                "Incidents are kept beside the watch, which is off (WATCH_INTERVAL=0).",
            )
            .check_first("WATCH_INTERVAL"));
        }
        Ok(())
    }

    /// When this is, and in which term, as far as one was seen.
    pub(in crate::app) fn moment(&self) -> Moment {
        Moment {
            now: now(),
            term: self.history.keeping().term,
        }
    }
}

/// The entries that have to be kept of an order: what it led to, now or when it came before.
fn ids_of(order: &str, entries: &[Entry]) -> Vec<String> {
    let made = entries.iter().map(|entry| entry.id.clone());
    std::iter::once(order.to_owned()).chain(made).collect()
}

/// The incident that an order names; two that it merges are one afterwards.
fn about(order: &Wish) -> Option<Name> {
    match order {
        Wish::Of(name, _) | Wish::Merge(name, _) => Some(name.clone()),
        Wish::Open { .. } | Wish::QuietAdd(_) | Wish::QuietEnd(_) => None,
    }
}

/// Nobody has looked at the boxes yet.
fn unseen() -> AllClear {
    AllClear {
        boxes: vec![ClearBox {
            name: "all of them".to_owned(),
            verdict: Verdict::Unknown,
            saw: "Nobody has looked yet.".to_owned(),
        }],
    }
}
