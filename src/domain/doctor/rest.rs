//! Supabase's REST API, its key, and whether it knows the tables.

use jiff::Timestamp;

use crate::domain::activity::{Served, span};
use crate::domain::certificate;
use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};
use crate::domain::jwt;
use crate::domain::key_validity::KeyValidity;
use crate::domain::smoke::Relation;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// What was observed of the REST API.
#[derive(Debug)]
pub struct RestFacts {
    /// Whether it answered for the health table.
    pub reach: Look<Served>,
    /// The key; nothing where none is set.
    pub key: Option<Key>,
    /// The variable that holds it.
    pub variable: &'static str,
    /// Whether it answered for each relation.
    pub relations: Vec<(Relation, Look<()>)>,
    /// The time.
    pub now: Timestamp,
}

/// What a key is, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// `sb_secret_...`: the role service_role, until it is revoked.
    Secret,
    /// `sb_publishable_...`: the role anon.
    Publishable,
    /// A JSON web token.
    Legacy(jwt::Claims),
    /// None of these.
    Other,
}

impl Key {
    /// What a key is.
    #[must_use]
    pub fn of(key: &str) -> Self {
        if key.starts_with("sb_secret_") {
            Self::Secret
        } else if key.starts_with("sb_publishable_") {
            Self::Publishable
        } else {
            jwt::claims(key).map_or(Self::Other, Self::Legacy)
        }
    }
}

/// The rows of the REST API.
#[must_use]
pub(crate) fn judge(facts: &RestFacts) -> Vec<Check> {
    let mut checks = vec![
        judge_reach(&facts.reach),
        judge_key(facts.key.as_ref(), facts.variable),
        judge_expiry(facts.key.as_ref(), facts.variable, facts.now),
        judge_certificate(&facts.reach, facts.now),
    ];
    for (relation, look) in &facts.relations {
        checks.push(judge_relation(look).subject(relation.to_string()));
    }
    if facts.relations.is_empty() {
        let missed = Missed::After("settings.valid");
        checks.push(missed.row("postgrest.schema-cache"));
    }
    checks
}

fn judge_reach(look: &Look<Served>) -> Check {
    const ID: &str = "postgrest.reach";
    match &look.found {
        Ok(served) => {
            let summary = match &served.server {
                Some(name) => format!("It answers a read of one row ({name})."),
                None => "It answers a read of one row.".to_owned(),
            };
            Check::new(ID, Verdict::Ok, summary).took(look.took)
        }
        Err(Missed::Failed(fault)) => Check::of_fault(ID, fault).took(look.took),
        Err(missed) => missed.row(ID),
    }
}

fn judge_key(key: Option<&Key>, variable: &str) -> Check {
    const ID: &str = "postgrest.key";
    let wrong = |verdict, code, summary: String| {
        let advice = format!("Set {variable} to a secret key (sb_secret_...) of this project");
        Check::new(ID, verdict, summary).code(code).advice(advice)
    };
    match key {
        None => Missed::After("settings.valid").row(ID),
        Some(Key::Secret) => Check::new(ID, Verdict::Ok, "A secret key: the role service_role."),
        Some(Key::Publishable) => wrong(
            Verdict::Critical,
            Code::AuthForbidden,
            "A publishable key: the role anon, which may not read what it has to.".to_owned(),
        ),
        Some(Key::Legacy(claims)) => match claims.role.as_deref() {
            Some("service_role") => wrong(
                Verdict::Warning,
                Code::ConfigInvalid,
                "A legacy key (JWT) of the role service_role: Supabase retires these by the end of 2026."
                    .to_owned(),
            ),
            role => wrong(
                Verdict::Critical,
                Code::AuthForbidden,
                format!(
                    "A legacy key (JWT) of the role {}, not service_role.",
                    role.unwrap_or("nobody")
                ),
            ),
        },
        Some(Key::Other) => wrong(
            Verdict::Warning,
            Code::ConfigInvalid,
            "Neither a key of Supabase's forms nor a JWT.".to_owned(),
        ),
    }
}

fn judge_expiry(key: Option<&Key>, variable: &'static str, now: Timestamp) -> Check {
    const ID: &str = "postgrest.expiry";
    let Some(key) = key else {
        return Missed::After("settings.valid").row(ID);
    };
    let expires = match key {
        Key::Legacy(claims) => claims.exp,
        Key::Secret | Key::Publishable => None,
        Key::Other => {
            let summary = "Whether it expires cannot be read from this key.";
            return Check::new(ID, Verdict::Unknown, summary).advice(variable);
        }
    };
    let validity = KeyValidity::until(variable, expires);
    let Some(at) = validity.expires_at else {
        return Check::new(ID, Verdict::Ok, "The key does not expire by itself.");
    };
    if let Some(expiry) = validity.expiry(now) {
        return Check::new(ID, Verdict::Critical, expiry)
            .code(Code::AuthInvalid)
            .advice(format!("Issue a new key, set {variable}, redeploy"));
    }
    if let Some(warning) = validity.warning(now) {
        return Check::new(ID, Verdict::Warning, warning)
            .code(Code::AuthInvalid)
            .advice(format!("Issue a new key before, set {variable}, redeploy"));
    }
    let left = span(at.duration_since(now).as_secs_f64());
    Check::new(
        ID,
        Verdict::Ok,
        format!("The key expires in {left}, at {at}."),
    )
}

fn judge_certificate(reach: &Look<Served>, now: Timestamp) -> Check {
    const ID: &str = "postgrest.certificate";
    let served = match &reach.found {
        Ok(served) => served,
        Err(Missed::Failed(_)) => return Missed::After("postgrest.reach").row(ID),
        Err(missed) => return missed.row(ID),
    };
    let Some(at) = served.certificate_expires_at else {
        let summary = "There is none: the way to SUPABASE_URL is not encrypted.";
        return Check::new(ID, Verdict::Ok, summary);
    };
    if let Some(warning) = certificate::warning(at, now) {
        return Check::new(ID, Verdict::Warning, warning)
            .code(Code::NetTls)
            .advice("Ask whoever runs that host to renew it before");
    }
    let left = span(at.duration_since(now).as_secs_f64());
    let summary = format!("The certificate expires in {left}, at {at}.");
    Check::new(ID, Verdict::Ok, summary)
}

fn judge_relation(look: &Look<()>) -> Check {
    const ID: &str = "postgrest.schema-cache";
    let check = match &look.found {
        Ok(()) => Check::new(ID, Verdict::Ok, "PostgREST knows it and answers for it."),
        Err(Missed::Failed(fault)) => Check::of_fault(ID, fault),
        Err(missed) => missed.row(ID),
    };
    check.took(look.took)
}

#[cfg(test)]
mod tests;
