//! The kinds of entries by their words, as the description of the API lists them: those that [`What`] has.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{AllOf, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::entry::What;

/// What kind of thing an entry says.
#[derive(Debug)]
pub(super) enum EntryKind {}

/// The members of a variant, whatever it holds beside its tag.
fn tag(variant: &RefOr<Schema>) -> Option<serde_json::Value> {
    match variant {
        RefOr::T(Schema::Object(object)) => {
            let kind = object.properties.get("kind")?;
            let kind = serde_json::to_value(kind).ok()?;
            kind["enum"].get(0).cloned()
        }
        RefOr::T(Schema::AllOf(AllOf { items, .. })) => items.iter().find_map(tag),
        RefOr::T(_) | RefOr::Ref(_) => None,
    }
}

impl PartialSchema for EntryKind {
    fn schema() -> RefOr<Schema> {
        let kinds = match What::schema() {
            RefOr::T(Schema::OneOf(what)) => what.items.iter().filter_map(tag).collect(),
            RefOr::T(_) | RefOr::Ref(_) => Vec::new(),
        };
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let schema = schema.enum_values(Some(kinds));
        schema
            .description(Some("What kind of thing an entry says"))
            .into()
    }
}

impl ToSchema for EntryKind {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("EntryKind")
    }
}
