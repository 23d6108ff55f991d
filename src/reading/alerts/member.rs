//! A value of a body and its place: whatever is wrong with it can be said with the place.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::fault::Fault;
use crate::reading::alerts::refusal;
use crate::reading::records::time;

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    value: &'a Value,
    /// Such as `alerts[3].labels`; nothing for the body.
    path: String,
}

impl<'a> Member<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// Where it stands, in words.
    pub(super) fn place(&self) -> &str {
        if self.path.is_empty() {
            "the body"
        } else {
            &self.path
        }
    }

    /// Where its member stands.
    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Whether there is a member of this name, be it null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some()
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// The names of its members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let members = self.value.as_object();
        members.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// The member of this name, unless it is null.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self {
            value,
            path: self.path_of(name),
        })
    }

    /// What it is a list of.
    pub(super) fn items(&self) -> Option<impl Iterator<Item = Self>> {
        let items = self.value.as_array()?;
        Some(items.iter().enumerate().map(|(index, value)| Self {
            value,
            path: format!("{}[{index}]", self.path),
        }))
    }

    /// It is not what is needed.
    pub(super) fn wrong_kind(&self, needed: &str) -> Fault {
        refusal::wrong_kind(self.place(), self.value, needed)
    }

    /// Its member is lacking, or is of another kind.
    pub(super) fn lacks(&self, name: &str, needed: &str) -> Fault {
        match self.get(name) {
            Some(member) => member.wrong_kind(needed),
            None => refusal::wrong(&self.path_of(name), "not there", needed),
        }
    }

    /// What stands at its member is not one of those that are known.
    pub(super) fn is_unknown(&self, name: &str, needed: &str) -> Fault {
        refusal::wrong(&self.path_of(name), "a value that is not known", needed)
    }

    /// A member that is an object, if it is there.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        match self.get(name) {
            Some(member) if member.is_object() => Ok(Some(member)),
            Some(member) => Err(member.wrong_kind("an object")),
            None => Ok(None),
        }
    }

    /// As a text: numbers and booleans are, too, and an empty text is none.
    fn as_text(&self) -> Result<Option<String>, Fault> {
        let text = match self.value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(is) => is.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => return Err(self.wrong_kind("a text")),
        };
        Ok((!text.is_empty()).then_some(text))
    }

    /// The first of these members that is a text.
    pub(super) fn text(&self, names: &[&str]) -> Result<Option<String>, Fault> {
        for name in names {
            let text = self.get(name).map(|member| member.as_text()).transpose()?;
            if let Some(text) = text.flatten() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// The first of these members that is a text, or an object that has a name.
    pub(super) fn name(&self, names: &[&str]) -> Result<Option<String>, Fault> {
        for name in names {
            let text = match self.get(name) {
                Some(member) if member.is_object() => member.text(&["name", "id"])?,
                Some(member) => member.as_text()?,
                None => None,
            };
            if text.is_some() {
                return Ok(text);
            }
        }
        Ok(None)
    }

    /// The first of these members that says yes or no.
    pub(super) fn flag(&self, names: &[&str]) -> Result<Option<bool>, Fault> {
        for name in names {
            let Some(member) = self.get(name) else {
                continue;
            };
            return match member.value {
                Value::Bool(is) => Ok(Some(*is)),
                Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Some(true)),
                Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Some(false)),
                _ => Err(member.wrong_kind("true or false")),
            };
        }
        Ok(None)
    }

    /// A member that is a count.
    pub(super) fn count(&self, name: &str) -> Result<Option<u64>, Fault> {
        let Some(member) = self.get(name) else {
            return Ok(None);
        };
        let count = match member.value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_u64(),
        };
        count.map(Some).ok_or_else(|| member.wrong_kind("a count"))
    }

    /// The first of these members that is a time: RFC 3339, seconds or milliseconds since 1970, or
    /// without a zone, which is UTC. A text that is none says nothing: the alert matters more than when
    /// it began.
    pub(super) fn time(&self, names: &[&str]) -> Result<Option<Timestamp>, Fault> {
        for name in names {
            let Some(member) = self.get(name) else {
                continue;
            };
            let at = match member.value {
                Value::String(text) => time::of_text(text.trim(), None),
                Value::Number(number) => number.as_f64().and_then(time::of_number),
                _ => return Err(member.wrong_kind("a time")),
            };
            if at.is_some() {
                return Ok(at);
            }
        }
        Ok(None)
    }
}
