//! The link that acknowledges one incident, and can do nothing else.
//!
//! # Design notes
//!
//! The token of the link says an end and how often the incident had come back, under a code (HMAC) over
//! them and the incident's name. Nothing is kept: every replica knows it, with the database dead, too. Its
//! key is derived from the operator's token, so that it can stand for nothing else, and so that a token
//! that is changed ends all links.
//!
//! It is not told apart why a code is wrong: of another incident, forged, or of a former token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::domain::access::{Access, Role};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// For how long a link works.
pub const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// What the key is derived with, so that it can stand for nothing else.
const PURPOSE: &[u8] = b"dragonfly-ops acknowledge link 1\0";
/// Generation, end.
const CLAIM_LEN: usize = 4 + 8;
/// The claim, and the code over it.
const TOKEN_LEN: usize = CLAIM_LEN + 32;

/// The token of a link that acknowledges `incident`, which has come back `generation` times, from `now`
/// on for 24 h; nothing where no operator's token is set.
#[must_use]
pub fn issue(access: &Access, incident: &str, generation: u32, now: Timestamp) -> Option<String> {
    let until = now.saturating_add(LASTS).unwrap_or(now).as_second();
    let mut token = [generation.to_be_bytes().as_slice(), &until.to_be_bytes()].concat();
    let code = mac(access, incident, &token)?.finalize().into_bytes();
    token.extend_from_slice(&code);
    Some(BASE64_URL_SAFE_NO_PAD.encode(token))
}

/// Lets whoever has such a token acknowledge `incident`, which has come back `generation` times.
///
/// # Errors
///
/// DFE-AUTH-003 where the token is not of this incident, or the incident has come back since;
/// DFE-AUTH-002 where it has expired; DFE-CFG-001 where no operator's token is set.
pub fn verify(
    access: &Access,
    incident: &str,
    generation: u32,
    token: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    if !access.has_operator() {
        return Err(Fault::new(
            Code::ConfigMissing,
            "OPS_TOKEN is not set: no link can acknowledge anything.",
        ));
    }
    let (sent, until) = read(access, incident, token).ok_or_else(|| {
        Fault::new(
            Code::AuthForbidden,
            "The link to acknowledge is not one of this incident.",
        )
        .check_first(SIGN_IN)
    })?;
    if until <= now || until.duration_since(now) > LASTS {
        let fault = Fault::new(Code::AuthInvalid, "The link to acknowledge has expired.");
        return Err(fault.check_first(SIGN_IN));
    }
    if sent != generation {
        return Err(Fault::new(
            Code::AuthForbidden,
            "The link to acknowledge is older than the incident's return.",
        )
        .check_first("The link in the latest message of this incident"));
    }
    Ok(())
}

/// How often its incident had come back when a link of ours was made; nothing where it is none of ours.
#[must_use]
pub fn generation_of(access: &Access, incident: &str, token: &str) -> Option<u32> {
    read(access, incident, token).map(|(generation, _)| generation)
}

/// What to do without a link that works.
const SIGN_IN: &str = "The page of the incident: whoever signs in there can acknowledge it";

/// What the token says, where its code is right.
fn read(access: &Access, incident: &str, token: &str) -> Option<(u32, Timestamp)> {
    let token = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let token: &[u8; TOKEN_LEN] = token.as_slice().try_into().ok()?;
    let (claim, code) = token.split_first_chunk::<CLAIM_LEN>()?;
    // Compared in constant time, by the crate.
    mac(access, incident, claim)?.verify_slice(code).ok()?;
    let (generation, until) = claim.split_first_chunk()?;
    let until = i64::from_be_bytes(until.try_into().ok()?);
    let until = Timestamp::from_second(until).ok()?;
    Some((u32::from_be_bytes(*generation), until))
}

/// The code over a claim. The claim is of one length, so that no name can pass for a part of it.
fn mac(access: &Access, incident: &str, claim: &[u8]) -> Option<Hmac<Sha256>> {
    // Any length of a key will do.
    let mut derived = Hmac::<Sha256>::new_from_slice(access.secret(Role::Operator)?).ok()?;
    derived.update(PURPOSE);
    let key = derived.finalize().into_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(claim);
    mac.update(incident.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(operator: &str) -> Access {
        Access::new(Some(operator.into()), Some("reader-token-123".into()))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    #[test]
    fn a_link_works_for_its_incident_for_a_day() {
        let own = access("operator-token-1");
        let token = issue(&own, "DB-17", 1, at(0)).expect("there is a key");
        assert_eq!(token.len(), 59);
        let code = |access: &Access, incident, generation, token: &str, second| {
            let verified = verify(access, incident, generation, token, at(second));
            verified.err().map(|fault| fault.code)
        };
        for (incident, generation, second, expected) in [
            ("DB-17", 1, 0, None),
            ("DB-17", 1, 24 * 3_600 - 1, None),
            ("DB-17", 1, 24 * 3_600, Some(Code::AuthInvalid)),
            // From a day that is still to come.
            ("DB-17", 1, -1, Some(Code::AuthInvalid)),
            ("DB-18", 1, 0, Some(Code::AuthForbidden)),
            ("DB-1", 1, 0, Some(Code::AuthForbidden)),
            ("DB-17", 2, 0, Some(Code::AuthForbidden)),
        ] {
            let found = code(&own, incident, generation, &token, second);
            assert_eq!(found, expected, "{incident} {generation} {second}");
        }
        let other = access("operator-token-2");
        assert_eq!(
            code(&other, "DB-17", 1, &token, 0),
            Some(Code::AuthForbidden)
        );
        let nobody = Access::default();
        assert_eq!(
            code(&nobody, "DB-17", 1, &token, 0),
            Some(Code::ConfigMissing)
        );
        assert_eq!(issue(&nobody, "DB-17", 1, at(0)), None);
    }

    #[test]
    fn no_character_of_it_can_be_another() {
        let own = access("operator-token-1");
        let token = issue(&own, "DB-17", 0, at(0)).expect("there is a key");
        for index in 0..token.len() {
            for other in ["A", "z", "_", "+", "=", "\u{e9}"] {
                if &token[index..=index] == other {
                    continue;
                }
                let forged = format!("{}{other}{}", &token[..index], &token[index + 1..]);
                assert!(
                    verify(&own, "DB-17", 0, &forged, at(1)).is_err(),
                    "{forged}"
                );
            }
        }
        for forged in [
            String::new(),
            format!("{token}A"),
            format!("{token}=="),
            token[..token.len() - 1].to_owned(),
        ] {
            assert!(
                verify(&own, "DB-17", 0, &forged, at(1)).is_err(),
                "{forged}"
            );
        }
    }
}
