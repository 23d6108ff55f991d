//! What the roles of Supabase's API can reach.

use crate::domain::check::Check;
use crate::domain::doctor::look::Look;
use crate::domain::smoke::Relation;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// How many unprotected relations have a row of their own.
pub(super) const LISTED: usize = 20;

/// What those may read who come through `PostgREST`.
#[derive(Debug, Clone, Default)]
pub struct Exposure {
    /// Which of the roles `anon` and `authenticated` exist.
    pub roles: Vec<String>,
    /// Those of them that may use the schema `ops`.
    pub ops: Vec<String>,
    /// What one of them may read.
    pub relations: Vec<Exposed>,
    /// What has to be readable for the business: what it holds must not be public.
    pub business: Vec<Relation>,
}

/// A relation that may be read through `PostgREST`, where its schema is exposed.
#[derive(Debug, Clone)]
pub struct Exposed {
    /// The relation.
    pub relation: Relation,
    /// Whether `anon` may read it: anybody on the internet.
    pub to_anon: bool,
    /// What limits the rows.
    pub guard: Guard,
}

/// What limits the rows that somebody else sees of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Row level security of the table.
    Policies,
    /// A view that reads as whoever asks.
    Invoker,
    /// A table without row level security.
    NoPolicies,
    /// A view that reads as its owner, whose rows no policy limits.
    Owner,
    /// A materialized view or a foreign table: no policy is possible.
    Impossible,
}

pub(super) fn judge_exposure(look: &Look<Exposure>) -> Vec<Check> {
    let exposure = match &look.found {
        Ok(exposure) => exposure,
        Err(missed) => {
            return ["schema.rls", "schema.grants"]
                .map(|id| missed.row(id).took(look.took))
                .into();
        }
    };
    let mut checks = judge_rls(exposure);
    checks.push(judge_ops(exposure));
    checks
        .into_iter()
        .map(|check| check.took(look.took))
        .collect()
}

pub(super) fn judge_rls(exposure: &Exposure) -> Vec<Check> {
    const ID: &str = "schema.rls";
    if exposure.roles.is_empty() {
        let summary =
            "There is no role anon or authenticated: nothing is exposed through PostgREST.";
        return vec![Check::new(ID, Verdict::Ok, summary)];
    }
    let is_business = |exposed: &Exposed| exposure.business.contains(&exposed.relation);
    // Which other schemas PostgREST exposes is not known here, and Supabase's own grant much.
    let relevant: Vec<_> = exposure
        .relations
        .iter()
        .filter(|exposed| exposed.relation.is_public() || is_business(exposed))
        .collect();
    let (open, guarded): (Vec<_>, Vec<_>) = relevant
        .into_iter()
        .partition(|exposed| !matches!(exposed.guard, Guard::Policies | Guard::Invoker));
    let mut checks: Vec<_> = open
        .iter()
        .map(|exposed| judge_open(ID, exposed, is_business(exposed)))
        .collect();
    // The worst first, so that the rows that are left out are the least.
    checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
    if checks.len() > LISTED {
        let left = checks.len() - LISTED;
        let worst = checks[LISTED].verdict;
        checks.truncate(LISTED);
        let summary = format!("{left} more relations can be read past row level security.");
        checks.push(Check::new(ID, worst, summary).code(Code::AuthForbidden));
    }
    if checks.is_empty() {
        let summary = match guarded.len() {
            0 => "Neither anon nor authenticated may read anything in public.".to_owned(),
            number => format!(
                "{number} relations may be read through PostgREST, each limited by row level security."
            ),
        };
        checks.push(Check::new(ID, Verdict::Ok, summary));
    }
    checks
}

fn judge_open(id: &'static str, exposed: &Exposed, is_business: bool) -> Check {
    let who = if exposed.to_anon {
        "Anybody on the internet (anon)"
    } else {
        "Whoever has signed up (authenticated)"
    };
    let (how, advice) = match exposed.guard {
        Guard::NoPolicies => (
            "it has no row level security",
            "ALTER TABLE ... ENABLE ROW LEVEL SECURITY, or REVOKE SELECT from the role",
        ),
        Guard::Owner => (
            "it is a view that reads as its owner",
            "ALTER VIEW ... SET (security_invoker = on), or REVOKE SELECT from the role",
        ),
        Guard::Policies | Guard::Invoker | Guard::Impossible => (
            "no row level security is possible for its kind",
            "REVOKE SELECT from the role",
        ),
    };
    let verdict = if is_business && exposed.to_anon {
        Verdict::Critical
    } else {
        Verdict::Warning
    };
    Check::new(id, verdict, format!("{who} may read all of it: {how}."))
        .subject(exposed.relation.to_string())
        .code(Code::AuthForbidden)
        .advice(advice)
}

pub(super) fn judge_ops(exposure: &Exposure) -> Check {
    const ID: &str = "schema.grants";
    if exposure.ops.is_empty() {
        let summary = "Neither anon nor authenticated may use the schema ops.";
        return Check::new(ID, Verdict::Ok, summary).subject("ops");
    }
    Check::new(
        ID,
        Verdict::Critical,
        format!(
            "{} may use the schema ops, which is nobody's business outside.",
            exposure.ops.join(" and ")
        ),
    )
    .subject("ops")
    .code(Code::AuthForbidden)
    .advice("REVOKE ALL ON SCHEMA ops FROM anon, authenticated, PUBLIC")
}
