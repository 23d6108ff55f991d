//! Whether a request comes from Slack.
//!
//! docs.slack.dev, authentication/verifying-requests-from-slack: HMAC-SHA256 over
//! `v0:{timestamp}:{raw body}`, whose key is the signing secret as text, in hexadecimal digits behind
//! `v0=`; what is older than five minutes is refused.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The header that holds when it was signed.
pub const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";
/// The header that holds the signature.
pub const SIGNATURE_HEADER: &str = "x-slack-signature";
/// How far the clocks may be apart, and how long a request may be on its way.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// Lets a request pass that Slack has signed: `timestamp` and `signature` are its headers, `body` the
/// bytes as they came, before anything has read them.
///
/// # Errors
///
/// DFE-AUTH-001 where it is not signed, DFE-AUTH-002 where the signature is wrong or old.
pub fn verify(
    secret: &SecretString,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Fault> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(Fault::new(
            Code::AuthMissing,
            "A request of Slack has to be signed, and this one is not.",
        ));
    };
    let expected = sign(secret, timestamp, body);
    // The signature first: a clock that is wrong is said only to whoever knows the secret.
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(Fault::new(
            Code::AuthInvalid,
            "The signature is not the one that Slack would have made.",
        )
        .check_first("SLACK_SIGNING_SECRET: that of the app whose webhook is used"));
    }
    let signed_at = timestamp
        .parse()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    if signed_at.is_none_or(|at| now.duration_since(at).abs() > TOLERANCE) {
        return Err(Fault::new(
            Code::AuthInvalid,
            "The signature of Slack is older than five minutes.",
        )
        .check_first("The clock of this machine"));
    }
    Ok(())
}

/// The signature of a request.
fn sign(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    for part in [b"v0:", timestamp.as_bytes(), b":", body] {
        mac.update(part);
    }
    let mut signature = "v0=".to_owned();
    for byte in mac.finalize().into_bytes() {
        // Writing into a string cannot fail.
        let _ = write!(signature, "{byte:02x}");
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const SIGNED_AT: i64 = 1_531_420_618;
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J\
        %2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn verified(
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &str,
        after: i64,
    ) -> Option<Code> {
        let now = Timestamp::from_second(SIGNED_AT + after).expect("a time");
        let verified = verify(&SECRET.into(), timestamp, signature, body.as_bytes(), now);
        verified.err().map(|fault| fault.code)
    }

    #[test]
    fn the_documented_example_passes_for_five_minutes() {
        let at = SIGNED_AT.to_string();
        for (after, expected) in [
            (0, None),
            (300, None),
            (-300, None),
            (301, Some(Code::AuthInvalid)),
            (-301, Some(Code::AuthInvalid)),
        ] {
            let found = verified(Some(&at), Some(SIGNATURE), BODY, after);
            assert_eq!(found, expected, "{after}");
        }
    }

    #[test]
    fn one_byte_that_differs_anywhere_is_refused() {
        let at = SIGNED_AT.to_string();
        let wrong = Some(Code::AuthInvalid);
        for index in 0..BODY.len() {
            let mut body = BODY.as_bytes().to_vec();
            body[index] ^= 1;
            let body = String::from_utf8_lossy(&body);
            assert_eq!(verified(Some(&at), Some(SIGNATURE), &body, 0), wrong);
        }
        for index in 0..SIGNATURE.len() {
            let mut signature = SIGNATURE.as_bytes().to_vec();
            signature[index] ^= 1;
            let signature = String::from_utf8_lossy(&signature);
            assert_eq!(verified(Some(&at), Some(&signature), BODY, 0), wrong);
        }
        for (timestamp, signature) in [
            ("1531420619", SIGNATURE),
            ("01531420618", SIGNATURE),
            ("", SIGNATURE),
            (&*at, ""),
            (&*at, "v0="),
            (&*at, &SIGNATURE.to_uppercase()),
        ] {
            let found = verified(Some(timestamp), Some(signature), BODY, 0);
            assert_eq!(found, wrong, "{timestamp} {signature}");
        }
    }

    #[test]
    fn what_is_not_signed_is_not_from_slack() {
        let missing = Some(Code::AuthMissing);
        assert_eq!(verified(None, Some(SIGNATURE), BODY, 0), missing);
        assert_eq!(verified(Some("1531420618"), None, BODY, 0), missing);
    }

    #[test]
    fn a_time_that_is_none_is_refused_though_it_is_signed() {
        let secret = SECRET.into();
        for timestamp in ["soon", "", "99999999999999999"] {
            let signature = sign(&secret, timestamp, b"x");
            let found = verified(Some(timestamp), Some(&signature), "x", 0);
            assert_eq!(found, Some(Code::AuthInvalid), "{timestamp}");
        }
    }
}
