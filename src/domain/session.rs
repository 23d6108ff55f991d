//! Who a session of the database is.

use serde::Serialize;
use utoipa::ToSchema;

/// What only a token shows of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionIdentity {
    /// The role.
    pub user: Option<String>,
    /// The address of the client.
    pub client: Option<String>,
    /// The application's name for itself.
    pub application: Option<String>,
    /// The statement, its literals masked, at most 200 characters.
    pub query: Option<String>,
}
