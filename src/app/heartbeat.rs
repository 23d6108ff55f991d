//! Lets somebody else know that we are alive, so that they notice where we are not.
//!
//! # Design notes
//!
//! It is said only while all is in order: every loop has come round in time, and nobody waits to be told.
//! A process whose watch hangs looks alive to whoever only asks whether it answers.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::adapters::heartbeat::Heartbeat;
use crate::app::App;
use crate::app::pulse::Loop;
use crate::app::retry::Complaint;
use crate::app::sources::Source;
use crate::domain::incident::Channel;

/// How often it is said.
const EVERY: Duration = Duration::from_secs(60);
/// How long a loop may take that waits for nothing longer than this.
const IN_TIME: Duration = Duration::from_secs(60);

impl App {
    /// Lets it be known once a minute; not at all where nobody hears it, or nothing watches.
    pub async fn keep_heartbeat(self: Arc<Self>) {
        let Ok(Some(url)) = &self.settings.telling.heartbeat else {
            return;
        };
        if self.settings.watch_interval.is_zero() {
            tracing::warn!(
                code = "DFE-CFG-002",
                "HEARTBEAT_URL is not asked for while nothing watches (WATCH_INTERVAL=0)"
            );
            return;
        }
        let heartbeat = match Heartbeat::new(url.clone(), self.settings.redactor.clone()) {
            Ok(heartbeat) => heartbeat,
            Err(fault) => {
                tracing::warn!(code = %fault.code, "no heartbeat can be sent: {}", fault.detail);
                return;
            }
        };
        let mut complaint = Complaint::new("the heartbeat is not heard", "the heartbeat is heard");
        let mut was_in_order = true;
        // What has just begun has come round nowhere yet.
        let mut wait = self.settings.watch_interval.min(EVERY);
        loop {
            tokio::select! {
                () = self.lifecycle.draining() => return,
                () = tokio::time::sleep(wait) => {}
            }
            wait = EVERY;
            let late = self.what_is_late();
            if was_in_order != late.is_none() {
                was_in_order = late.is_none();
                if let Some(late) = &late {
                    tracing::warn!(code = "DFE-INT-001", "no heartbeat is sent: {late}");
                } else {
                    tracing::info!("all is in order again: the heartbeat is sent");
                }
            }
            if late.is_some() {
                continue;
            }
            match heartbeat.beat().await {
                Ok(()) => {
                    complaint.end();
                    self.metrics.incidents().beat(Timestamp::now());
                }
                Err(fault) => {
                    complaint.say(&fault);
                    wait = wait.max(fault.retry_after.unwrap_or_default());
                }
            }
        }
    }

    /// What is not in order, where that is so.
    fn what_is_late(&self) -> Option<String> {
        let by_looks = 2 * self.settings.watch_interval + IN_TIME;
        let loops = [
            (Loop::Watch, by_looks, "the watch"),
            (Loop::History, by_looks, "whoever keeps the history"),
            (Loop::Incidents, IN_TIME, "whoever keeps incidents"),
        ];
        let late = loops
            .into_iter()
            .find(|(of, within, _)| !self.pulse.is_in_time(*of, *within));
        if let Some((_, _, name)) = late {
            return Some(format!("{name} has not come round in time"));
        }
        let is_late = |source: &Source| !self.pulse.is_in_time(Loop::Source(*source), IN_TIME);
        if let Some(source) = self.watched_sources().into_iter().find(is_late) {
            let name = source.title();
            return Some(format!(
                "whoever looks at {name} has not come round in time"
            ));
        }
        // One whose settings are wrong is among them, too, and takes nothing.
        let states = self.telling.states();
        let unwell = states.into_iter().find(|(_, state)| !state.is_in_order());
        let is_late = |channel: &Channel| {
            let of = Loop::Telling(*channel);
            !self.pulse.is_in_time(of, IN_TIME)
        };
        let late = || self.settings.telling.channels().into_iter().find(is_late);
        let untold = unwell.map(|(channel, _)| channel).or_else(late);
        untold.map(|channel| format!("people are not told in {} in time", channel.title()))
    }
}
