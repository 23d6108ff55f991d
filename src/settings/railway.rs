//! Railway's API, and with which token to ask it.

use secrecy::SecretString;
use url::Url;

use crate::domain::fault::Fault;
use crate::settings::source::{Source, invalid};
use crate::settings::supabase::is_private;
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
    pub fn read(source: &Source) -> Result<Self, Fault> {
        let plain = |name: &'static str, value: String| {
            if value.bytes().all(|b| b.is_ascii_graphic()) {
                Ok(SecretString::from(value))
            } else {
                Err(invalid(
                    name,
                    "a token has no spaces, line breaks or accents",
                ))
            }
        };
        let token = match source.find(&variables::RAILWAY_API_TOKEN) {
            Some(found) if source.find(&variables::RAILWAY_TOKEN).is_none() => {
                RailwayToken::Account {
                    token: plain(found.name, found.value)?,
                    project: source.require(&variables::RAILWAY_PROJECT_ID)?.value,
                    environment: source.require(&variables::RAILWAY_ENVIRONMENT_ID)?.value,
                }
            }
            Some(_) | None => {
                let found = source.require(&variables::RAILWAY_TOKEN)?;
                RailwayToken::Project(plain(found.name, found.value)?)
            }
        };
        Ok(Self {
            api: api(source)?,
            token,
            own_service: source.get("RAILWAY_SERVICE_ID").map(str::to_owned),
        })
    }
}

fn api(source: &Source) -> Result<Url, Fault> {
    let name = variables::RAILWAY_API_URL.name;
    let text = source
        .get(name)
        .unwrap_or(variables::RAILWAY_API_URL.default);
    let url = Url::parse(text).map_err(|_| invalid(name, "it is no URL"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_private(&url) => Ok(url),
        _ => Err(invalid(
            name,
            "the token would travel unencrypted; use https://",
        )),
    }
}
