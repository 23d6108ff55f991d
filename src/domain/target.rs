//! What a command is about to act on, and whether everything that names it names the same.
//!
//! # Design notes
//!
//! Half of the worst hours begin with the right command against the wrong environment: the shell
//! still holds the database of production and the key of staging. Nobody can prove from one
//! variable alone where it leads, but several of them name the environment or the project, each on
//! its own, and it is enough that two disagree to refuse. What names nothing (a custom domain, a
//! server of one's own) contradicts nothing.
//!
//! No claim is a secret: hosts, project refs and names only.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// What somebody says that the target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who says so: the name of a variable, or how whoever asks says it.
    pub source: &'static str,
    /// What it says.
    pub value: String,
}

impl Claim {
    /// That the environment is this one, as whoever asks has said it.
    #[must_use]
    pub fn of(source: &'static str, environment: &str) -> Self {
        Self {
            source,
            value: environment.to_owned(),
        }
    }
}

/// Where a variable leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To a project at Supabase, by its ref.
    Project(String),
    /// To this machine.
    Here,
    /// To somewhere that does not say what it is.
    Elsewhere,
}

/// All that the settings claim about the target.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// What names the environment.
    pub environments: Vec<Claim>,
    /// Where each variable leads, in the order of their importance.
    pub places: Vec<(&'static str, Place)>,
    /// The database as `host:port/name`, where it could be understood.
    pub database: Option<String>,
    /// The role that the key of Supabase's API carries, where it says so.
    pub key_role: Option<Claim>,
}

/// A target that is not contradicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The environment; `unknown` where nothing names one.
    pub environment: String,
    /// The ref of the project at Supabase, where something names one.
    pub project: Option<String>,
    /// The database as `host:port/name`, where one is set.
    pub database: Option<String>,
}

impl Target {
    /// Holds all claims against each other, and against the one of whoever asks.
    ///
    /// # Errors
    ///
    /// DFE-CFG-002 naming each contradiction; nothing must be done then.
    pub fn prove(&self, asked: Option<&Claim>) -> Result<Proven, Fault> {
        let mut complaints = Vec::new();
        if let Some(Claim { source, value }) = asked
            && self.environments.is_empty()
        {
            complaints.push(format!(
                "{source} says {value}, but neither SUPABASE_MODE nor RAILWAY_ENVIRONMENT_NAME says which \
                 environment this is"
            ));
        }
        let environments: Vec<&Claim> = asked.into_iter().chain(&self.environments).collect();
        let different: BTreeSet<_> = environments.iter().map(|c| canonical(&c.value)).collect();
        if different.len() > 1 {
            let claims = environments.iter().map(|c| (c.source, c.value.as_str()));
            complaints.push(disagree("the environment", claims));
        }
        let projects: Vec<(&str, &str)> = self
            .places
            .iter()
            .filter_map(|(source, place)| match place {
                Place::Project(project) => Some((*source, project.as_str())),
                Place::Here | Place::Elsewhere => None,
            })
            .collect();
        if projects
            .iter()
            .any(|(_, project)| *project != projects[0].1)
        {
            complaints.push(disagree("the project", projects.iter().copied()));
        }
        let here = self.places.iter().find(|(_, place)| *place == Place::Here);
        if let (Some((local, _)), Some((hosted, project))) = (here, projects.first()) {
            complaints.push(format!(
                "{local} leads to this machine and {hosted} to the project {project}"
            ));
        }
        if let Some(role) = self.key_role.as_ref().filter(|c| c.value != "service_role") {
            complaints.push(format!(
                "the key in {} has the role {} and not service_role",
                role.source, role.value
            ));
        }
        if complaints.is_empty() {
            return Ok(Proven {
                environment: environments
                    .get(usize::from(asked.is_some()))
                    .map_or_else(|| "unknown".to_owned(), |claim| claim.value.clone()),
                project: projects.first().map(|(_, project)| (*project).to_owned()),
                database: self.database.clone(),
            });
        }
        Err(Fault::new(
            Code::ConfigInvalid,
            format!("The target is not certain: {}.", complaints.join("; ")),
        )
        .check_first("Which environment this shell or service is set up for"))
    }
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "environment {}", self.environment)?;
        if let Some(project) = &self.project {
            write!(f, ", project {project}")?;
        }
        match &self.database {
            Some(database) => write!(f, ", database {database}"),
            None => f.write_str(", no database"),
        }
    }
}

/// Whether two names are those of the same environment.
#[must_use]
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}

/// People and platforms shorten the same names differently.
fn canonical(environment: &str) -> String {
    let name = environment.trim().to_ascii_lowercase();
    match name.as_str() {
        "production" => "prod".to_owned(),
        "development" => "dev".to_owned(),
        "stage" => "staging".to_owned(),
        _ => name,
    }
}

/// Whether the way to a host leaves neither this machine nor a private network: addresses of such
/// networks, names without a domain, and Railway's private network.
#[must_use]
pub(crate) fn is_private(host: &str) -> bool {
    let host = host
        .trim_matches(['[', ']'])
        .trim_end_matches('.')
        .to_ascii_lowercase();
    if Place::of(&host, "") == Place::Here {
        return true;
    }
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => {
            !host.contains('.') || host.ends_with(".internal") || host.ends_with(".localhost")
        }
    }
}

fn disagree<'a>(what: &str, claims: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let claims: Vec<_> = claims
        .map(|(source, value)| format!("{source} says {value}"))
        .collect();
    format!("{what} is in dispute: {}", claims.join(", "))
}

impl Place {
    /// Where a host of Supabase or of anybody else leads; `user` is that of a database URL.
    #[must_use]
    pub fn of(host: &str, user: &str) -> Self {
        let host = host
            .trim_matches(['[', ']'])
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let is_here = host == "localhost"
            || host.starts_with('/')
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if is_here {
            return Self::Here;
        }
        let project = if host.ends_with(".pooler.supabase.com") {
            user.split_once('.').map(|(_, project)| project)
        } else {
            host.strip_suffix(".supabase.co")
                .map(|name| name.strip_prefix("db.").unwrap_or(name))
                .filter(|name| !name.contains('.'))
        };
        match project.filter(|project| !project.is_empty()) {
            Some(project) => Self::Project(project.to_ascii_lowercase()),
            None => Self::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests;
