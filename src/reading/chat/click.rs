//! What Slack says when somebody presses a button.
//!
//! # Design notes
//!
//! docs.slack.dev, interactivity/handling-user-interaction and reference/interaction-payloads/
//! block_actions-payload: a form whose one field `payload` is JSON. What is read is who pressed which of
//! our buttons, and where to answer. The `token` in it is deprecated, and ignored: the signature says
//! whose it is. A button that is a link sends a payload, too, which asks for nothing.

use secrecy::SecretString;
use serde::Deserialize;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// The id of the button that acknowledges.
pub(super) const ACKNOWLEDGE: &str = "acknowledge";

/// Somebody has pressed the button that acknowledges.
#[derive(Debug, Clone)]
pub struct Click {
    /// The incident's name, as the button had it.
    pub incident: String,
    /// How often the incident had come back when the button was sent.
    pub generation: u32,
    /// Slack's id of who it was.
    pub user_id: String,
    /// What they are called there.
    pub user_name: String,
    /// Where whoever pressed it is told what became of it: five times, for half an hour. Whoever has it
    /// can write there.
    pub response_url: Option<SecretString>,
}

/// What the button carries.
pub(super) fn button_value(incident: &str, generation: u32) -> String {
    format!("{generation} {incident}")
}

/// Whether Slack only asks whether it can reach us (`ssl_check=1`). It is answered with an empty 200,
/// signed or not: it asks for nothing.
#[must_use]
pub fn is_ssl_check(body: &[u8]) -> bool {
    let mut is_check = false;
    for (name, value) in url::form_urlencoded::parse(body) {
        match &*name {
            "payload" | "command" => return false,
            "ssl_check" => is_check = value == "1",
            _ => {}
        }
    }
    is_check
}

/// What is asked for by a body whose signature is right; nothing where it is nothing of ours.
///
/// # Errors
///
/// DFE-VAL-001 where it is not what Slack documents.
pub fn read(body: &[u8]) -> Result<Option<Click>, Fault> {
    let is_payload = |(name, _): &(_, _)| name == "payload";
    let mut payloads = url::form_urlencoded::parse(body).filter(is_payload);
    let (Some((_, payload)), None) = (payloads.next(), payloads.next()) else {
        return Err(unreadable());
    };
    let payload: Payload = serde_json::from_str(&payload).map_err(|_| unreadable())?;
    let is_ours = |action: &Action| action.id == ACKNOWLEDGE && action.kind == "button";
    let action = payload.actions.into_iter().find(is_ours);
    let Some(action) = action.filter(|_| payload.kind == "block_actions") else {
        return Ok(None);
    };
    let value = action.value.as_deref().and_then(|value| {
        let (generation, incident) = value.split_once(' ')?;
        Some((generation.parse().ok()?, incident.to_owned()))
    });
    let (generation, incident) = value.ok_or_else(unreadable)?;
    let user = payload.user.ok_or_else(unreadable)?;
    let name = user.name.or(user.username);
    Ok(Some(Click {
        incident,
        generation,
        user_name: name.unwrap_or_else(|| user.id.clone()),
        user_id: user.id,
        response_url: payload.response_url.map(SecretString::from),
    }))
}

fn unreadable() -> Fault {
    Fault::new(
        Code::ValInput,
        "The body is not what Slack sends when a button is pressed.",
    )
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    user: Option<User>,
    response_url: Option<String>,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "action_id")]
    id: String,
    value: Option<String>,
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;

    fn payload(action: &Value) -> Value {
        json!({
            "type": "block_actions",
            "user": { "id": "U2CERLKJA", "username": "roadrunner", "name": "roadrunner", "team_id": "T1" },
            "api_app_id": "A1",
            "token": "zqdeprecated",
            "container": { "type": "message", "message_ts": "1548261231.000200", "channel_id": "C1", "is_ephemeral": false },
            "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
            "team": null,
            "channel": { "id": "C1", "name": "ops" },
            "message": { "ts": "1548261231.000200", "text": "x" },
            "response_url": "https://hooks.slack.com/actions/T1/2/zqresponse",
            "actions": [action],
        })
    }

    fn form(payload: &str) -> Vec<u8> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", payload);
        form.finish().into_bytes()
    }

    fn button(id: &str, value: &str) -> Value {
        json!({ "type": "button", "action_id": id, "block_id": "b", "value": value, "action_ts": "1" })
    }

    #[test]
    fn whoever_presses_our_button_acknowledges_its_incident() {
        let body = payload(&button(ACKNOWLEDGE, &button_value("DB-17", 2)));
        let click = read(&form(&body.to_string())).expect("it is read");
        let click = click.expect("it is ours");
        assert_eq!((&*click.incident, click.generation), ("DB-17", 2));
        assert_eq!(
            (&*click.user_id, &*click.user_name),
            ("U2CERLKJA", "roadrunner")
        );
        let url = click.response_url.as_ref().map(ExposeSecret::expose_secret);
        assert!(url.is_some_and(|url| url.ends_with("zqresponse")));
        assert!(!format!("{click:?}").contains("zq"));
    }

    #[test]
    fn what_is_not_ours_asks_for_nothing() {
        let other = payload(&button("open-1", ""));
        let mut link = payload(&button("open-0", ""));
        link["actions"][0]["value"] = Value::Null;
        let mut modal = payload(&button(ACKNOWLEDGE, "0 DB-17"));
        modal["type"] = "view_submission".into();
        let none = json!({ "type": "message_action" });
        for body in [other, link, modal, none] {
            let read = read(&form(&body.to_string())).map(|click| click.is_some());
            assert_eq!(read, Ok(false), "{body}");
        }
    }

    #[test]
    fn what_slack_does_not_send_is_refused() {
        let no_user = {
            let mut body = payload(&button(ACKNOWLEDGE, "0 DB-17"));
            body["user"] = Value::Null;
            form(&body.to_string())
        };
        let value = |value| form(&payload(&button(ACKNOWLEDGE, value)).to_string());
        let twice = [form("{}"), b"&".to_vec(), form("{}")].concat();
        for body in [
            Vec::new(),
            b"payload=".to_vec(),
            b"\xff\xfe=\xff".to_vec(),
            form("[]"),
            form("{\"type\":1}"),
            value("DB-17"),
            value("-1 DB-17"),
            no_user,
            twice,
        ] {
            let code = read(&body).err().map(|fault| fault.code);
            assert_eq!(
                code,
                Some(Code::ValInput),
                "{}",
                String::from_utf8_lossy(&body)
            );
        }
    }

    #[test]
    fn slack_may_ask_whether_it_can_reach_us() {
        for (body, is_check) in [
            ("token=x&ssl_check=1", true),
            ("ssl_check=0", false),
            ("", false),
            ("ssl_check=1&payload=%7B%7D", false),
            ("ssl_check=1&command=%2Fx", false),
        ] {
            assert_eq!(is_ssl_check(body.as_bytes()), is_check, "{body}");
        }
    }
}
