//! Who a session of the database is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of a session that runs a statement, as Postgres calls it.
pub(crate) const ACTIVE: &str = "active";

/// What only a token shows of a session. All of it is there, or nothing: that is how another instance
/// tells it, too.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionIdentity {
    /// The role.
    #[serde(deserialize_with = "Option::deserialize")]
    pub user: Option<String>,
    /// The address of the client.
    #[serde(deserialize_with = "Option::deserialize")]
    pub client: Option<String>,
    /// The application's name for itself.
    #[serde(deserialize_with = "Option::deserialize")]
    pub application: Option<String>,
    /// The statement, its literals masked, at most 200 characters.
    #[serde(deserialize_with = "Option::deserialize")]
    pub query: Option<String>,
}
