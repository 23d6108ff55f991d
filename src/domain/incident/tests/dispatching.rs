//! What is said in which channel, and what became of it.

use super::*;
use crate::domain::last_look::Wrong;
use crate::domain::message::{Message, MessageLinks};

const BOTH: [Channel; 2] = Channel::ALL;

fn stage() -> Stage {
    Stage {
        incidents: Incidents::telling(BOTH.to_vec()),
        ..Stage::default()
    }
}

impl Stage {
    fn owed(&self, channel: Channel) -> Vec<String> {
        let owed = self.incidents.book().owed(channel, self.now());
        owed.iter().map(Owed::id).collect()
    }

    /// What became of the first that is owed in a channel.
    fn dispatch(&mut self, channel: Channel, is_sent: bool) {
        let owed = self
            .incidents
            .book()
            .owed(channel, self.now())
            .swap_remove(0);
        let dispatched = Dispatched {
            incident: owed.incident,
            dispatch: owed.dispatch,
            is_sent,
            message: None,
            text: "so it was".to_owned(),
        };
        // Two replicas may say the same.
        for _ in 0..2 {
            self.step(Input::Dispatched(dispatched.clone()))
                .expect("only commands fail");
        }
    }
}

#[test]
fn what_became_of_a_notice_in_one_channel_is_nothing_to_the_other() {
    let mut stage = stage();
    stage.looks(Series::Queue, "FFF");
    stage
        .deed("QUEUE-17", Deed::Acknowledge)
        .expect("it goes on");
    let slack = ["QUEUE-17/told/1/slack", "QUEUE-17/acknowledged/1/slack"];
    assert_eq!(stage.owed(Channel::Slack), slack, "in the order of time");
    stage.dispatch(Channel::Slack, true);
    assert_eq!(stage.owed(Channel::Slack), slack[1..]);
    assert_eq!(stage.owed(Channel::Discord).len(), 2);
    stage.dispatch(Channel::Discord, false);
    assert_eq!(
        stage.owed(Channel::Discord),
        ["QUEUE-17/acknowledged/1/discord"]
    );
    let kinds: Vec<_> = stage.entries().iter().map(|one| one.what.kind()).collect();
    let count = |kind| kinds.iter().filter(|one| **one == kind).count();
    assert_eq!((count("delivered"), count("undelivered")), (1, 1));
}

#[test]
fn what_is_owed_is_what_is_remembered() {
    let mut stage = stage();
    stage.looks(Series::Queue, "FFF");
    let before = stage.owed(Channel::Slack);
    stage.restart();
    assert_eq!(stage.owed(Channel::Slack), before);
    stage.dispatch(Channel::Slack, true);
    stage.restart();
    assert!(stage.owed(Channel::Slack).is_empty());
    // What has become of it may be heard of before it was due.
    let mut entries = stage.entries();
    entries.reverse();
    let mut other = Incidents::default();
    for entry in entries {
        other.absorb([entry]);
    }
    assert!(other.book().owed(Channel::Slack, stage.now()).is_empty());
}

#[test]
fn a_channel_that_is_set_later_is_not_told_of_what_was_before_it() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    assert!(stage.owed(Channel::Slack).is_empty());
    let entries = stage.entries();
    stage.incidents = Incidents::telling(vec![Channel::Slack]);
    stage.incidents.absorb(entries);
    stage.tick();
    assert!(stage.owed(Channel::Slack).is_empty());
    stage
        .deed("QUEUE-17", Deed::Acknowledge)
        .expect("it goes on");
    assert_eq!(
        stage.owed(Channel::Slack),
        ["QUEUE-17/acknowledged/1/slack"]
    );
}

#[test]
fn what_was_told_by_one_replica_was_told() {
    let mut one = stage();
    one.looks(Series::Queue, "FFF");
    let mut other = one.clone();
    one.dispatch(Channel::Slack, false);
    other.dispatch(Channel::Slack, true);
    one.incidents.absorb(other.entries());
    other.incidents.absorb(one.entries());
    for stage in [&one, &other] {
        let queue = stage.of("QUEUE-17");
        let dispatch = Dispatch {
            notice: NoticeKind::Told,
            nth: 1,
            channel: Channel::Slack,
        };
        let (due, outcome) = queue.told.dispatches.standing(dispatch);
        assert!(due.is_some());
        assert!(matches!(outcome, Some(Outcome::Sent(_))), "{outcome:?}");
    }
}

#[test]
fn what_nobody_could_be_told_for_a_day_is_past() {
    let mut stage = stage();
    stage.looks(Series::Queue, "FFF");
    stage.pass(24 * 3_600);
    assert_eq!(stage.owed(Channel::Slack).len(), 1);
    stage.pass(3_600 + 60);
    assert!(stage.owed(Channel::Slack).is_empty());
}

#[test]
fn it_is_worded_by_what_is_known_when_it_is_said() {
    let mut stage = stage();
    stage.minutes(Series::Db, 'F', 2);
    let owed = stage
        .incidents
        .book()
        .owed(Channel::Slack, stage.now())
        .swap_remove(0);
    let say = |stage: &Stage, seen: Option<Fault>| {
        let seen = |_| seen.as_ref().map(Wrong::from);
        let said = stage
            .incidents
            .message(&owed, seen, |_, _| MessageLinks::default());
        said.expect("it is known")
    };
    let refused = Fault::new(Code::DbConnection, "Postgres refused the connection.");
    let said = say(&stage, Some(refused.check_first("the server")));
    assert_eq!(
        said.cause.as_deref(),
        Some("Postgres refused the connection.")
    );
    let code = said.code.as_ref().expect("it has a code");
    assert_eq!(
        (&*code.id, &*code.first_check),
        ("DFE-DB-001", "the server")
    );
    assert!(said.asks_for_acknowledgement());
    let other = say(&stage, Some(Fault::new(Code::DbTimeout, "slow")));
    assert_eq!(
        other.cause.as_deref(),
        Some("Database: Database connection failed"),
        "what is seen now is another cause"
    );
    stage.deed("DB-17", Deed::Acknowledge).expect("it goes on");
    let said = say(&stage, None);
    assert_eq!(said.holder.as_deref(), Some("ada"));
    assert!(!said.asks_for_acknowledgement());
    stage.minutes(Series::Db, 'G', 40);
    let said = say(&stage, None);
    assert!(said.until.is_some() && !said.says_trouble());
    assert_eq!(said.next_step, "Nothing: it is over.");
}

/// The last that is owed in Slack, as it is said while this is seen to be wrong.
fn last_said(stage: &Stage, seen: impl Fn(Series) -> Option<Wrong>) -> Message {
    let owed = stage.incidents.book().owed(Channel::Slack, stage.now());
    let last = owed.last().expect("it is owed");
    let links = |_: &Incident, _| MessageLinks::default();
    let said = stage.incidents.message(last, seen, links);
    said.expect("it is known")
}

#[test]
fn what_is_told_of_what_joined_names_that() {
    let mut stage = stage();
    stage.looks(Series::Db, "FFF");
    stage.clock -= LOOK;
    for key in ["disk", "memory", "disk", "swap", "fans"] {
        stage.pass(2);
        stage.alert(alert(key));
    }
    stage.pass(MINUTE);
    stage.tick();
    let said = last_said(&stage, |_| None);
    assert_eq!(said.headline(), "Another cause has joined");
    assert_eq!(
        said.cause.as_deref(),
        Some(
            "Also: a test says: alert disk; a test says: alert memory; a test says: alert swap; and 1 more"
        )
    );
    // What has joined since.
    stage.looks(Series::Db, "T");
    let slow = Fault::new(Code::DbTimeout, "Postgres is slow.").check_first("the pooler");
    let said = last_said(&stage, |_| Some(Wrong::from(&slow)));
    assert_eq!(said.cause.as_deref(), Some("Also: Postgres is slow."));
    assert_eq!(said.first_check(), Some("the pooler"));
    stage.alert(Alert {
        severity: Some(Severity::P1),
        ..alert("late")
    });
    assert_ne!(stage.names(), ["DB-17"], "it has an incident of its own");
}

#[test]
fn what_has_no_code_is_told_with_what_to_look_at_or_says_where_that_stands() {
    let locked = |_| {
        Some(Wrong {
            code: None,
            detail: "3 sessions wait.".to_owned(),
            first_check: Some("dragonfly-ops pg locks".to_owned()),
        })
    };
    let mut stage = stage();
    for series in [Series::Locks, Series::Workers] {
        for letter in ["N", "N", "N"] {
            stage.looks(series, letter);
        }
        let said = last_said(&stage, locked);
        assert_eq!(said.code, None, "{series}");
        assert_eq!(said.cause.as_deref(), Some("3 sessions wait."));
        assert_eq!(said.first_check(), Some("dragonfly-ops pg locks"));
        assert!(said.next_step.ends_with("the first check."));
        let name = stage.live().pop().expect("it goes on");
        let said = last_said(&stage, |_| None);
        assert_eq!(said.first_check(), None);
        let incident = &said.incident;
        let shown = format!("dragonfly-ops incident show {incident}");
        assert!(
            said.next_step.ends_with(&shown),
            "{name}: {}",
            said.next_step
        );
        stage.pass(MINUTE);
    }
}
