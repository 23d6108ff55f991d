//! What the settings claim about the target of a command.

use url::Url;

use crate::domain::jwt;
use crate::domain::target::{Claim, Place, Target};
use crate::settings::source::Source;
use crate::settings::variables::{self, Variable};

/// Collects the claims. What cannot be understood claims nothing, and nothing of it is shown: its own
/// fault says so. `has_database` is whether the database's URL could be understood.
pub(super) fn read(source: &Source, has_database: bool) -> Target {
    let mut target = Target::default();
    for name in ["SUPABASE_MODE", "RAILWAY_ENVIRONMENT_NAME"] {
        if let Some(value) = source.get(name) {
            target.environments.push(Claim {
                source: name,
                value: super::plain(value),
            });
        }
    }
    for variable in [
        &variables::DATABASE_URL,
        &variables::DATABASE_DIRECT_URL,
        &variables::SUPABASE_URL,
    ] {
        if let Some((name, url)) = url(source, variable) {
            let host = host(&url);
            target.places.push((name, Place::of(&host, url.username())));
            if has_database && target.database.is_none() && url.scheme().starts_with("postgres") {
                let port = url.port().unwrap_or(5432);
                target.database = Some(format!("{host}:{port}{}", url.path()));
            }
        }
    }
    if let Some(found) = source.find(&variables::SUPABASE_KEY) {
        let claims = jwt::claims(&found.value).unwrap_or_default();
        if let Some(project) = claims.project {
            target.places.push((found.name, Place::Project(project)));
        }
        let role = if found.value.starts_with("sb_publishable_") {
            Some("anon".to_owned())
        } else {
            claims.role
        };
        target.key_role = role.map(|value| Claim {
            source: found.name,
            value,
        });
    }
    target
}

fn url(source: &Source, variable: &Variable) -> Option<(&'static str, Url)> {
    let found = source.find(variable)?;
    Some((found.name, Url::parse(&found.value).ok()?))
}

/// The host, which a URL of Postgres may also give as a parameter.
fn host(url: &Url) -> String {
    let parameter = url
        .query_pairs()
        .find(|(key, _)| key == "host" || key == "hostaddr")
        .map(|(_, value)| value.into_owned());
    parameter.unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned())
}
