//! Discord, told through a webhook.
//!
//! # Design notes
//!
//! - docs.discord.com, resources/webhook (Execute Webhook, Edit Webhook Message) and topics/rate-limits:
//!   with `wait=true` the answer is the message, whose id changes it later; without, 204 is said of what
//!   was never saved, too. Without `with_components=true` buttons are dropped in silence.
//! - A 429 says in its body for how long, in seconds with a fraction; one of what stands before Discord
//!   has no such body, and a header.
//! - An unknown webhook (10015) and a wrong token (50027) are given up: whoever goes on is shut out, with
//!   everybody behind the same address.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::adapters::delivery::{
    Answer, CONNECT_TIMEOUT, Channel, LONGEST_RATE_WAIT, TIMEOUT, exchange,
};
use crate::adapters::peer::{Peer, Profile, TransportError};
use crate::domain::delivery::Delivery;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::reading::redact::Redactor;

pub(super) const PROFILE: Profile = Profile {
    name: "Discord",
    is_behind_proxy: false,
    not_http: Code::ConfigInvalid,
    own_words: &[
        (
            TransportError::Dns,
            "The host name in DISCORD_WEBHOOK_URL could not be resolved.",
            Some("The host name in DISCORD_WEBHOOK_URL"),
        ),
        (
            TransportError::NotHttp,
            "What answers at DISCORD_WEBHOOK_URL does not speak HTTP.",
            Some("DISCORD_WEBHOOK_URL"),
        ),
    ],
};

const CHANNEL: Channel = Channel {
    name: PROFILE.name,
    variable: "DISCORD_WEBHOOK_URL",
};

/// There is no such message.
const UNKNOWN_MESSAGE: i64 = 10_008;
/// There is no such webhook.
const UNKNOWN_WEBHOOK: i64 = 10_015;
/// A message that is older than an hour was edited too often.
const TOO_MANY_EDITS: i64 = 30_046;
/// The token of the webhook is wrong.
const WRONG_TOKEN: i64 = 50_027;

/// A channel of Discord.
#[derive(Debug)]
pub struct Discord {
    peer: Peer,
    webhook: SecretString,
}

impl Discord {
    /// The channel that this webhook posts to. Nothing is connected.
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

    /// Posts a message; where it is there, its reference is the id by which it can be changed.
    pub async fn post(&self, body: &Value) -> Delivery {
        self.send(Method::POST, None, body).await
    }

    /// Changes the message of this id.
    pub async fn edit(&self, reference: &str, body: &Value) -> Delivery {
        if reference.is_empty() || !reference.bytes().all(|b| b.is_ascii_digit()) {
            return gone();
        }
        self.send(Method::PATCH, Some(reference), body).await
    }

    async fn send(&self, method: Method, message: Option<&str>, body: &Value) -> Delivery {
        let Some(url) = address(&self.webhook, message) else {
            return CHANNEL.misled("is no address");
        };
        let request = self.peer.client.request(method, url);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        match exchange(&self.peer, request).await {
            Ok(answer) => understand(&answer),
            Err(delivery) => delivery,
        }
    }
}

/// Where a message is posted or, where it is there already, changed.
fn address(webhook: &SecretString, message: Option<&str>) -> Option<Url> {
    let mut url = Url::parse(webhook.expose_secret()).ok()?;
    if let Some(message) = message {
        let mut path = url.path_segments_mut().ok()?;
        path.extend(["messages", message]);
    }
    // Of the settings of the webhook's owner a thread is kept.
    let own: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "wait" && name != "with_components")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(own);
    if message.is_none() {
        query.append_pair("wait", "true");
    }
    query.append_pair("with_components", "true");
    drop(query);
    Some(url)
}

/// What became of a message, by the answer.
fn understand(answer: &Answer) -> Delivery {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = said["code"].as_i64();
    let status = answer.status;
    if status == 429 || code == Some(TOO_MANY_EDITS) {
        return Delivery::Again(rate_limited(answer, &said));
    }
    if let Some(delivery) = CHANNEL.common(answer) {
        return delivery;
    }
    match (status, code) {
        (_, Some(UNKNOWN_MESSAGE)) => gone(),
        (_, Some(code @ (UNKNOWN_WEBHOOK | WRONG_TOKEN))) => {
            CHANNEL.misled(&format!("answers with HTTP {status} and the code {code}"))
        }
        (200, _) => match said["id"].as_str() {
            Some(id) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => {
                Delivery::Sent {
                    reference: Some(id.to_owned()),
                }
            }
            _ => CHANNEL.misled("answers, but not as Discord does"),
        },
        (400 | 413 | 422, Some(code)) => {
            CHANNEL.malformed(&format!("HTTP {status} and the code {code}"))
        }
        (400 | 413 | 422, None) => CHANNEL.malformed(&format!("HTTP {status}")),
        _ => CHANNEL.misled(&format!("answers with HTTP {status}")),
    }
}

/// The fault of a 429: for how long is said in the body, else in a header.
fn rate_limited(answer: &Answer, said: &Value) -> Fault {
    let fault = CHANNEL.rate_limited(&answer.headers);
    let wait = said["retry_after"]
        .as_f64()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match wait {
        // Never earlier than it says, and in the whole milliseconds that a row can hold.
        Some(wait) => {
            let wait = wait.min(LONGEST_RATE_WAIT) + Duration::from_micros(999);
            fault.retry_after(Duration::from_millis(
                u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            ))
        }
        None => fault,
    }
}

fn gone() -> Delivery {
    Delivery::GivenUp(Fault::new(
        Code::ValData,
        "The message of Discord's that was to be changed is not there any more.",
    ))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::*;

    fn understood(status: u16, body: &str) -> Delivery {
        understand(&Answer {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn a_message_is_there_where_it_has_an_id() {
        let sent = understood(200, r#"{"id":"1234567890","content":"x"}"#);
        let reference = Some("1234567890".to_owned());
        assert_eq!(sent, Delivery::Sent { reference });
        for (status, body) in [
            (200, "{}"),
            (200, "ok"),
            (204, ""),
            (200, r#"{"id":"../x"}"#),
        ] {
            let delivery = understood(status, body);
            assert!(
                matches!(&delivery, Delivery::GivenUp(fault) if fault.code == Code::ConfigInvalid)
            );
        }
    }

    #[test]
    fn what_is_given_up_says_why() {
        for (status, body, code) in [
            (
                404,
                r#"{"message":"Unknown Webhook","code":10015}"#,
                Code::ConfigInvalid,
            ),
            (
                401,
                r#"{"message":"Invalid Webhook Token","code":50027}"#,
                Code::ConfigInvalid,
            ),
            (
                403,
                r#"{"message":"zqcanary","code":50013}"#,
                Code::ConfigInvalid,
            ),
            (
                404,
                r#"{"message":"Unknown Message","code":10008}"#,
                Code::ValData,
            ),
            (
                400,
                r#"{"message":"Invalid Form Body","code":50035,"errors":{}}"#,
                Code::Internal,
            ),
            (400, "zqcanary", Code::Internal),
            (301, "", Code::ConfigInvalid),
        ] {
            let delivery = understood(status, body);
            assert!(
                matches!(&delivery, Delivery::GivenUp(fault) if fault.code == code),
                "{status} {body}: {delivery:?}"
            );
            assert!(!format!("{delivery:?}").contains("zq"));
        }
    }

    #[test]
    fn it_says_for_how_long_to_wait_with_a_fraction_or_in_a_header() {
        let wait = |status, body: &str, header: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(header));
            }
            let body = body.as_bytes().to_vec();
            let delivery = understand(&Answer {
                status,
                headers,
                body,
            });
            match delivery {
                Delivery::Again(fault) => fault.retry_after.map(|wait| wait.as_millis()),
                other => panic!("{other:?}"),
            }
        };
        let limited =
            r#"{"message":"You are being rate limited.","retry_after":64.5701,"global":false}"#;
        assert_eq!(wait(429, limited, Some("65")), Some(64_571));
        assert_eq!(wait(429, r#"{"retry_after":0.3}"#, None), Some(300));
        assert_eq!(wait(429, r#"{"retry_after":1e99}"#, Some("7")), Some(7_000));
        assert_eq!(wait(429, r#"{"retry_after":-1}"#, Some("7")), Some(7_000));
        assert_eq!(wait(429, r#"{"retry_after":90000}"#, None), Some(3_600_000));
        assert_eq!(wait(429, "error code: 1015", Some("12")), Some(12_000));
        assert_eq!(wait(429, "", None), Some(30_000));
        assert_eq!(wait(400, r#"{"code":30046}"#, None), Some(30_000));
        assert_eq!(wait(502, "", None), None);
    }

    #[test]
    fn an_address_asks_for_the_message_and_its_buttons_and_keeps_a_thread() {
        for (webhook, message, expected) in [
            (
                "https://discord.com/api/v10/webhooks/1/x",
                None,
                "https://discord.com/api/v10/webhooks/1/x?wait=true&with_components=true",
            ),
            (
                "https://discord.com/api/v10/webhooks/1/x?thread_id=7&wait=false",
                None,
                "https://discord.com/api/v10/webhooks/1/x?thread_id=7&wait=true&with_components=true",
            ),
            (
                "https://discord.com/api/v10/webhooks/1/x?thread_id=7",
                Some("99"),
                "https://discord.com/api/v10/webhooks/1/x/messages/99?thread_id=7&with_components=true",
            ),
        ] {
            let url = address(&webhook.into(), message).expect("it is an address");
            assert_eq!(url.as_str(), expected);
        }
    }
}
