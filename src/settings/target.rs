//! What the settings claim about the target of a command.

use url::Url;

use crate::domain::jwt;
use crate::domain::target::{Claim, Place, Target};
use crate::settings::raw::RawSettings;
use crate::settings::values::plain;
use crate::settings::variables;

/// Collects the claims. What cannot be understood claims nothing, and nothing of it is shown: its own
/// fault says so. `has_database` is whether the database's URL could be understood.
pub(super) fn read(raw: &RawSettings, has_database: bool) -> Target {
    let claim = |(source, text): (&'static str, &str)| Claim {
        source,
        value: plain(text),
    };
    let mut target = Target {
        environments: raw.each(&variables::SUPABASE_MODE).map(claim).collect(),
        ..Target::default()
    };
    for found in [
        raw.find(&variables::DATABASE_URL),
        raw.find(&variables::DATABASE_DIRECT_URL),
        raw.find(&variables::SUPABASE_URL),
    ] {
        let Ok((name, text)) = found else { continue };
        let Ok(url) = Url::parse(text) else { continue };
        let host = host(&url);
        target.places.push((name, Place::of(&host, url.username())));
        if has_database && target.database.is_none() && url.scheme().starts_with("postgres") {
            let port = url.port().unwrap_or(5432);
            target.database = Some(format!("{host}:{port}{}", url.path()));
        }
    }
    if let Ok((name, key)) = raw.find(&variables::SUPABASE_SERVICE_ROLE_KEY) {
        let claims = jwt::claims(key).unwrap_or_default();
        if let Some(project) = claims.project {
            target.places.push((name, Place::Project(project)));
        }
        let role = if key.starts_with("sb_publishable_") {
            Some("anon".to_owned())
        } else {
            claims.role
        };
        target.key_role = role.map(|value| Claim {
            source: name,
            value,
        });
    }
    target
}

/// The host, which a URL of Postgres may also give as a parameter.
fn host(url: &Url) -> String {
    let parameter = url
        .query_pairs()
        .find(|(key, _)| key == "host" || key == "hostaddr")
        .map(|(_, value)| value.into_owned());
    parameter.unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned())
}
