//! Postgres itself, and the way to it.

use std::time::Duration;

use crate::domain::check::Check;
use crate::domain::doctor::grants::{Grants, judge_grants};
use crate::domain::doctor::look::Look;
use crate::domain::doctor::look::Missed;
use crate::domain::doctor::route::{DatabaseRoute, Encryption, HostKind};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The oldest version that the statements of the activity report can be asked of.
const OLDEST: i32 = 14;
/// A clock that is off by more than this is a warning, in seconds.
const SKEW_WARNING: f64 = 2.0;
/// A clock that is off by more than this is critical, in seconds.
const SKEW_CRITICAL: f64 = 30.0;
/// How much two measurements of the same time may differ, in seconds.
const SLACK: f64 = 0.5;

/// What was observed of Postgres.
#[derive(Debug)]
pub struct DatabaseFacts {
    /// Whether it was reached.
    pub reach: Look<Reach>,
    /// What it says of itself.
    pub server: Look<ServerFacts>,
    /// What its clock says.
    pub clock: Look<Clock>,
    /// What the role may read and write.
    pub grants: Look<Grants>,
}

/// How it was reached.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// The phases, in their order.
    pub phases: Vec<(&'static str, Duration)>,
    /// The process id of the backend that answered.
    pub backend: i32,
}

/// What the server says of itself and of our session.
#[derive(Debug, Clone)]
pub struct ServerFacts {
    /// Its version, as a number: 170002.
    pub version: i32,
    /// Whether it is a standby.
    pub is_standby: bool,
    /// Whether transactions are read-only unless they ask for more.
    pub is_read_only: bool,
    /// The port that it believes to listen on; nothing over a socket.
    pub port: Option<i32>,
    /// The process id of our backend.
    pub backend: i32,
    /// For how long our backend has existed, in seconds.
    pub backend_age: f64,
    /// For how long we have been connected, in seconds, counted from the beginning of the login.
    pub login_age: f64,
    /// The protocol of the encryption that our backend sees, where there is one.
    pub tls: Option<String>,
    /// Whether the role may see the sessions of others.
    pub sees_sessions: bool,
}

/// What its clock says.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// By how much it is ahead of ours, in seconds, measured at the middle of the round trip.
    pub ahead: f64,
    /// How long the round trip took.
    pub round_trip: Duration,
}

/// The rows of the database.
#[must_use]
pub(crate) fn judge(facts: &DatabaseFacts, route: Option<&DatabaseRoute>) -> Vec<Check> {
    let mut checks = vec![judge_reach("database.reach", &facts.reach)];
    let backend = facts.reach.found.as_ref().map(|reach| reach.backend).ok();
    let server = &facts.server;
    checks.extend([
        server.row("database.mode", |server| judge_mode(server, route, backend)),
        server.row("database.tls", |server| judge_tls(server, route)),
        server.row("database.standby", judge_standby),
        server.row("database.read-only", judge_read_only),
        server.row("database.privileges", judge_sessions),
    ]);
    checks.extend(judge_grants(&facts.grants));
    checks.push(facts.clock.row("database.clock", judge_clock));
    checks.push(server.row("database.version", judge_version));
    checks
}

/// The row `id` of whether Postgres was reached.
#[must_use]
pub(crate) fn judge_reach(id: &'static str, look: &Look<Reach>) -> Check {
    match &look.found {
        Ok(reach) => {
            let phases: Vec<_> = reach
                .phases
                .iter()
                .map(|(name, took)| format!("{name} {:.1} ms", took.as_secs_f64() * 1000.0))
                .collect();
            let summary = format!("It answers a statement: {}.", phases.join(", "));
            Check::new(id, Verdict::Ok, summary).took(look.took)
        }
        Err(Missed::Failed(fault)) => Check::of_fault(id, fault).took(look.took),
        Err(missed) => missed.row(id),
    }
}

/// A pooler does not say that it is one. What gives it away: another port, a backend that is older
/// or younger than our login, or that changes between two transactions.
fn judge_mode(
    server: &ServerFacts,
    route: Option<&DatabaseRoute>,
    first_backend: Option<i32>,
) -> Check {
    let ok = |summary: String| Check::new("database.mode", Verdict::Ok, summary);
    let port = route.map_or(0, |route| route.port);
    let port = format!("port {port}");
    match route.map_or(HostKind::Other, |route| route.kind) {
        HostKind::TransactionPooler => {
            return ok(format!(
                "Transaction pooler, {port}: known by Supabase's host and port."
            ));
        }
        HostKind::SessionPooler => {
            return Check::new(
                "database.mode",
                Verdict::Warning,
                format!("Session pooler, {port}: known by Supabase's host and port."),
            )
            .code(Code::ConfigInvalid)
            .advice("Port 6543 of the same host is the pooler in transaction mode");
        }
        HostKind::DedicatedPooler => {
            return ok(format!(
                "Dedicated PgBouncer, {port}: known by Supabase's host and port."
            ));
        }
        HostKind::Direct => {
            return ok(format!(
                "Direct, {port}: known by Supabase's host and port."
            ));
        }
        HostKind::Other => {}
    }
    if first_backend.is_some_and(|first| first != server.backend) {
        return ok(format!(
            "Transaction pooler, {port}: two transactions had two backends."
        ));
    }
    let mut signs = Vec::new();
    if server.backend_age > server.login_age + SLACK {
        signs.push("the backend is older than our login".to_owned());
    }
    if let (Some(own), Some(route)) = (server.port, route)
        && own != i32::from(route.port)
    {
        signs.push(format!(
            "the server itself listens on {own} (a forwarded port would look the same)"
        ));
    }
    if signs.is_empty() {
        return ok(format!(
            "Direct, {port}, as far as it can be known: the server listens on that port, and the backend began with our login."
        ));
    }
    ok(format!(
        "A pooler, {port}, in a mode that cannot be known: {}.",
        signs.join(", and ")
    ))
}

fn judge_tls(server: &ServerFacts, route: Option<&DatabaseRoute>) -> Check {
    const ID: &str = "database.tls";
    let seen = match &server.tls {
        Some(protocol) => format!("{protocol}, as the backend sees it"),
        None => "not encrypted, as the backend sees it".to_owned(),
    };
    let leg = match route.map(|route| route.kind) {
        Some(HostKind::TransactionPooler | HostKind::SessionPooler | HostKind::DedicatedPooler) => {
            " (that is the pooler's leg, not ours)"
        }
        _ => " (behind a pooler that is the pooler's leg, not ours)",
    };
    let Some(route) = route.filter(|route| !route.is_private) else {
        return Check::new(
            ID,
            Verdict::Ok,
            format!("It leaves neither this machine nor a private network; {seen}."),
        );
    };
    let warning = |summary: String| {
        Check::new(ID, Verdict::Warning, summary)
            .code(Code::NetTls)
            .advice("Add sslmode=verify-full and sslrootcert=... to DATABASE_URL")
    };
    match route.encryption {
        Encryption::Verified => Check::new(
            ID,
            Verdict::Ok,
            format!("The certificate is verified; {seen}{leg}."),
        ),
        Encryption::Required => warning(format!(
            "Encrypted with whoever answers: sslmode=require verifies no certificate; {seen}{leg}."
        )),
        Encryption::Optional => warning(format!(
            "Whether our leg is encrypted is up to whoever answers, as sslmode does not require it; {seen}{leg}."
        )),
    }
}

fn judge_standby(server: &ServerFacts) -> Check {
    const ID: &str = "database.standby";
    if !server.is_standby {
        return Check::new(ID, Verdict::Ok, "It is the primary.");
    }
    Check::new(
        ID,
        Verdict::Critical,
        "It is a standby: every write fails, and so do workers and the queue.",
    )
    .code(Code::ConfigInvalid)
    .advice("Host in DATABASE_URL: it has to be the primary; after a failover, whether it has caught up")
}

/// Supabase does this to a database whose disk is nearly full.
fn judge_read_only(server: &ServerFacts) -> Check {
    const ID: &str = "database.read-only";
    if !server.is_read_only {
        return Check::new(ID, Verdict::Ok, "Transactions may write.");
    }
    Check::new(
        ID,
        Verdict::Critical,
        "Transactions are read-only by default: writes fail. Supabase sets this when the disk is nearly full.",
    )
    .code(Code::ResourceExhausted)
    .advice("Disk usage in the Supabase dashboard; then default_transaction_read_only of database and role")
}

fn judge_sessions(server: &ServerFacts) -> Check {
    let check = |verdict, summary| {
        Check::new("database.privileges", verdict, summary).subject("pg_read_all_stats")
    };
    if server.sees_sessions {
        return check(Verdict::Ok, "The role sees the sessions of others.");
    }
    check(
        Verdict::Warning,
        "The role does not see the sessions of others: connections, long statements and locks are unknown.",
    )
    .code(Code::AuthForbidden)
    .advice("GRANT pg_read_all_stats to the role in DATABASE_URL")
}

/// Only what the round trip cannot explain counts.
fn judge_clock(clock: &Clock) -> Check {
    const ID: &str = "database.clock";
    let doubt = clock.round_trip.as_secs_f64() / 2.0;
    let certain = (clock.ahead.abs() - doubt).max(0.0);
    let direction = if clock.ahead < 0.0 {
        "behind"
    } else {
        "ahead of"
    };
    let summary = format!(
        "The server's clock is {:.3} s {direction} ours, give or take {doubt:.3} s.",
        clock.ahead.abs()
    );
    let verdict = if certain > SKEW_CRITICAL {
        Verdict::Critical
    } else if certain > SKEW_WARNING {
        Verdict::Warning
    } else {
        return Check::new(ID, Verdict::Ok, summary);
    };
    Check::new(ID, verdict, summary)
        .advice("Which of the two clocks is wrong: tokens expire too early or too late by ours")
}

fn judge_version(server: &ServerFacts) -> Check {
    const ID: &str = "database.version";
    let (major, minor) = (server.version / 10_000, server.version % 10_000);
    let summary = format!("PostgreSQL {major}.{minor}");
    if major >= OLDEST {
        return Check::new(ID, Verdict::Ok, summary);
    }
    Check::new(
        ID,
        Verdict::Critical,
        format!("{summary} is too old: the activity report needs {OLDEST}."),
    )
    .code(Code::ValSchema)
    .advice("Upgrade the project in the Supabase dashboard")
}

#[cfg(test)]
mod tests;
