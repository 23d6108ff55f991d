//! Each finding fires on one fixture and not on another.

mod exact;

use std::time::Duration;

use super::exposure::{LISTED, judge_ops, judge_rls};
use super::*;
use crate::domain::fault::Fault;
use crate::domain::smoke::Relation;

fn look<T>(facts: T) -> Look<T> {
    Look {
        found: Ok(facts),
        took: Duration::from_millis(2),
    }
}

fn relation(name: &str) -> Relation {
    Relation::parse(name).expect("a name")
}

fn table(name: &str, shape: TableShape) -> TableFacts {
    TableFacts {
        name: name.to_owned(),
        shape,
    }
}

fn statuses(constraints: &[&str]) -> Statuses {
    Statuses {
        may_be_null: false,
        constraints: constraints.iter().map(|text| (*text).to_owned()).collect(),
        labels: Vec::new(),
    }
}

const PINNED: &str = "CHECK ((status = ANY (ARRAY['pending'::text, 'paused'::text, 'processing'::text, \
                      'completed'::text, 'failed'::text])))";

fn index(columns: &[&str], predicate: &str) -> IndexFacts {
    IndexFacts {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        predicate: (!predicate.is_empty()).then(|| predicate.to_owned()),
    }
}

fn indexes() -> Vec<IndexFacts> {
    vec![
        index(&["id"], ""),
        index(
            &["status", "created_at"],
            "(status = ANY (ARRAY['pending'::text, 'paused'::text, 'processing'::text]))",
        ),
        index(&["finished_at"], "(status = 'failed'::text)"),
        index(&["worker_name", "finished_at"], "(finished_at IS NOT NULL)"),
        index(
            &["finished_at"],
            "(status = ANY (ARRAY['completed'::text, 'failed'::text]))",
        ),
        index(&["job_type"], "(status = 'pending'::text)"),
    ]
}

fn exposed(name: &str, to_anon: bool, guard: Guard) -> Exposed {
    Exposed {
        relation: relation(name),
        to_anon,
        guard,
    }
}

fn exposure(relations: Vec<Exposed>) -> Exposure {
    Exposure {
        roles: vec!["anon".to_owned(), "authenticated".to_owned()],
        ops: Vec::new(),
        relations,
        business: vec![relation("plaintiffs"), relation("crm.cases")],
    }
}

fn facts() -> SchemaFacts {
    SchemaFacts {
        tables: look(vec![table("ops.job_queue", TableShape::Fits)]),
        statuses: look(Some(statuses(&[PINNED]))),
        strays: look(Vec::new()),
        exposure: look(exposure(vec![exposed("plaintiffs", true, Guard::Policies)])),
        functions: look(vec![function(false, true)]),
        indexes: look(Some(indexes())),
    }
}

fn function(is_open: bool, has_path: bool) -> OwnersFunction {
    OwnersFunction {
        signature: "ops.hold_job()".to_owned(),
        is_open,
        has_path,
    }
}

fn rows(facts: &SchemaFacts, id: &str) -> Vec<(Verdict, Option<Code>, Option<String>)> {
    let rows: Vec<_> = judge(facts)
        .into_iter()
        .filter(|check| check.id == id)
        .map(|check| (check.verdict, check.code, check.subject))
        .collect();
    assert!(!rows.is_empty(), "{id} is missing");
    rows
}

fn verdict(facts: &SchemaFacts, id: &str) -> Verdict {
    rows(facts, id)[0].0
}

#[test]
fn a_sound_schema_is_ok_in_every_row() {
    for check in judge(&facts()) {
        assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
    }
}

#[test]
fn what_could_not_be_looked_at_is_unknown_in_every_row() {
    let before = "database.reach";
    let facts = SchemaFacts {
        tables: Look::after(before),
        statuses: Look::after(before),
        strays: Look::after(before),
        exposure: Look::after(before),
        functions: Look::after(before),
        indexes: Look::after(before),
    };
    let checks = judge(&facts);
    let ids: Vec<_> = checks.iter().map(|check| check.id).collect();
    let expected = [
        "schema.table",
        "schema.job-statuses",
        "schema.rls",
        "schema.grants",
        "schema.functions",
        "schema.indexes",
    ];
    assert_eq!(ids, expected);
    assert!(
        checks
            .iter()
            .all(|check| check.verdict == Verdict::Unknown && check.summary.contains(before))
    );
}

#[test]
fn a_table_that_the_report_needs_is_critical_and_one_for_actions_a_warning() {
    let differs = || TableShape::Differs("missing: status".to_owned());
    let facts = SchemaFacts {
        tables: look(vec![
            table("ops.worker_heartbeats", TableShape::Absent),
            table("ops.job_queue", differs()),
            table("ops.worker_heartbeats.started_at", TableShape::Absent),
            table("ops.audit_log", differs()),
            table("ops.queue_pauses", TableShape::Fits),
        ]),
        ..facts()
    };
    let found: Vec<_> = rows(&facts, "schema.table")
        .into_iter()
        .map(|(verdict, code, _)| (verdict, code))
        .collect();
    let (critical, warning) = (Verdict::Critical, Verdict::Warning);
    let schema = Some(Code::ValSchema);
    assert_eq!(
        found,
        [
            (critical, schema),
            (critical, schema),
            (warning, schema),
            (warning, schema),
            (Verdict::Ok, None),
        ]
    );
}

#[test]
fn a_state_that_is_not_allowed_is_critical_and_one_that_nobody_knows_a_warning() {
    let id = "schema.job-statuses";
    let stray = || {
        look(vec![Stray {
            status: Some("done".to_owned()),
            jobs: 3,
        }])
    };
    let with = |statuses, strays| SchemaFacts {
        statuses: look(statuses),
        strays,
        ..facts()
    };
    let labels = |labels: &[&str]| Statuses {
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..Statuses::default()
    };
    let narrow = "CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text])))";
    for (statuses, strays, expected) in [
        (Some(statuses(&[PINNED])), look(Vec::new()), Verdict::Ok),
        (Some(statuses(&[])), look(Vec::new()), Verdict::Ok),
        (Some(statuses(&[])), stray(), Verdict::Warning),
        (
            Some(statuses(&[narrow])),
            look(Vec::new()),
            Verdict::Critical,
        ),
        (
            Some(statuses(&[PINNED, narrow])),
            look(Vec::new()),
            Verdict::Critical,
        ),
        (Some(labels(STATUSES)), look(Vec::new()), Verdict::Ok),
        (
            Some(labels(&["pending"])),
            look(Vec::new()),
            Verdict::Critical,
        ),
        (None, look(Vec::new()), Verdict::Unknown),
        (
            Some(statuses(&[])),
            Look::after("database.reach"),
            Verdict::Unknown,
        ),
    ] {
        let shown = format!("{statuses:?}");
        assert_eq!(verdict(&with(statuses, strays), id), expected, "{shown}");
    }
}

#[test]
fn states_are_pinned_only_by_what_really_limits_them() {
    assert!(statuses(&[PINNED]).is_pinned());
    assert!(!statuses(&[]).is_pinned());
    assert!(!statuses(&["CHECK ((length(status) > 0))"]).is_pinned());
    assert!(!statuses(&["CHECK ((status <> ''::text))"]).is_pinned());
    let varchar = "CHECK (((status)::text = ANY ((ARRAY['pending'::character varying])::text[])))";
    assert!(statuses(&[varchar]).is_pinned());
    assert!(!statuses(&[&format!("{PINNED} NOT VALID")]).is_pinned());
    let nullable = Statuses {
        may_be_null: true,
        ..statuses(&[PINNED])
    };
    assert!(!nullable.is_pinned());
}

#[test]
fn what_anybody_can_read_is_critical_where_it_is_the_business() {
    let id = "schema.rls";
    let with = |relations| SchemaFacts {
        exposure: look(exposure(relations)),
        ..facts()
    };
    let forbidden = Some(Code::AuthForbidden);
    for (exposed, expected) in [
        (
            exposed("plaintiffs", true, Guard::NoPolicies),
            (Verdict::Critical, forbidden),
        ),
        (
            exposed("plaintiffs", true, Guard::Owner),
            (Verdict::Critical, forbidden),
        ),
        (
            exposed("crm.cases", true, Guard::Impossible),
            (Verdict::Critical, forbidden),
        ),
        (
            exposed("plaintiffs", false, Guard::NoPolicies),
            (Verdict::Warning, forbidden),
        ),
        (
            exposed("countries", true, Guard::NoPolicies),
            (Verdict::Warning, forbidden),
        ),
        (
            exposed("plaintiffs", true, Guard::Policies),
            (Verdict::Ok, None),
        ),
        (
            exposed("plaintiffs", true, Guard::Invoker),
            (Verdict::Ok, None),
        ),
        (
            exposed("storage.buckets", true, Guard::NoPolicies),
            (Verdict::Ok, None),
        ),
    ] {
        let shown = format!("{exposed:?}");
        let (verdict, code, _) = rows(&with(vec![exposed]), id)[0].clone();
        assert_eq!((verdict, code), expected, "{shown}");
    }
    let many = (0..30).map(|n| exposed(&format!("t{n}"), false, Guard::NoPolicies));
    let worst = std::iter::once(exposed("plaintiffs", true, Guard::NoPolicies));
    let found = rows(&with(many.chain(worst).collect()), id);
    assert_eq!(found.len(), LISTED + 1);
    assert_eq!(found[0].0, Verdict::Critical, "the worst is not left out");
    let elsewhere = SchemaFacts {
        exposure: look(Exposure::default()),
        ..facts()
    };
    assert_eq!(verdict(&elsewhere, id), Verdict::Ok);
}

#[test]
fn a_schema_of_ours_that_is_granted_outside_is_critical() {
    let granted = SchemaFacts {
        exposure: look(Exposure {
            ops: vec!["anon".to_owned()],
            ..exposure(Vec::new())
        }),
        ..facts()
    };
    assert_eq!(verdict(&granted, "schema.grants"), Verdict::Critical);
    assert_eq!(verdict(&facts(), "schema.grants"), Verdict::Ok);
}

#[test]
fn an_index_counts_by_what_it_serves() {
    let id = "schema.indexes";
    for left_out in 1..6 {
        let mut some = indexes();
        some.remove(left_out);
        let facts = SchemaFacts {
            indexes: look(Some(some)),
            ..facts()
        };
        assert_eq!(verdict(&facts, id), Verdict::Warning, "without {left_out}");
    }
    let whole = SchemaFacts {
        indexes: look(Some(vec![
            index(&["status", "finished_at"], ""),
            index(&["worker_name", "finished_at"], ""),
            index(&["finished_at"], ""),
            index(&["job_type"], ""),
            index(&["status", "job_type"], "(status <> 'completed'::text)"),
        ])),
        ..facts()
    };
    assert_eq!(verdict(&whole, id), Verdict::Ok);
    let absent = SchemaFacts {
        indexes: look(None),
        ..facts()
    };
    assert_eq!(verdict(&absent, id), Verdict::Unknown);
}

#[test]
fn a_section_that_failed_keeps_its_code() {
    let facts = SchemaFacts {
        exposure: Look {
            found: Err(Missed::Failed(Fault::new(Code::DbTimeout, "slow"))),
            took: Duration::ZERO,
        },
        ..facts()
    };
    for id in ["schema.rls", "schema.grants"] {
        let (verdict, code, _) = rows(&facts, id)[0].clone();
        assert_eq!((verdict, code), (Verdict::Unknown, Some(Code::DbTimeout)));
    }
}

#[test]
fn a_function_that_hands_its_owners_rights_on_is_named() {
    for (is_open, has_path, expected) in [
        (false, true, Verdict::Ok),
        (false, false, Verdict::Warning),
        (true, true, Verdict::Critical),
        (true, false, Verdict::Critical),
    ] {
        let mut facts = facts();
        facts.functions = look(vec![function(false, true), function(is_open, has_path)]);
        assert_eq!(
            verdict(&facts, "schema.functions"),
            expected,
            "{is_open} {has_path}"
        );
    }
}
