//! n8n: one that is not ready three times in a row is an alert, and ready again twice ends it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::App;
use crate::app::retry::Complaint;
use crate::app::sources::Source;
use crate::app::sources::round::{Complaints, Rounds, Wait};
use crate::domain::doctor::{Look, Missed};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::alerts::Seen;

/// So many looks in a row that failed are one too many, and so many good ones end that: as the watch counts.
const FAILURES: u32 = 3;
const GOODS: u32 = 2;

/// How many looks in a row came to the same.
#[derive(Debug, Default)]
struct Row {
    failures: u32,
    goods: u32,
}

impl Row {
    /// One more look; what is to be said of it.
    fn see(&mut self, found: Result<(), &Fault>) -> Option<Result<(), Fault>> {
        match found {
            Ok(()) => {
                (self.failures, self.goods) = (0, self.goods.saturating_add(1));
                (self.goods >= GOODS).then_some(Ok(()))
            }
            // Who asks to be left alone says nothing of how it is.
            Err(fault) if fault.code == Code::VendorRateLimited => None,
            Err(fault) => {
                (self.failures, self.goods) = (self.failures.saturating_add(1), 0);
                (self.failures >= FAILURES).then(|| Err(fault.clone()))
            }
        }
    }
}

impl App {
    /// Looks whether n8n is ready, until the process is on its way out; not at all where no address is set.
    pub async fn keep_watching_n8n(self: Arc<Self>) {
        let Some(mut rounds) = Rounds::of(&self, Source::N8n) else {
            return;
        };
        let mut row = Row::default();
        let mut complaints = Complaints::new(Complaint::new("n8n is not ready", "n8n is ready"));
        while rounds.is_due().await {
            rounds.look(self.watch_n8n(&mut row, &mut complaints)).await;
        }
    }

    async fn watch_n8n(self: &Arc<Self>, row: &mut Row, complaints: &mut Complaints) -> Wait {
        let wait = self.until_next_look();
        if self.has_other_writer() {
            *row = Row::default();
            return wait.into();
        }
        let Some(Look { found, .. }) = self.look_at_n8n().await else {
            return wait.into();
        };
        let found = match &found {
            Ok(()) => Ok(()),
            Err(Missed::Failed(fault)) => Err(fault),
            Err(Missed::After(_)) => return wait.into(),
        };
        match found {
            Ok(()) => {
                complaints.unread.end();
                let watch = self.metrics.watch();
                watch.read_source(Source::N8n.as_str(), Timestamp::now());
            }
            Err(fault) => complaints.unread(fault),
        }
        if let Some(said) = row.see(found) {
            complaints.hand_on(self, vec![Seen::N8n(said)]).await;
        }
        let asked_to_wait = found.err().and_then(|fault| fault.retry_after);
        Wait::new(wait, 1, asked_to_wait.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_a_row_are_said_and_two_good_ones_end_it() {
        let failed = Fault::new(Code::VendorN8n, "not ready");
        let limited = Fault::new(Code::VendorRateLimited, "too many");
        let mut row = Row::default();
        for (look, said) in [
            ('f', '-'),
            ('f', '-'),
            ('g', '-'),
            ('f', '-'),
            ('f', '-'),
            ('?', '-'),
            ('f', 'f'),
            ('f', 'f'),
            ('g', '-'),
            ('f', '-'),
            ('g', '-'),
            ('g', 'g'),
        ] {
            let found = match look {
                'f' => Err(&failed),
                'g' => Ok(()),
                _ => Err(&limited),
            };
            let found = match row.see(found) {
                Some(Ok(())) => 'g',
                Some(Err(_)) => 'f',
                None => '-',
            };
            assert_eq!(found, said);
        }
    }
}
