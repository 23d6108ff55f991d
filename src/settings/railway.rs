//! Railway's API, and with which token to ask it.

use secrecy::SecretString;
use url::Url;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::settings::raw::RawSettings;
use crate::settings::variables;

/// Railway's API, and with which token to ask it.
#[derive(Debug, Clone)]
pub struct RailwaySettings {
    /// Where it is.
    pub api: Url,
    /// The token.
    pub token: RailwayToken,
    /// The service that this process is, where it runs at Railway.
    pub own_service: Option<String>,
}

/// A token of Railway. Each kind travels in a header of its own.
#[derive(Debug, Clone)]
pub enum RailwayToken {
    /// Of one environment of one project.
    Project(SecretString),
    /// Of an account or a workspace: it has to be told which project and environment.
    Account {
        /// The token.
        token: SecretString,
        /// The project's id.
        project: String,
        /// The environment's id.
        environment: String,
    },
}

impl RailwaySettings {
    /// Reads address and token.
    ///
    /// # Errors
    ///
    /// DFE-CFG-001 where no token is set, or an account's without project and environment;
    /// DFE-CFG-002 where one cannot be right.
    pub(super) fn read(raw: &RawSettings) -> Result<Self, Fault> {
        let has_project = raw.find(&variables::RAILWAY_TOKEN).is_ok();
        let has_account = raw.find(&variables::RAILWAY_API_TOKEN).is_ok();
        let token = if has_account && !has_project {
            RailwayToken::Account {
                token: raw.require(&variables::RAILWAY_API_TOKEN)?,
                project: raw.require(&variables::RAILWAY_PROJECT_ID)?,
                environment: raw.require(&variables::RAILWAY_ENVIRONMENT_ID)?,
            }
        } else {
            let token = raw.require(&variables::RAILWAY_TOKEN);
            RailwayToken::Project(token.map_err(|fault| match fault.code {
                Code::ConfigMissing => fault.of_kind(FaultKind::NotAsked),
                _ => fault,
            })?)
        };
        Ok(Self {
            api: raw.require(&variables::RAILWAY_API_URL)?,
            token,
            own_service: raw.read(&variables::RAILWAY_SERVICE_ID)?,
        })
    }
}
