//! Slack, told through an incoming webhook.
//!
//! # Design notes
//!
//! docs.slack.dev, messaging/sending-messages-using-incoming-webhooks: a message is taken with 200 and
//! the text `ok`, and not before; what is refused is a 4xx and a word in plain text, and none of those
//! words goes away by itself. Nothing is said of which message it has become: it cannot be changed.

use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::adapters::delivery::{Answer, CONNECT_TIMEOUT, Channel, TIMEOUT, exchange};
use crate::adapters::peer::{Peer, Profile, TransportError};
use crate::domain::delivery::Delivery;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

pub(super) const PROFILE: Profile = Profile {
    name: "Slack",
    is_behind_proxy: false,
    not_http: Code::ConfigInvalid,
    own_words: &[
        (
            TransportError::Dns,
            "The host name in SLACK_WEBHOOK_URL could not be resolved.",
            Some("The host name in SLACK_WEBHOOK_URL"),
        ),
        (
            TransportError::NotHttp,
            "What answers at SLACK_WEBHOOK_URL does not speak HTTP.",
            Some("SLACK_WEBHOOK_URL"),
        ),
    ],
};

const CHANNEL: Channel = Channel {
    name: PROFILE.name,
    variable: "SLACK_WEBHOOK_URL",
};

/// Slack's words for a message that it does not take.
const MALFORMED: &[&str] = &[
    "invalid_payload",
    "invalid_blocks",
    "invalid_blocks_format",
    "no_text",
    "too_many_attachments",
];
/// Its words for a webhook, a channel or a workspace that takes none.
const MISLED: &[&str] = &[
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_token",
    "no_active_hooks",
    "no_service",
    "no_service_id",
    "no_team",
    "posting_to_general_channel_denied",
    "team_disabled",
    "user_not_found",
];

/// A channel of Slack.
#[derive(Debug)]
pub struct Slack {
    peer: Peer,
    webhook: SecretString,
}

impl Slack {
    /// The channel that this incoming webhook posts to. Nothing is connected.
    ///
    /// # Errors
    ///
    /// DFE-INT-001 where no client can be made, which is not foreseen.
    pub fn new(webhook: SecretString, redactor: Redactor) -> Result<Self, Fault> {
        let peer = Peer::new(&PROFILE, Some(TIMEOUT), redactor, |client| {
            client.connect_timeout(CONNECT_TIMEOUT)
        })?;
        Ok(Self { peer, webhook })
    }

    /// Posts a message.
    pub async fn post(&self, body: &Value) -> Delivery {
        match self.send(&self.webhook, body).await {
            Ok(answer) => understand(&answer),
            Err(delivery) => delivery,
        }
    }

    /// Says something to whoever has pressed a button, where Slack has said that they hear it.
    pub async fn reply(&self, response_url: &SecretString, body: &Value) -> Delivery {
        if !self.may_reply_at(response_url) {
            return Delivery::GivenUp(Fault::new(
                Code::ValInput,
                "The address for the answer to a click is not one of Slack's.",
            ));
        }
        let answer = match self.send(response_url, body).await {
            Ok(answer) => answer,
            Err(delivery) => return delivery,
        };
        match CHANNEL.common(&answer) {
            Some(delivery) => delivery,
            // It is answered with `ok` or with JSON that says so: the status says all that matters.
            None if answer.status == 200 => Delivery::Sent { reference: None },
            None => Delivery::GivenUp(Fault::new(
                Code::AuthInvalid,
                "Slack's address for the answer to a click has expired, or is used up.",
            )),
        }
    }

    /// Whether that is where Slack hears answers: the body of a click is signed, but nothing that is
    /// sent to us decides alone whom we ask.
    fn may_reply_at(&self, response_url: &SecretString) -> bool {
        let url = |secret: &SecretString| Url::parse(secret.expose_secret()).ok();
        let Some(reply) = url(response_url) else {
            return false;
        };
        let is_slack = reply.scheme() == "https"
            && matches!(
                reply.host_str(),
                Some("hooks.slack.com" | "hooks.slack-gov.com")
            );
        is_slack || url(&self.webhook).is_some_and(|own| own.origin() == reply.origin())
    }

    async fn send(&self, url: &SecretString, body: &Value) -> Result<Answer, Delivery> {
        let request = self.peer.client.post(url.expose_secret());
        let request = request
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body.to_string());
        exchange(&self.peer, request).await
    }
}

/// What became of a message, by the answer.
fn understand(answer: &Answer) -> Delivery {
    if let Some(delivery) = CHANNEL.common(answer) {
        return delivery;
    }
    let said = String::from_utf8_lossy(&answer.body);
    let said = said.trim();
    let known = |words: &[&'static str]| words.iter().find(|word| **word == said).copied();
    let status = answer.status;
    if status == 200 && said == "ok" {
        return Delivery::Sent { reference: None };
    }
    if let Some(word) = known(MALFORMED) {
        return CHANNEL.malformed(word);
    }
    if let Some(word) = known(MISLED) {
        return CHANNEL.misled(&format!("answers with {word}"));
    }
    match status {
        200..=299 => CHANNEL.misled("answers, but not as Slack does"),
        400 | 413 | 422 => CHANNEL.malformed(&format!("HTTP {status}")),
        _ => CHANNEL.misled(&format!("answers with HTTP {status}")),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn understood(status: u16, body: &str) -> Delivery {
        understand(&Answer {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn only_its_ok_is_a_success() {
        assert_eq!(understood(200, "ok"), Delivery::Sent { reference: None });
        for body in ["", "OK!", "<html>ok</html>", "{\"ok\":true}"] {
            let delivery = understood(200, body);
            assert!(
                matches!(&delivery, Delivery::GivenUp(fault) if fault.code == Code::ConfigInvalid)
            );
        }
    }

    #[test]
    fn each_word_of_slacks_is_given_up_and_said() {
        for (words, code, status) in [
            (MALFORMED, Code::Internal, 400),
            (MISLED, Code::ConfigInvalid, 404),
        ] {
            for word in words {
                let delivery = understood(status, word);
                let Delivery::GivenUp(fault) = &delivery else {
                    panic!("{word}: {delivery:?}");
                };
                assert_eq!(fault.code, code, "{word}");
                assert!(fault.detail.contains(word), "{fault}");
            }
        }
    }

    #[test]
    fn a_word_that_is_not_slacks_is_not_repeated() {
        for status in [400, 403, 404, 410] {
            let delivery = understood(status, "zqcanary");
            assert!(matches!(delivery, Delivery::GivenUp(_)), "{delivery:?}");
            assert!(!format!("{delivery:?}").contains("zq"));
        }
    }

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        for (status, code) in [
            (429, Code::VendorRateLimited),
            (500, Code::NetRefused),
            (503, Code::NetRefused),
            (408, Code::NetRefused),
        ] {
            let delivery = understood(status, "");
            assert!(
                matches!(&delivery, Delivery::Again(fault) if fault.code == code),
                "{status}: {delivery:?}"
            );
        }
        let moved = understood(302, "");
        assert!(
            matches!(&moved, Delivery::GivenUp(fault) if fault.first_check() == "SLACK_WEBHOOK_URL")
        );
    }
}
