//! What the addresses of channels and their settings have to be.

use secrecy::SecretString;
use url::Url;

use crate::domain::mention::{self, Mentions};
use crate::settings::values::{Mistake, is_private, visible};

/// An address that is a secret by itself.
fn secret_url(text: &str) -> Result<(Url, SecretString), Mistake> {
    let url = Url::parse(text).map_err(|_| Mistake::Invalid("it is no URL"))?;
    let reason = if !matches!(url.scheme(), "http" | "https") {
        "it has to begin with https://"
    } else if url.host_str().is_none_or(str::is_empty) {
        "it names no host"
    } else if url.scheme() == "http" && !is_private(&url) {
        "it would travel unencrypted; use https://"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it must not hold a user or a password"
    } else if url.fragment().is_some() {
        "it must not hold a fragment"
    } else {
        let secret = SecretString::from(url.as_str());
        return Ok((url, secret));
    };
    Err(Mistake::Invalid(reason))
}

/// An incoming webhook of Slack, or of what takes the same.
pub(super) fn slack_webhook(text: &str) -> Result<SecretString, Mistake> {
    let (url, secret) = secret_url(text)?;
    let is_slack = url
        .host_str()
        .is_some_and(|host| host.ends_with("slack.com") || host.ends_with("slack-gov.com"));
    let path: Vec<_> = url.path().split('/').skip(1).collect();
    // What else Slack has under this host, a workflow's trigger, takes another body.
    let is_incoming = match path.as_slice() {
        ["services", ids @ ..] => ids.len() == 3 && ids.iter().all(|id| !id.is_empty()),
        _ => !is_slack && url.path() != "/",
    };
    is_incoming.then_some(secret).ok_or(Mistake::Invalid(
        "it has to be the address of an incoming webhook, such as https://hooks.slack.com/services/T/B/X",
    ))
}

/// What Slack signs with.
pub(super) fn slack_signing_secret(text: &str) -> Result<SecretString, Mistake> {
    const REASON: &str = "it has to be the signing secret of the Slack app, 32 characters";
    if text.len() < 16 {
        return Err(Mistake::Invalid(REASON));
    }
    visible(text, REASON)
}

/// A webhook of Discord, in the version of its API that is used.
pub(super) fn discord_webhook(text: &str) -> Result<SecretString, Mistake> {
    const REASON: &str =
        "it has to be the address of a webhook, such as https://discord.com/api/webhooks/1/X";
    let (mut url, _) = secret_url(text)?;
    let path: Vec<_> = url.path().split('/').skip(1).collect();
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let path = match path.as_slice() {
        ["api", "webhooks", id, token] | ["api", _, "webhooks", id, token]
            if is_id(id) && !token.is_empty() =>
        {
            format!("/api/v10/webhooks/{id}/{token}")
        }
        _ => return Err(Mistake::Invalid(REASON)),
    };
    url.set_path(&path);
    Ok(SecretString::from(url.as_str()))
}

/// What hears that we are alive.
pub(super) fn heartbeat_url(text: &str) -> Result<SecretString, Mistake> {
    secret_url(text).map(|(_, secret)| secret)
}

/// Where the page is reached; a name without a scheme is meant to be reached over TLS, as Railway says
/// its own.
pub(super) fn public_url(text: &str) -> Result<Url, Mistake> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&whole).map_err(|_| Mistake::Invalid("it is no URL"))?;
    let reason = if !matches!(url.scheme(), "http" | "https") {
        "it has to begin with https://"
    } else if url.host_str().is_none_or(str::is_empty) {
        "it names no host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "it must not hold a user or a password"
    } else if url.query().is_some() || url.fragment().is_some() {
        "it must not hold a query or a fragment"
    } else if url.as_str().len() > 200 {
        "it is longer than what a link in a chat has room for"
    } else {
        return Ok(url);
    };
    Err(Mistake::Invalid(reason))
}

/// Who is mentioned in Slack.
pub(super) fn slack_mentions(text: &str) -> Result<Mentions, Mistake> {
    Mentions::parse(text, mention::is_slack_mention).ok_or(Mistake::Invalid(
        "it has to be P1 to P4 with mentions, such as P1=<!here>,P2=<!subteam^S1>",
    ))
}

/// Who is mentioned in Discord.
pub(super) fn discord_mentions(text: &str) -> Result<Mentions, Mistake> {
    Mentions::parse(text, mention::is_discord_mention).ok_or(Mistake::Invalid(
        "it has to be P1 to P4 with mentions, such as P1=@here,P2=<@&1>",
    ))
}
