//! What was opened twice becomes one.
//!
//! # Design notes
//!
//! The one with the smaller name stays, whoever asks and in whatever order: two replicas that merge at
//! once come to the same, and nothing is ever merged in a circle. Each keeps its entries; the one that
//! stays takes over what the other was about, and shows the entries of both.

use std::collections::BTreeMap;

use super::book::Book;
use super::entry::{Absorbed, Joined, Known, What};
use super::machine::Step;
use super::name::Name;
use super::state::Incident;
use super::subject::Subject;
use crate::domain::fault::Fault;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;

impl Book {
    /// The incident that is meant: the one that it was merged into.
    pub(super) fn known(&self, name: &Name) -> Result<Name, Fault> {
        let name = self.survivor(name);
        let known = self.incident(name).map(|one| one.name.clone());
        known.ok_or_else(|| refuse("There is no incident of that name."))
    }

    /// Which of two stays if they are merged, and then which does not; nothing where they are one already.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 where there is no such incident, DFE-VAL-003 where only one of them goes on.
    pub fn merging(&self, one: &Name, other: &Name) -> Result<Option<(Name, Name)>, Fault> {
        let (one, other) = (self.known(one)?, self.known(other)?);
        if one == other {
            return Ok(None);
        }
        let is_live = |name: &Name| self.incident(name).is_some_and(Incident::is_live);
        if is_live(&one) != is_live(&other) {
            return Err(Fault::new(
                Code::ValData,
                "One of the two incidents does not go on any more: reopen it first.",
            )
            .check_first(format!(
                "Which of {one} and {other} is over: dragonfly-ops incident list"
            )));
        }
        Ok(Some((one.clone().min(other.clone()), one.max(other))))
    }
}

impl Step<'_> {
    /// Merges those that are about the same, and takes over what merged ones were about.
    pub(super) fn complete_merges(&mut self) {
        while let Some((into, from)) = self.twins() {
            let text = format!("It is the same as {into}");
            self.rule(&from, What::Merged { into }, text);
        }
        let merged = self
            .book
            .incidents()
            .filter(|one| one.merged_into.is_some());
        let merged: Vec<_> = merged.map(|one| one.name.clone()).collect();
        for from in merged {
            let into = self.book.survivor(&from).clone();
            self.take_over(&into, &from);
        }
    }

    /// Two that go on and are about the same, the one that stays first: two replicas opened them apart.
    fn twins(&self) -> Option<(Name, Name)> {
        let mut owners: BTreeMap<&Subject, &Name> = BTreeMap::new();
        for incident in self.book.incidents().filter(|one| one.is_live()) {
            for (subject, _) in incident.own() {
                let owner = *owners.entry(subject).or_insert(&incident.name);
                if *owner != incident.name {
                    return Some((owner.clone(), incident.name.clone()));
                }
            }
        }
        None
    }

    fn take_over(&mut self, into: &Name, from: &Name) {
        let (Some(kept), Some(gone)) = (self.book.incident(into), self.book.incident(from)) else {
            return;
        };
        let held = gone.acknowledgement.clone();
        let absorbed = What::Absorbed(Absorbed {
            from: from.clone(),
            began_at: gone.began_at,
            detected_at: gone.detected_at,
            acknowledged_at: gone.acknowledged_at,
            held_by: held.as_ref().map(|held| held.by.clone()),
            held_until: held.and_then(|held| held.until),
        });
        let is_first = kept.count(&absorbed) == 0;
        let mut joins = Vec::new();
        let mut ends = Vec::new();
        for (subject, member) in &gone.members {
            let known = kept.members.get(subject);
            let mut codes: Vec<_> = member.codes.iter().copied().map(Some).collect();
            if codes.is_empty() {
                codes.push(None);
            }
            codes.retain(|code| {
                known.is_none_or(|known| code.is_some_and(|code| !known.codes.contains(&code)))
            });
            if known.is_none() && !member.is_firing {
                ends.push(subject.clone());
            }
            joins.extend(codes.into_iter().map(|code| Joined {
                subject: subject.clone(),
                code,
                severity: gone.severity,
                part: member.part,
                is_told_with_it: code.is_none_or(|code| gone.told.codes.contains(&code)),
                ends_by_itself: member.ends_by_itself,
                over: member.over.iter().copied().collect(),
            }));
        }
        if is_first {
            self.rule(into, absorbed, format!("{from} is the same"));
        }
        for joined in joins {
            let text = format!("{}: was part of {from}", self.called(from, &joined.subject));
            self.note(into, Known::Rule, What::Joined(joined), text);
        }
        for subject in ends {
            let text = format!("{}: was over before", self.called(from, &subject));
            self.note(into, Known::Rule, What::Ended { subject }, text);
        }
    }
}
