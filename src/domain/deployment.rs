//! What runs here, as the build and the platform tell it.

use serde::Serialize;
use utoipa::ToSchema;

/// What runs here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Deployment {
    /// The environment, such as `prod`.
    pub environment: String,
    /// The commit that was built; `unknown` where neither the build nor the platform had one.
    pub git_sha: String,
    /// When it was built, RFC 3339; `unknown` where the build did not say.
    pub build_time: String,
    /// Railway's id of the deployment.
    pub deployment_id: Option<String>,
    /// Railway's id of the replica.
    pub replica_id: Option<String>,
}
