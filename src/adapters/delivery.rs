//! What becomes of a message that is sent to a chat, as far as it is the same for all of them.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;

use crate::adapters::peer::{Peer, rate_limited};
use crate::domain::delivery::Delivery;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// How long a connection may take to be there.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long all of it may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after a 429 that does not say, and at most.
const RATE_WAIT: Duration = Duration::from_secs(30);
pub(super) const LONGEST_RATE_WAIT: Duration = Duration::from_secs(3_600);
/// More than any answer is long.
const MAX_BODY: usize = 64 * 1024;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body, as far as it was read.
    pub(super) body: Vec<u8>,
}

/// Who answers, and which variable leads there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channel {
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
}

/// Sends a message and reads the answer.
///
/// # Errors
///
/// What became of it, where there was no answer, or none of a success.
pub(super) async fn exchange(peer: &Peer, request: RequestBuilder) -> Result<Answer, Delivery> {
    let mut response = match peer.attempt(request).await {
        Ok(response) => response,
        Err(unanswered) if unanswered.is_unsent => return Err(Delivery::Again(unanswered.fault)),
        Err(unanswered) => return Err(Delivery::Unsure(unanswered.fault)),
    };
    let status = response.status();
    let body = match peer.read(&mut response, MAX_BODY).await {
        Ok(body) => body.bytes,
        Err(fault) if status.is_success() => return Err(Delivery::Unsure(fault)),
        // The status says what became of it, whatever it would have said of that.
        Err(_) => Vec::new(),
    };
    Ok(Answer {
        status: status.as_u16(),
        headers: response.headers().clone(),
        body,
    })
}

impl Channel {
    /// What became of a message that was answered in a way that all chats share; nothing where that is
    /// to be told from what the answer says.
    pub(super) fn common(self, answer: &Answer) -> Option<Delivery> {
        let Self { name, .. } = self;
        let status = answer.status;
        match status {
            429 => Some(Delivery::Again(self.rate_limited(&answer.headers))),
            408 | 500..=599 => Some(Delivery::Again(Fault::new(
                Code::NetRefused,
                format!("{name} could not take the message (HTTP {status})."),
            ))),
            300..=399 => Some(self.misled(&format!("leads to a redirect (HTTP {status})"))),
            _ => None,
        }
    }

    /// The fault of a 429.
    pub(super) fn rate_limited(self, headers: &HeaderMap) -> Fault {
        rate_limited(self.name, headers, RATE_WAIT, LONGEST_RATE_WAIT)
    }

    /// The address is not one at which messages are taken: `how` says it.
    pub(super) fn misled(self, how: &str) -> Delivery {
        let Self { name, variable } = self;
        Delivery::GivenUp(
            Fault::new(
                Code::ConfigInvalid,
                format!(
                    "{variable} leads to no channel of {name}'s that takes messages: it {how}."
                ),
            )
            .check_first(variable),
        )
    }

    /// The message is not one that is taken.
    pub(super) fn malformed(self, why: &str) -> Delivery {
        let name = self.name;
        Delivery::GivenUp(
            Fault::new(
                Code::Internal,
                format!("{name} does not take the form of the message ({why})."),
            )
            .check_first("The log line of this fault, and a new issue with it"),
        )
    }
}
