//! From the bytes of a request to a value: JSON, a form with JSON in it, a form or a query of texts.

use multer::bytes::Bytes;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::domain::fault::Fault;
use crate::reading::alerts::refusal::{self, MAX_BYTES};
use crate::reading::multipart::parts;

/// Fields of a form that hold all of it as JSON.
const WHOLE: &[&str] = &["data", "payload"];
/// Fields of a query that hold a part of it as JSON, as Uptime Kuma sends them.
const PARTS: &[&str] = &["heartbeat", "monitor"];

/// The value of a body. What begins like JSON is JSON whatever its content type says: `curl -d` calls
/// everything a form.
pub(super) fn value(body: &[u8], content_type: Option<&str>) -> Result<Value, Fault> {
    if body.len() > MAX_BYTES {
        return Err(refusal::too_many_bytes());
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let Some(first) = body.trim_ascii_start().first() else {
        return Err(refusal::empty());
    };
    let is_json = matches!(first, b'{' | b'[');
    let kind = content_type.unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    match () {
        () if is_json => json(body, ""),
        () if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
            fields(form_urlencoded::parse(body).into_owned().collect())
        }
        () if essence.eq_ignore_ascii_case("multipart/form-data") => {
            let parts = parts(Bytes::copy_from_slice(body), kind).ok_or_else(refusal::no_form)?;
            let texts = parts.into_iter().map(|part| {
                let text = part.text();
                (part.name, text)
            });
            fields(texts.collect())
        }
        () => json(body, ""),
    }
}

/// The value of a query, without its question mark.
pub(super) fn query(query: &str) -> Result<Value, Fault> {
    if query.len() > MAX_BYTES {
        return Err(refusal::too_many_bytes());
    }
    if query.is_empty() {
        return Err(refusal::empty());
    }
    fields(
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
    )
}

fn json(text: &[u8], of: &str) -> Result<Value, Fault> {
    serde_json::from_slice(text).map_err(|error| refusal::not_json(&error, text, of))
}

fn fields(fields: Vec<(String, String)>) -> Result<Value, Fault> {
    let mut members = Map::new();
    for (name, text) in fields {
        let of = || format!(" of the field {name}");
        let is_json = text.trim_start().starts_with(['{', '[']);
        if is_json && WHOLE.contains(&name.as_str()) {
            return json(text.as_bytes(), &of());
        }
        let is_part = PARTS.contains(&name.as_str()) && (is_json || text.trim() == "null");
        let value = match is_part {
            true => json(text.as_bytes(), &of())?,
            false => Value::String(text),
        };
        members.insert(name, value);
    }
    Ok(Value::Object(members))
}
