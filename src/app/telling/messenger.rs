//! Whoever says something in a channel.

use crate::adapters::discord::Discord;
use crate::adapters::slack::Slack;
use crate::domain::delivery::Delivery;
use crate::domain::fault::Fault;
use crate::domain::incident::Channel;
use crate::domain::mention::Mentions;
use crate::domain::message::Message;
use crate::reading::chat;
use crate::reading::chat::slack::SlackStyle;
use crate::reading::redact::Redactor;
use crate::settings::Settings;

/// A channel that is set.
#[derive(Debug)]
pub(in crate::app) struct Messenger {
    peer: ChatPeer,
    mentions: Mentions,
    redactor: Redactor,
}

#[derive(Debug)]
enum ChatPeer {
    Slack {
        slack: Slack,
        /// Whether Slack can say back that the button was pressed.
        is_interactive: bool,
    },
    Discord(Discord),
}

impl Messenger {
    /// That of a channel; nothing where it is not set. Nothing is connected.
    ///
    /// # Errors
    ///
    /// The fault of its settings; DFE-INT-001 where no client can be made, which is not foreseen.
    pub(in crate::app) fn of(channel: Channel, settings: &Settings) -> Result<Option<Self>, Fault> {
        let redactor = settings.redactor.clone();
        let telling = &settings.telling;
        let (peer, mentions) = match channel {
            Channel::Slack => {
                let Some(set) = telling.slack.clone()? else {
                    return Ok(None);
                };
                let slack = Slack::new(set.webhook, redactor.clone())?;
                let is_interactive = set.signing_secret.is_some();
                let peer = ChatPeer::Slack {
                    slack,
                    is_interactive,
                };
                (peer, set.mentions)
            }
            Channel::Discord => {
                let Some(set) = telling.discord.clone()? else {
                    return Ok(None);
                };
                let discord = Discord::new(set.webhook, redactor.clone())?;
                (ChatPeer::Discord(discord), set.mentions)
            }
        };
        Ok(Some(Self {
            peer,
            mentions,
            redactor,
        }))
    }

    /// Changes what was said to this, and calls nobody for it; nothing where what is said stands for good.
    pub(super) async fn edit(&self, reference: &str, message: &Message) -> Option<Delivery> {
        match &self.peer {
            ChatPeer::Slack { .. } => None,
            ChatPeer::Discord(discord) => {
                let body = chat::discord::render(message, &Mentions::default(), &self.redactor);
                Some(discord.edit(reference, &body).await)
            }
        }
    }

    /// Says it, once.
    pub(in crate::app) async fn send(&self, message: &Message) -> Delivery {
        match &self.peer {
            ChatPeer::Slack {
                slack,
                is_interactive,
            } => {
                let style = SlackStyle {
                    mentions: &self.mentions,
                    is_interactive: *is_interactive,
                    redactor: &self.redactor,
                };
                slack.post(&chat::slack::render(message, &style)).await
            }
            ChatPeer::Discord(discord) => {
                let body = chat::discord::render(message, &self.mentions, &self.redactor);
                discord.post(&body).await
            }
        }
    }
}
