//! What a legacy key of Supabase says of itself.
//!
//! The signature is not checked: only Supabase can, and does. What stands inside is good enough to
//! notice that a key is of another project or has another role than was meant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims that matter here, each where the token has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The ref of the project that it belongs to.
    #[serde(rename = "ref", default)]
    pub project: Option<String>,
    /// The role that it gives.
    #[serde(default)]
    pub role: Option<String>,
    /// When it expires, in seconds since 1970.
    #[serde(default)]
    pub exp: Option<i64>,
}

/// The claims of a JSON web token, or nothing where it is none.
#[must_use]
pub(crate) fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn claims_are_read_and_anything_else_is_no_token() {
        let read = claims(&token(
            r#"{"iss":"supabase","ref":"abcdef","role":"anon","exp":1}"#,
        ));
        let expected = Claims {
            project: Some("abcdef".to_owned()),
            role: Some("anon".to_owned()),
            exp: Some(1),
        };
        assert_eq!(read, Some(expected));
        assert_eq!(claims(&token("{}")), Some(Claims::default()));
        for other in ["sb_secret_abc", "a.b.c", "e30.e30", "e30.e30.e30.e30", ""] {
            assert_eq!(claims(other), None, "{other}");
        }
    }

    #[test]
    fn a_payload_is_read_with_and_without_its_padding_and_only_of_the_right_types() {
        let padded = format!("e30.{}=.sig", URL_SAFE_NO_PAD.encode(r#"{"exp":12}"#));
        assert_eq!(claims(&padded).and_then(|claims| claims.exp), Some(12));
        for payload in ["7", r#"{"exp":"soon"}"#] {
            assert_eq!(claims(&token(payload)), None, "{payload}");
        }
    }
}
