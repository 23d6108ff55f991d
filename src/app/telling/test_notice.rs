//! Tells each channel that it is a test.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::app::App;
use crate::app::telling::messenger::Messenger;
use crate::domain::check::Check;
use crate::domain::delivery::Delivery;
use crate::domain::incident::Channel;
use crate::domain::message::{Message, MessageLinks};
use crate::domain::verdict::Verdict;

impl App {
    /// Sends one message to each channel that is set, and says what came of it: a row each.
    pub async fn send_test_notice(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for channel in Channel::ALL {
            let id = match channel {
                Channel::Slack => "notify.slack",
                Channel::Discord => "notify.discord",
            };
            let began = Instant::now();
            let sent = match Messenger::of(channel, &self.settings) {
                Ok(None) => continue,
                Ok(Some(messenger)) => match messenger.send(&self.test_message()).await {
                    Delivery::Sent { .. } => Ok(()),
                    Delivery::Again(fault) | Delivery::Unsure(fault) | Delivery::GivenUp(fault) => {
                        Err(fault)
                    }
                },
                Err(fault) => Err(fault),
            };
            let check = match sent {
                Ok(()) => Check::new(id, Verdict::Ok, "It was told."),
                Err(fault) => Check::of_fault(id, &fault),
            };
            checks.push(check.took(began.elapsed()));
        }
        if checks.is_empty() {
            let none = "No channel is set: neither SLACK_WEBHOOK_URL nor DISCORD_WEBHOOK_URL.";
            checks.push(Check::new("notify.channels", Verdict::Unknown, none));
        }
        checks
    }

    fn test_message(&self) -> Message {
        let environment = &self.settings.deployment.environment;
        Message {
            incident: "TEST".to_owned(),
            generation: 0,
            kind: "test".to_owned(),
            title: format!("Sent from the environment {environment}: this channel is reached"),
            severity: String::new(),
            code: None,
            cause: None,
            advice: None,
            since: Timestamp::now(),
            until: None,
            holder: None,
            next_step: "Nothing: somebody has run dragonfly-ops notify test.".to_owned(),
            links: MessageLinks::default(),
            digest: Vec::new(),
        }
    }
}
