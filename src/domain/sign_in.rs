//! Who is signed in on the page: a token is shown once, and a cookie stands for it from then on.
//!
//! # Design notes
//!
//! The cookie is no secret of ours that has to be kept: it says a role, an end and a random number, under
//! a code (HMAC) whose key is the token itself. So every replica knows it, a restart in the middle of an
//! incident signs nobody out, and a token that is changed ends all that was signed in with it. It says
//! nothing of the token: whoever reads it would have to guess sixteen characters or more.
//!
//! What was signed out is remembered until it would have ended, by this process: the browser has
//! forgotten the cookie anyway.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use ulid::Ulid;

use crate::domain::access::{Access, Role};
use crate::domain::fault::Fault;

/// For how long one is signed in.
pub const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// What the code is made over, so that it can stand for nothing else.
const PURPOSE: &[u8] = b"dragonfly-ops sign-in 1\0";

/// What was signed out before its end.
#[derive(Debug, Default)]
pub struct SignIns {
    ended: Mutex<BTreeMap<String, Timestamp>>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// What they may see and do.
    pub role: Role,
    /// When it ends.
    pub until: Timestamp,
    /// Which one it is.
    id: String,
}

impl SignIns {
    /// Signs in whoever has this token: the value of the cookie.
    ///
    /// # Errors
    ///
    /// DFE-AUTH-002 where the token is nobody's.
    pub fn begin(&self, access: &Access, token: &str, now: Timestamp) -> Result<String, Fault> {
        let role = access.role(Some(token))?;
        let word = match role {
            Role::Operator => "operator",
            Role::Reader | Role::Anybody => "reader",
        };
        let until = now.saturating_add(LASTS).unwrap_or(now).as_second();
        let id = format!("{}{}", Ulid::generate(), Ulid::generate());
        let claim = format!("{word}.{until}.{id}");
        let code = mac(access, role, &claim).map(|mac| mac.finalize().into_bytes());
        let mut cookie = claim + ".";
        for byte in code.unwrap_or_default() {
            // Writing into a string cannot fail.
            let _ = write!(cookie, "{byte:02x}");
        }
        Ok(cookie)
    }

    /// Whoever has this cookie; nobody where it is forged, over or was signed out.
    #[must_use]
    pub fn find(&self, access: &Access, cookie: &str, now: Timestamp) -> Option<SignIn> {
        let (claim, code) = cookie.rsplit_once('.')?;
        let mut parts = claim.split('.');
        let role = match parts.next()? {
            "operator" => Role::Operator,
            "reader" => Role::Reader,
            _ => return None,
        };
        let until = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
        let id = parts.next()?.to_owned();
        // Compared in constant time, by the crate.
        mac(access, role, claim)?.verify_slice(&unhex(code)?).ok()?;
        let is_over = until <= now || until.duration_since(now) > LASTS;
        let found = SignIn { role, until, id };
        (!is_over && parts.next().is_none() && !self.lock().contains_key(&found.id))
            .then_some(found)
    }

    /// Signs somebody out.
    pub fn end(&self, sign_in: SignIn, now: Timestamp) {
        let mut ended = self.lock();
        ended.retain(|_, until| *until > now);
        ended.insert(sign_in.id, sign_in.until);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        // What is in it is whole after each statement.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mac(access: &Access, role: Role, claim: &str) -> Option<Hmac<Sha256>> {
    // Any length of a key will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(access.secret(role)?).ok()?;
    mac.update(PURPOSE);
    mac.update(claim.as_bytes());
    Some(mac)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
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
    fn a_cookie_stands_for_its_token_for_twelve_hours() {
        let (sign_ins, access) = (SignIns::default(), access("operator-token-1"));
        for (token, role) in [
            ("operator-token-1", Role::Operator),
            ("reader-token-123", Role::Reader),
        ] {
            let cookie = sign_ins.begin(&access, token, at(0)).expect("it is right");
            assert!(!cookie.contains(token));
            for (second, is_in) in [(0, true), (12 * 3_600 - 1, true), (12 * 3_600, false)] {
                let found = sign_ins.find(&access, &cookie, at(second));
                assert_eq!(found.map(|found| found.role), is_in.then_some(role));
            }
            // From a day that is still to come: nobody signs in for longer than that.
            assert_eq!(sign_ins.find(&access, &cookie, at(-1)), None);
        }
        assert!(sign_ins.begin(&access, "wrong", at(0)).is_err());
    }

    #[test]
    fn what_is_forged_or_was_signed_out_is_nobodys() {
        let (sign_ins, own) = (SignIns::default(), access("operator-token-1"));
        let sign_in = |token| sign_ins.begin(&own, token, at(0)).expect("it is right");
        let (first, second) = (sign_in("operator-token-1"), sign_in("operator-token-1"));
        assert_ne!(first, second);
        let reader = sign_in("reader-token-123");
        for forged in [
            "",
            "operator",
            "operator.1800000100.x",
            &first[..first.len() - 1],
            &first.replace("operator.", "reader."),
            &reader.replace("reader.", "operator."),
            &first.replacen(".18", ".17", 1),
            &format!("{first}00"),
            &first.replace("operator.", "operator.ü"),
        ] {
            assert_eq!(sign_ins.find(&own, forged, at(1)), None, "{forged}");
        }
        // Another token has come in its place.
        let other = access("operator-token-2");
        assert_eq!(sign_ins.find(&other, &first, at(1)), None);
        let found = sign_ins.find(&own, &first, at(1)).expect("it is signed in");
        sign_ins.end(found, at(1));
        assert_eq!(sign_ins.find(&own, &first, at(2)), None);
        assert!(sign_ins.find(&own, &second, at(2)).is_some());
    }
}
