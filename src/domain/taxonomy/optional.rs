//! A code by its id where it is kept; of one that is not known any more, that there was none.

use serde::{Deserialize, Deserializer, Serializer};

use super::Code;

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over so"
)]
pub(crate) fn serialize<S: Serializer>(
    code: &Option<Code>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&code.map_or("", Code::id))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Code>, D::Error> {
    let id = Option::<String>::deserialize(deserializer)?;
    Ok(id.and_then(|id| id.parse().ok()))
}
