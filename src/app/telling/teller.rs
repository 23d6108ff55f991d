//! Tells people in one channel what is due there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};
use ulid::Ulid;

use crate::adapters::postgres::outbox::{Claim, Outbox};
use crate::app::App;
use crate::app::pulse::Loop;
use crate::app::retry::Complaint;
use crate::app::telling::edits::Edits;
use crate::app::telling::messenger::Messenger;
use crate::domain::delivery::Delivery;
use crate::domain::fault::Fault;
use crate::domain::incident::{
    Channel, Dispatched, Incident, Input, LONGEST_TRIED, Name, NoticeKind, Owed, Severity,
};
use crate::domain::message::headline_of;
use crate::domain::taxonomy::Code;

/// How often it is looked what is due where nothing says that there is more.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A channel is told one thing in so long.
const APART: Duration = Duration::from_secs(1);
/// How long it takes until a notice is in the outbox, at most. Whose database takes no entries tells without.
const KEPT_WITHIN: Duration = Duration::from_secs(10);
/// How soon it is looked again for one that is not there yet.
const SOON: Duration = Duration::from_millis(250);
/// How soon it is looked again whether the entry of what somebody else has told is here.
const READ_WITHIN: Duration = Duration::from_secs(20);
/// How long to wait after a failure that does not say; twice as long after each further one, up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// How long a channel is left alone that somebody has to mend. What is owed there waits.
const BROKEN_FOR: Duration = Duration::from_secs(60);
/// How long it is waited until what is due is written down. Where no disk takes it, it is told all the same.
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);
/// So often something is sent that was taken and not answered: it may be there each time.
const MOST_UNSURE: u32 = 3;
/// What waits longer than this should have been told.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);

impl App {
    /// Tells people in a channel until the process is on its way out; not at all where it is not set, or
    /// nothing watches.
    pub async fn keep_telling(self: Arc<Self>, channel: Channel) {
        if self.settings.watch_interval.is_zero() {
            return;
        }
        let messenger = match Messenger::of(channel, &self.settings) {
            Ok(Some(messenger)) => messenger,
            Ok(None) => return,
            // The settings have said so of themselves; here it is said where it is looked for.
            Err(fault) => {
                self.telling
                    .change(channel, |state| state.fault = Some(fault));
                return;
            }
        };
        let mut teller = Teller::new(&self, channel, messenger);
        let mut kept = self.incidents.kept();
        loop {
            self.pulse.tick(Loop::Telling(channel));
            // Before anything is said it is written down, where there is a disk.
            self.incidents.until_all_kept(WRITTEN_WITHIN).await;
            let next = teller.tell().await;
            tokio::select! {
                () = self.lifecycle.draining() => break,
                _ = kept.changed() => {}
                () = sleep_until(next) => {}
            }
        }
    }
}

struct Teller<'a> {
    app: &'a App,
    channel: Channel,
    messenger: Messenger,
    outbox: Result<Outbox, Fault>,
    /// When the channel may be told something next.
    next: Instant,
    failures: u32,
    attempts: BTreeMap<String, Attempts>,
    /// How bad this process has said here that each incident is: a message says how it stands when it is sent.
    said: BTreeMap<Name, Severity>,
    edits: Edits,
    complaint: Complaint,
}

/// What this process has done about one notice.
struct Attempts {
    /// When it was first seen here.
    seen: Instant,
    next: Instant,
    /// How often it was tried in vain.
    failed: u32,
    unsure: u32,
    error: Option<String>,
}

/// What is done about a notice now.
enum Turn {
    Send,
    Wait(Duration),
}

impl<'a> Teller<'a> {
    fn new(app: &'a App, channel: Channel, messenger: Messenger) -> Self {
        let replica = app.settings.deployment.replica_id.as_deref();
        let holder = format!("{} {}", replica.unwrap_or("replica"), Ulid::generate());
        let database = app.database().cloned();
        Self {
            app,
            channel,
            messenger,
            outbox: database.map(|database| Outbox::new(database, holder)),
            next: Instant::now(),
            failures: 0,
            attempts: BTreeMap::new(),
            said: BTreeMap::new(),
            edits: Edits::default(),
            complaint: match channel {
                Channel::Slack => Complaint::new(
                    "nobody can be told in Slack",
                    "people can be told in Slack again",
                ),
                Channel::Discord => Complaint::new(
                    "nobody can be told in Discord",
                    "people can be told in Discord again",
                ),
            },
        }
    }

    /// Tells at most one thing, and says when to look again.
    async fn tell(&mut self) -> Instant {
        let now = Instant::now();
        let clock = Timestamp::now();
        let owed = self.app.incidents.known().book().owed(self.channel, clock);
        self.show(&owed, clock);
        let ids: BTreeSet<_> = owed.iter().map(Owed::id).collect();
        self.attempts.retain(|id, _| ids.contains(id));
        let mut next = now + LOOK_EVERY;
        if self.next > now {
            return next.min(self.next);
        }
        for one in self.in_turn(&owed) {
            if let Some(why) = self.needless(one, clock) {
                self.give_up(one, &format!(": {why}"));
                return Instant::now();
            }
            let attempts = self.attempts.entry(one.id()).or_insert(Attempts {
                seen: now,
                next: now,
                failed: 0,
                unsure: 0,
                error: None,
            });
            if attempts.next > now {
                next = next.min(attempts.next);
                continue;
            }
            let seen = attempts.seen;
            match self.claim(one, seen).await {
                Turn::Send if self.has_been_said(one) => {
                    self.give_up(one, ": the message before has said so");
                    return Instant::now();
                }
                Turn::Send => {
                    self.send(one).await;
                    return self.next;
                }
                Turn::Wait(wait) => {
                    let again = Instant::now() + wait;
                    next = next.min(again);
                    if let Some(attempts) = self.attempts.get_mut(&one.id()) {
                        attempts.next = again;
                    }
                }
            }
        }
        match self.edits.next() {
            Some(due) if due <= now => {
                self.edit().await;
                self.next
            }
            Some(due) => next.min(due),
            None => next,
        }
    }

    /// Of each incident first what was due first; what is refused again and again holds up no other.
    fn in_turn<'o>(&self, owed: &'o [Owed]) -> Vec<&'o Owed> {
        let mut incidents = BTreeSet::new();
        let mut first: Vec<_> = owed.iter().collect();
        first.retain(|one| incidents.insert(&one.incident));
        let failed = |one: &&Owed| self.attempts.get(&one.id()).map_or(0, |tries| tries.failed);
        first.sort_by_key(failed);
        first
    }

    /// Why it is not to be told any more, where that is so.
    fn needless(&self, owed: &Owed, now: Timestamp) -> Option<String> {
        if now.duration_since(owed.at) > LONGEST_TRIED {
            let attempts = self.attempts.get(&owed.id());
            let error = attempts.and_then(|attempts| attempts.error.clone());
            return Some(error.map_or_else(
                || "it could not be within 24 h".to_owned(),
                |error| format!("it could not be within 24 h. {error}"),
            ));
        }
        let known = self.app.incidents.known();
        let incident = known.book().incident(&owed.incident)?;
        let into = incident.merged_into.as_ref();
        let into = into.filter(|_| owed.digest.is_empty())?;
        Some(format!("it is the same as {into}, which is told"))
    }

    /// Whether the last message of it has said already how bad it is. Asked by whoever is to tell it: others
    /// may have said something else since.
    fn has_been_said(&self, owed: &Owed) -> bool {
        let known = self.app.incidents.known();
        let incident = known.book().incident(&owed.incident);
        let said = self.said.get(&owed.incident);
        let both = incident.zip(said);
        owed.dispatch.notice == NoticeKind::SeverityRaised
            && both.is_some_and(|(incident, said)| !incident.severity.is_worse_than(*said))
    }

    /// Whose turn it is. Who cannot be asked has nothing to say.
    async fn claim(&self, owed: &Owed, seen: Instant) -> Turn {
        let Ok(outbox) = &self.outbox else {
            return Turn::Send;
        };
        match outbox.claim(owed).await {
            Ok(Claim::Ours) | Err(_) => Turn::Send,
            Ok(Claim::Absent) if seen.elapsed() >= KEPT_WITHIN => Turn::Send,
            Ok(Claim::Absent) => Turn::Wait(SOON),
            Ok(Claim::Settled) => Turn::Wait(READ_WITHIN),
            Ok(Claim::Later(wait)) => Turn::Wait(wait.max(APART)),
        }
    }

    async fn send(&mut self, owed: &Owed) {
        self.next = Instant::now() + APART;
        let Some(message) = self.app.words(owed) else {
            return;
        };
        // Of many, the first one speaks for all.
        let said = message.severity.parse().ok();
        let said = said.filter(|_| message.digest.is_empty());
        let delivery = self.messenger.send(&message).await;
        self.next = Instant::now() + APART;
        match delivery {
            Delivery::Sent { reference } => {
                self.failures = 0;
                self.complaint.end();
                self.fail_by(None);
                self.has_said(&owed.incident, said);
                self.app.metrics.incidents().sent(self.channel.as_str());
                self.settle(owed, true, reference, "");
                if is_change(owed) {
                    self.edits.add(&owed.incident, message);
                }
            }
            Delivery::Again(fault) => self.again(owed, fault).await,
            Delivery::Unsure(fault) => {
                let attempts = self.attempts.get_mut(&owed.id());
                let unsure = attempts.map_or(MOST_UNSURE, |attempts| {
                    attempts.unsure += 1;
                    attempts.unsure
                });
                if unsure < MOST_UNSURE {
                    return self.again(owed, fault).await;
                }
                self.failed(&fault);
                let text = format!(", perhaps: it was sent {unsure} times and never answered");
                self.settle(owed, true, None, &text);
            }
            // It is the channel that somebody has to mend, and then it is told.
            Delivery::GivenUp(fault) if fault.code == Code::ConfigInvalid => {
                self.again(owed, fault.retry_after(BROKEN_FOR)).await;
            }
            Delivery::GivenUp(fault) => {
                self.failed(&fault);
                self.give_up(owed, &format!(": {}", fault.detail));
            }
        }
    }

    /// Remembers how bad it was said to be; of what is over nothing is left to be said.
    fn has_said(&mut self, incident: &Name, severity: Option<Severity>) {
        let known = self.app.incidents.known();
        self.said
            .retain(|name, _| known.book().incident(name).is_some_and(Incident::is_live));
        if let Some(severity) = severity {
            self.said.insert(incident.clone(), severity);
        }
    }

    /// Tries it again later, and leaves the channel alone until then.
    async fn again(&mut self, owed: &Owed, fault: Fault) {
        self.failed(&fault);
        let doubled = FIRST_WAIT * 2_u32.pow(self.failures.min(6));
        self.failures += 1;
        let wait = fault.retry_after.unwrap_or(doubled.min(LONGEST_WAIT));
        self.next = Instant::now() + wait.max(APART);
        if let Some(attempts) = self.attempts.get_mut(&owed.id()) {
            attempts.failed += 1;
            attempts.error = Some(fault.detail.to_string());
        }
        if let Ok(outbox) = &self.outbox {
            // Else the claim ends by itself.
            let _ = outbox.put_off(owed, &fault.detail, wait).await;
        }
    }

    fn failed(&mut self, fault: &Fault) {
        self.complaint.say(fault);
        let code = fault.code.id();
        self.app
            .metrics
            .incidents()
            .failed(self.channel.as_str(), code);
        self.fail_by(Some(fault.clone()));
    }

    fn fail_by(&self, fault: Option<Fault>) {
        self.app
            .telling
            .change(self.channel, |state| state.fault = fault);
    }

    /// Changes the message that said that an incident is there to how it stands: whoever comes later reads that
    /// first. It calls nobody, so it is no message more; what was said below it stands whatever becomes of this.
    async fn edit(&mut self) {
        let Some((incident, edit)) = self.edits.take() else {
            return;
        };
        let reference = {
            let known = self.app.incidents.known();
            let incident = known.book().incident(&incident);
            let message =
                incident.and_then(|one| one.told.dispatches.opening_message(self.channel));
            message.map(str::to_owned)
        };
        let Some(reference) = reference else {
            return;
        };
        let delivery = self.messenger.edit(&reference, &edit.message).await;
        self.next = Instant::now() + APART;
        match delivery {
            None | Some(Delivery::Sent { .. }) => {}
            Some(Delivery::Again(fault) | Delivery::Unsure(fault)) => {
                // Who asks to be left alone is, by all that is said there.
                let wait = fault.retry_after.unwrap_or_default();
                self.next = Instant::now() + wait.max(APART);
                self.edits.again(incident, edit, wait);
            }
            Some(Delivery::GivenUp(fault)) if fault.code == Code::ConfigInvalid => {
                self.failed(&fault);
                self.next = Instant::now() + BROKEN_FOR;
            }
            // Somebody has taken it away.
            Some(Delivery::GivenUp(fault)) => tracing::debug!(
                code = %fault.code,
                "the first message of {incident} is not changed: {}",
                fault.detail
            ),
        }
    }

    /// It is not told.
    fn give_up(&self, owed: &Owed, why: &str) {
        self.settle(owed, false, None, why);
    }

    /// Remembers what became of it, and what the channel calls the message where it was told; it is kept as all
    /// entries are.
    fn settle(&self, owed: &Owed, is_sent: bool, message: Option<String>, how: &str) {
        let told = if is_sent { "Told" } else { "Not told" };
        let headline = headline_of(owed.dispatch.notice.as_str());
        let text = format!("{told} in {} ({headline}){how}", self.channel.title());
        let dispatched = Dispatched {
            incident: owed.incident.clone(),
            dispatch: owed.dispatch,
            is_sent,
            message,
            text,
        };
        // Refused only on the way out: then it is told once more by whoever comes next.
        let _ = self
            .app
            .incidents
            .step(self.app.moment(), Input::Dispatched(dispatched));
    }

    fn show(&self, owed: &[Owed], now: Timestamp) {
        let is_overdue = |one: &&Owed| now.duration_since(one.at) > OVERDUE;
        let (waiting, overdue) = (owed.len(), owed.iter().filter(is_overdue).count());
        self.app.telling.change(self.channel, |state| {
            state.waiting = waiting;
            state.overdue = overdue;
        });
        self.app
            .metrics
            .incidents()
            .show_waiting(self.channel.as_str(), waiting, overdue);
    }
}

/// Whether a message that was sent changes what an earlier one of its incident says.
fn is_change(owed: &Owed) -> bool {
    let kind = owed.dispatch.notice;
    owed.digest.is_empty() && !matches!(kind, NoticeKind::Told | NoticeKind::Report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::Dispatch;
    use crate::settings::Settings;

    #[test]
    fn what_is_refused_again_and_again_holds_up_no_other() {
        let settings = [(
            "SLACK_WEBHOOK_URL",
            "http://127.0.0.1:1/services/T01/B01/xyz",
        )];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let app = App::new(Settings::load(settings.into(), None));
        let channel = Channel::Slack;
        let messenger = Messenger::of(channel, &app.settings).expect("it is set");
        let mut teller = Teller::new(&app, channel, messenger.expect("it is there"));
        let owed = [("DB-1", 1), ("DB-1", 2), ("QUEUE-2", 1)].map(|(name, nth)| Owed {
            incident: name.parse().expect("a name"),
            dispatch: Dispatch {
                notice: NoticeKind::Told,
                nth,
                channel,
            },
            at: Timestamp::UNIX_EPOCH,
            digest: Vec::new(),
        });
        let turns = |teller: &Teller<'_>| {
            let turns = teller.in_turn(&owed).into_iter();
            turns.map(Owed::id).collect::<Vec<_>>()
        };
        let [first, _, other] = owed.each_ref().map(Owed::id);
        assert_eq!(turns(&teller), [first.clone(), other.clone()]);
        let refused = Attempts {
            seen: Instant::now(),
            next: Instant::now(),
            failed: 1,
            unsure: 0,
            error: None,
        };
        teller.attempts.insert(first.clone(), refused);
        assert_eq!(turns(&teller), [other, first]);
    }
}
