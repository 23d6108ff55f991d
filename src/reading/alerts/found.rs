//! What has been found in a body so far.

use crate::domain::fault::Fault;
use crate::reading::alerts::alert::{AlertContext, ReadAlerts, SetAside};
use crate::reading::alerts::draft::Draft;
use crate::reading::alerts::member::Member;
use crate::reading::alerts::refusal::{self, MAX_ALERTS};
use crate::reading::alerts::words::{self, NEEDED, Standing};

/// Gathers the alerts of a body.
pub(super) struct Found<'a> {
    context: &'a AlertContext<'a>,
    read: ReadAlerts,
}

impl<'a> Found<'a> {
    pub(super) fn new(context: &'a AlertContext<'a>) -> Self {
        Self {
            context,
            read: ReadAlerts::default(),
        }
    }

    pub(super) fn finish(self) -> ReadAlerts {
        self.read
    }

    /// Who sent it: as the address says, or else as the shape does.
    pub(super) fn source(&self, of_shape: &str) -> String {
        self.context.source.unwrap_or(of_shape).to_owned()
    }

    /// One more alert.
    pub(super) fn alert(&mut self, draft: Draft) -> Result<(), Fault> {
        self.has_room()?;
        self.read.alerts.push(draft.finish(self.context));
        Ok(())
    }

    /// What is understood and is none.
    pub(super) fn set_aside(
        &mut self,
        member: &Member<'_>,
        why: &'static str,
    ) -> Result<(), Fault> {
        self.has_room()?;
        self.read.set_aside.push(SetAside {
            place: member.place().to_owned(),
            why,
        });
        Ok(())
    }

    /// The sender has left some out.
    pub(super) fn left_out(&mut self, count: u64) {
        self.read.left_out = self.read.left_out.saturating_add(count);
    }

    fn has_room(&self) -> Result<(), Fault> {
        if self.read.alerts.len() + self.read.set_aside.len() < MAX_ALERTS {
            Ok(())
        } else {
            Err(refusal::too_many_alerts())
        }
    }

    /// One more alert, or what is pending.
    pub(super) fn stands(
        &mut self,
        member: &Member<'_>,
        standing: Standing,
        draft: Draft,
    ) -> Result<(), Fault> {
        let is_firing = match standing {
            Standing::Firing => true,
            Standing::Over => false,
            Standing::Pending => {
                return self.set_aside(member, "It is pending, or wanted: nobody is told of it.");
            }
        };
        self.alert(Draft { is_firing, ..draft })
    }
}

/// How it stands by the first of these members, if one is there.
pub(super) fn standing(member: &Member<'_>, names: &[&str]) -> Result<Option<Standing>, Fault> {
    for name in names {
        if let Some(word) = member.text(&[name])? {
            let known = words::standing(&word);
            return known
                .map(Some)
                .ok_or_else(|| member.is_unknown(name, NEEDED));
        }
    }
    Ok(None)
}
