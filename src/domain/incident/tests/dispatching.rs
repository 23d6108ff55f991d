//! What is said in which channel, and what became of it.

use super::*;

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
    use crate::domain::message::MessageLinks;
    let mut stage = stage();
    stage.minutes(Series::Db, 'F', 2);
    let owed = stage
        .incidents
        .book()
        .owed(Channel::Slack, stage.now())
        .swap_remove(0);
    let say = |stage: &Stage, seen: Option<Fault>| {
        let seen = |_| seen.clone();
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
