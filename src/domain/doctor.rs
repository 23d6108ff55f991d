//! The doctor: what was observed of everything that the service rests on, and what it means.
//!
//! # Design notes
//!
//! Pure: adapters bring facts, this judges them, and every row has a fixture in which it fires and
//! one in which it does not. A row is never left out: what could not be looked at because something
//! before it failed is `unknown` and says what that was. A green list that is shorter than usual
//! would be read as green.
//!
//! What the service itself reports (workers, queue, connections, locks) is taken from its report, not
//! judged again: the doctor and the endpoint must not disagree.

pub(crate) mod database;
pub(crate) mod grants;
mod look;
pub(crate) mod n8n;
pub(crate) mod railway;
pub(crate) mod rest;
pub(crate) mod route;
pub(crate) mod schema;
pub(crate) mod settings;
pub(crate) mod telling;
pub(crate) mod vendor_pages;
pub(crate) mod work;

pub(crate) use self::look::{Look, Missed};
use crate::domain::activity::Activity;
use crate::domain::check::Check;
use crate::domain::target::{Proven, Target};
use crate::domain::vendor_page::VendorPage;

/// Everything that was observed.
#[derive(Debug)]
pub struct Facts {
    /// What claims to name the target.
    pub target: Target,
    /// The target.
    pub proven: Proven,
    /// The settings.
    pub settings: settings::SettingsFacts,
    /// The database.
    pub database: database::DatabaseFacts,
    /// The tables, and what may be done with them.
    pub schema: schema::SchemaFacts,
    /// Supabase's REST API.
    pub rest: rest::RestFacts,
    /// What goes on in the database.
    pub work: Look<Activity>,
    /// What runs at Railway; nothing where no token is set.
    pub railway: Option<Look<railway::RailwayFacts>>,
    /// Whether n8n is ready; nothing where no address is set.
    pub n8n: Option<Look<()>>,
    /// Whether people are told of incidents.
    pub telling: telling::TellingFacts,
    /// What vendors say of themselves.
    pub vendor_pages: Look<Vec<VendorPage>>,
}

/// All rows, in the order in which one thing rests on the other; but first what makes others look well
/// that are not.
#[must_use]
pub(crate) fn judge(facts: &Facts) -> Vec<Check> {
    let accepted = facts.rest.key.as_ref();
    let accepted = accepted.map(|_| facts.rest.reach.found.is_ok());
    let hidden = schema::judge_hidden(&facts.schema.hidden);
    let (blind, sees) = match &facts.schema.hidden.found {
        Ok(found) if !found.is_empty() => (hidden, Vec::new()),
        Ok(_) | Err(_) => (Vec::new(), hidden),
    };
    let mut checks = blind;
    checks.extend(settings::judge_target(
        &facts.target,
        &facts.proven,
        accepted,
    ));
    checks.extend(settings::judge_settings(&facts.settings));
    checks.extend(database::judge(
        &facts.database,
        facts.settings.route.as_ref(),
    ));
    checks.extend(sees);
    checks.extend(schema::judge(&facts.schema));
    checks.extend(rest::judge(&facts.rest));
    checks.extend(work::judge(&facts.work));
    checks.extend(railway::judge(facts.railway.as_ref()));
    checks.push(n8n::judge(facts.n8n.as_ref()));
    checks.extend(telling::judge(facts.telling));
    checks.extend(vendor_pages::judge(&facts.vendor_pages));
    checks
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::taxonomy::Code;
    use crate::domain::verdict::Verdict;

    #[test]
    fn what_was_not_found_says_why_and_how_long_it_took() {
        let took = Duration::from_millis(7);
        let failed = Look::<()> {
            found: Err(Missed::Failed(
                Fault::new(Code::DbTimeout, "slow").check_first("the pooler"),
            )),
            took,
        };
        let row = failed.row("a", |()| Check::new("b", Verdict::Ok, "well"));
        assert_eq!(
            (row.id, row.verdict, row.code, row.took),
            ("a", Verdict::Unknown, Some(Code::DbTimeout), took)
        );
        assert_eq!(
            (row.summary.as_str(), row.advice.as_deref()),
            ("slow", Some("the pooler"))
        );
        let after = Look::<()>::after("database.reach").row("a", |()| unreachable!("no facts"));
        assert_eq!(
            (after.verdict, after.code, after.took),
            (Verdict::Unknown, None, Duration::ZERO)
        );
        assert_eq!(
            after.summary,
            "Not looked at, because database.reach failed."
        );
        assert_eq!(after.advice.as_deref(), Some("Mend database.reach first"));
        let found = Look { found: Ok(3), took };
        let row = found.row("a", |n| Check::new("b", Verdict::Ok, n.to_string()));
        assert_eq!((row.id, row.summary.as_str(), row.took), ("b", "3", took));
    }

    fn facts(key: Option<rest::Key>, reach: Look<crate::domain::activity::Served>) -> Facts {
        let before = "database.reach";
        let target = Target::default();
        let proven = target.prove(None).expect("nothing contradicts");
        Facts {
            proven,
            target,
            settings: settings::SettingsFacts {
                faults: Vec::new(),
                has_operator: true,
                route: None,
                deadlines: Vec::new(),
                idle_timeout: Duration::from_secs(75),
            },
            database: database::DatabaseFacts {
                reach: Look::after(before),
                server: Look::after(before),
                clock: Look::after(before),
                grants: Look::after(before),
            },
            schema: schema::SchemaFacts {
                hidden: Look::after(before),
                layout: Look::after(before),
                tables: Look::after(before),
                holding: Look::after(before),
                strays: Look::after(before),
                exposure: Look::after(before),
                functions: Look::after(before),
            },
            rest: rest::RestFacts {
                reach,
                key,
                relations: Vec::new(),
                variable: "SUPABASE_SERVICE_ROLE_KEY",
                now: jiff::Timestamp::UNIX_EPOCH,
            },
            work: Look::after(before),
            railway: None,
            n8n: None,
            telling: telling::TellingFacts {
                slack: Some(false),
                has_button: false,
                discord: Some(false),
                heartbeat: Some(false),
                has_link: false,
                watches: true,
            },
            vendor_pages: Look::of(Ok(Vec::new())),
        }
    }

    #[test]
    fn every_row_is_there_in_the_order_in_which_one_rests_on_the_other() {
        let checks = judge(&facts(None, Look::after("settings.valid")));
        let ids: Vec<_> = checks.iter().map(|check| check.id).collect();
        let expected = [
            "target.environment",
            "target.project",
            "target.key",
            "settings.valid",
            "settings.token",
            "settings.pooler",
            "settings.deadlines",
            "database.reach",
            "database.mode",
            "database.tls",
            "database.standby",
            "database.read-only",
            "database.privileges",
            "database.privileges",
            "database.clock",
            "database.version",
            "schema.rows-visible",
            "schema.table",
            "schema.table",
            "schema.job-statuses",
            "schema.pauses",
            "schema.rls",
            "schema.grants",
            "schema.functions",
            "schema.indexes",
            "postgrest.reach",
            "postgrest.key",
            "postgrest.expiry",
            "postgrest.certificate",
            "postgrest.schema-cache",
            "workers.summary",
            "queue.backlog",
            "connections.used",
            "connections.long-running",
            "locks.waiting",
            "railway.reach",
            "n8n.ready",
            "telling.slack",
            "telling.discord",
            "telling.heartbeat",
            "vendors.page",
        ];
        assert_eq!(ids, expected);
    }

    #[test]
    fn whether_a_key_is_accepted_is_what_the_api_said_of_it() {
        let served = || Look {
            found: Ok(crate::domain::activity::Served::default()),
            took: Duration::ZERO,
        };
        for (key, reach, expected) in [
            (Some(rest::Key::Secret), served(), Verdict::Ok),
            (Some(rest::Key::Secret), Look::after("x"), Verdict::Unknown),
            (None, served(), Verdict::Unknown),
        ] {
            let checks = judge(&facts(key, reach));
            let row = checks.iter().find(|check| check.id == "target.key");
            assert_eq!(row.map(|check| check.verdict), Some(expected));
        }
    }
}
