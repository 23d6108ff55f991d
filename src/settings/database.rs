//! Where Postgres is, and as whom to log in.

use std::net::IpAddr;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::domain::doctor::route::{DatabaseRoute, Encryption};
use crate::settings::values::Mistake;

/// What a URL may say beside user, host, port and database. Others (such as Prisma's
/// `pgbouncer=true`) are dropped: the driver would write their values into the log.
const PARAMETERS: &[&str] = &[
    "sslmode", "ssl-mode", "host", "hostaddr", "port", "dbname", "user", "password", "options",
];

/// Those whose value is the name of a file, or the file's text.
const FILES: &[&str] = &[
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
];

const SSL_MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Where Postgres is, and as whom to log in. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    url: SecretString,
}

impl DatabaseSettings {
    /// Understands a URL of Postgres. Certificate files that it names have to exist.
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut url = Url::parse(text).map_err(|_| {
            Mistake::Invalid(
                "it is no URL; special characters in the password have to be percent-encoded",
            )
        })?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(Mistake::Invalid(
                "it has to begin with postgres:// or postgresql://",
            ));
        }
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .filter(|(key, _)| {
                (PARAMETERS.contains(&key.as_str()) || FILES.contains(&key.as_str()))
                    || key.starts_with("options[")
            })
            .collect();
        for (key, value) in &pairs {
            check_parameter(key, value)?;
        }
        let has_host = url.host_str().is_some_and(|host| !host.is_empty())
            || pairs
                .iter()
                .any(|(key, _)| key == "host" || key == "hostaddr");
        if !has_host {
            return Err(Mistake::Invalid("it names no host"));
        }
        // Else a slash inside a password would make the rest of it the database's name, which is
        // no secret.
        if url
            .path()
            .get(1..)
            .is_some_and(|path| path.contains(['/', '@', ':']))
        {
            return Err(Mistake::Invalid(
                "what follows the host is no name of a database; special characters in the password have to be \
                 percent-encoded",
            ));
        }
        url.set_fragment(None);
        if pairs.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(&pairs);
        }
        let mut settings = Self {
            url: SecretString::from(String::from(url.clone())),
        };
        // The driver would take what it is offered, and hand the password to whoever offers nothing.
        let says = pairs
            .iter()
            .any(|(key, _)| ["sslmode", "ssl-mode"].contains(&key.as_str()));
        if !says && !settings.route().is_private {
            url.query_pairs_mut().append_pair("sslmode", "require");
            settings.url = SecretString::from(String::from(url));
        }
        Ok(settings)
    }

    /// The URL, for the driver only.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Which database it is, for a name: where it is and what it is called, without whoever logs in.
    #[must_use]
    pub fn target(&self) -> String {
        let Ok(url) = Url::parse(self.url.expose_secret()) else {
            return String::new();
        };
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map_or_else(String::new, |port| port.to_string());
        // Behind Supabase's pooler the user says which project it is; a password stands apart from it.
        format!("{host} {port} {} {}", url.path(), url.username())
    }

    /// Where it leads, and how.
    #[must_use]
    pub fn route(&self) -> DatabaseRoute {
        let url = Url::parse(self.url.expose_secret()).ok();
        let parameter = |names: &[&str]| {
            url.as_ref()?
                .query_pairs()
                .filter(|(key, _)| names.contains(&key.as_ref()))
                .last()
                .map(|(_, value)| value.into_owned())
        };
        let host = parameter(&["host", "hostaddr"])
            .or_else(|| url.as_ref()?.host_str().map(str::to_owned))
            .unwrap_or_default();
        let port = parameter(&["port"])
            .and_then(|port| port.parse().ok())
            .or_else(|| url.as_ref()?.port())
            .unwrap_or(5432);
        let encryption = match parameter(&["sslmode", "ssl-mode"])
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "verify-ca" | "verify-full" => Encryption::Verified,
            "require" => Encryption::Required,
            _ => Encryption::Optional,
        };
        DatabaseRoute::new(&host, port, encryption)
    }

    /// The password in each form in which it might turn up.
    pub(super) fn passwords(&self) -> Vec<String> {
        let Ok(url) = Url::parse(self.url.expose_secret()) else {
            return Vec::new();
        };
        let mut passwords: Vec<String> = url.password().map(str::to_owned).into_iter().collect();
        // Percent-decoding is part of reading a query, so a password is read as one.
        for encoded in passwords.clone() {
            let query = format!("p={}", encoded.replace('+', "%2B"));
            passwords.extend(
                url::form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()),
            );
        }
        passwords.extend(
            url.query_pairs()
                .filter(|(key, _)| key == "password")
                .map(|(_, value)| value.into_owned()),
        );
        passwords
    }
}

fn check_parameter(key: &str, value: &str) -> Result<(), Mistake> {
    if let Some(parameter) = FILES.iter().find(|file| **file == key)
        && !value.starts_with("-----BEGIN")
        && !Path::new(value).is_file()
    {
        return Err(Mistake::FileMissing(parameter));
    }
    match key {
        "sslmode" | "ssl-mode" if !SSL_MODES.contains(&value.to_ascii_lowercase().as_str()) => {
            Err(Mistake::Invalid("its sslmode is unknown"))
        }
        "port" if value.parse::<u16>().is_err() => Err(Mistake::Invalid("its port is no port")),
        "hostaddr" if value.parse::<IpAddr>().is_err() => {
            Err(Mistake::Invalid("its hostaddr is no IP address"))
        }
        _ => Ok(()),
    }
}
