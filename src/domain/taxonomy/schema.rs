//! Codes and their categories, as the description of the API lists them: what the table has, and nothing else.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Code;

/// The middle of a code's id, such as `DB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Category(pub(super) &'static str);

impl Category {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

fn one_of(words: Vec<&'static str>, description: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let schema = schema.enum_values(Some(words));
    schema.description(Some(description)).into()
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let ids = Self::ALL.iter().map(|code| code.id()).collect();
        one_of(
            ids,
            "A stable error code; `/errors/{code}` says what it means",
        )
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Code")
    }
}

impl PartialSchema for Category {
    fn schema() -> RefOr<Schema> {
        let words = Code::ALL.iter().map(|code| code.category().as_str());
        let mut words: Vec<_> = words.collect();
        words.dedup();
        one_of(words, "What kind of cause it is: the middle of the code")
    }
}

impl ToSchema for Category {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Category")
    }
}
