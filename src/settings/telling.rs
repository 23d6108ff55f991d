//! Where people are told of incidents, and how.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::domain::fault::Fault;
use crate::domain::incident::Channel;
use crate::domain::mention::Mentions;
use crate::settings::raw::{RawSettings, SettingsReader};
use crate::settings::variables;

/// Where people are told of incidents, and how.
#[derive(Debug)]
pub struct TellingSettings {
    /// Slack; nothing where it is not told.
    pub slack: Result<Option<SlackSettings>, Fault>,
    /// Discord; nothing where it is not told.
    pub discord: Result<Option<DiscordSettings>, Fault>,
    /// What hears that we are alive; nothing where nobody does.
    pub heartbeat: Result<Option<SecretString>, Fault>,
    /// Where the page is reached; nothing where nobody has said it: then nothing is linked to.
    pub public_url: Result<Option<Url>, Fault>,
}

/// A channel of Slack.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// The address of its incoming webhook, which is all it takes to post there.
    pub webhook: SecretString,
    /// What Slack signs with; nothing where it does not say back that a button was pressed.
    pub signing_secret: Option<SecretString>,
    /// Who is mentioned.
    pub mentions: Mentions,
}

/// A channel of Discord.
#[derive(Debug, Clone)]
pub struct DiscordSettings {
    /// The address of its webhook, which is all it takes to post there.
    pub webhook: SecretString,
    /// Who is mentioned.
    pub mentions: Mentions,
}

impl TellingSettings {
    /// The channels that are set.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let is_set = |channel: &Channel| match channel {
            Channel::Slack => matches!(self.slack, Ok(Some(_))),
            Channel::Discord => matches!(self.discord, Ok(Some(_))),
        };
        Channel::ALL.into_iter().filter(is_set).collect()
    }

    /// Reads all of it. What only adds to a message does not stop it where it is not understood: people
    /// are told without it.
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let slack = reader.said(&variables::SLACK_WEBHOOK_URL);
        let signing_secret = reader.optional(&variables::SLACK_SIGNING_SECRET);
        let slack_mentions = reader.optional(&variables::SLACK_MENTION);
        let discord = reader.said(&variables::DISCORD_WEBHOOK_URL);
        let discord_mentions = reader.optional(&variables::DISCORD_MENTION);
        Self {
            slack: slack.map(|webhook| {
                webhook.map(|webhook| SlackSettings {
                    webhook,
                    signing_secret,
                    mentions: slack_mentions.unwrap_or_default(),
                })
            }),
            discord: discord.map(|webhook| {
                webhook.map(|webhook| DiscordSettings {
                    webhook,
                    mentions: discord_mentions.unwrap_or_default(),
                })
            }),
            heartbeat: reader.said(&variables::HEARTBEAT_URL),
            public_url: reader.said(&variables::PUBLIC_URL),
        }
    }
}

/// What is shorter is a word, and no token: `heartbeat` may stand anywhere.
const LEAST: usize = 16;

/// What is secret in the addresses by itself: an error may say a path without its host.
pub(super) fn secret_paths(raw: &RawSettings) -> impl Iterator<Item = String> {
    [
        variables::SLACK_WEBHOOK_URL,
        variables::DISCORD_WEBHOOK_URL,
        variables::HEARTBEAT_URL,
    ]
    .into_iter()
    .filter_map(|variable| raw.read(&variable).ok().flatten())
    .filter_map(|url| Url::parse(url.expose_secret()).ok())
    .flat_map(|url| {
        let last = url.path_segments().and_then(Iterator::last);
        let last = last.map(str::to_owned);
        [Some(url.path().to_owned()), last]
    })
    .flatten()
    .filter(|path| path.len() >= LEAST)
}
