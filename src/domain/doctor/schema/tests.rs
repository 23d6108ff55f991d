//! Each finding fires on one fixture and not on another.

mod exact;

use std::time::Duration;

use super::exposure::{LISTED, judge_ops, judge_rls};
use super::*;
use crate::domain::pause::Claims;
use crate::domain::tables::layout::READ_WHOLE;
use crate::domain::tables::{HeartbeatLayout, IndexFacts, QueueLayout};

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

fn layout() -> Layout {
    Layout {
        queue: Ok(QueueLayout {
            indexes: indexes(),
            ..QueueLayout::ours()
        }),
        queue_name: "ops.job_queue".to_owned(),
        heartbeats: Err(Fault::new(Code::ValSchema, "There is none.")),
        heartbeats_name: "ops.worker_heartbeats".to_owned(),
    }
}

/// The layout with a queue that is changed like this.
fn with_queue(change: impl FnOnce(&mut QueueLayout)) -> Look<Layout> {
    let mut found = layout();
    if let Ok(queue) = &mut found.queue {
        change(queue);
    }
    look(found)
}

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
    let mut layout = layout();
    layout.heartbeats = Ok(HeartbeatLayout::of_test());
    SchemaFacts {
        hidden: look(Vec::new()),
        layout: look(layout),
        tables: look(vec![table("ops.audit_log", TableShape::Fits)]),
        holding: look(Holding {
            way: Ok(HoldBy::State),
            has_triggers: true,
        }),
        strays: look(Vec::new()),
        exposure: look(exposure(vec![exposed("plaintiffs", true, Guard::Policies)])),
        functions: look(vec![function(false, true)]),
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
        hidden: Look::after(before),
        layout: Look::after(before),
        tables: Look::after(before),
        holding: Look::after(before),
        strays: Look::after(before),
        exposure: Look::after(before),
        functions: Look::after(before),
    };
    let checks = judge(&facts);
    let ids: Vec<_> = checks.iter().map(|check| check.id).collect();
    let expected = [
        "schema.table",
        "schema.table",
        "schema.job-statuses",
        "schema.pauses",
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
        layout: look(layout()),
        tables: look(vec![
            table("ops.audit_log", differs()),
            table("ops.queue_pauses", TableShape::Absent),
            table("ops.queue_holds", TableShape::Fits),
        ]),
        ..facts()
    };
    let found = rows(&facts, "schema.table");
    let (critical, warning) = (Verdict::Critical, Verdict::Warning);
    let schema = Some(Code::ValSchema);
    let subject = |name: &str| Some(name.to_owned());
    assert_eq!(
        found,
        [
            (critical, schema, subject("ops.worker_heartbeats")),
            (Verdict::Ok, None, subject("ops.job_queue")),
            (warning, schema, subject("ops.audit_log")),
            (warning, schema, subject("ops.queue_pauses")),
            (Verdict::Ok, None, subject("ops.queue_holds")),
        ]
    );
}

#[test]
fn a_table_says_what_its_columns_are_and_what_none_is() {
    let checks = judge_layout(&facts().layout);
    assert_eq!(
        checks[1].summary,
        "It is the queue: id is id, type is job_type, state is status, created is created_at, \
         started is started_at, finished is finished_at, worker is worker_name; it has none for due, failed, updated."
    );
}

#[test]
fn a_state_without_a_meaning_is_a_warning() {
    let id = "schema.job-statuses";
    let stray = vec![Stray {
        status: Some("done".to_owned()),
        jobs: 3,
    }];
    let unknown = with_queue(|queue| queue.states.unknown = vec!["blue".to_owned()]);
    for (layout, strays, expected) in [
        (with_queue(|_| {}), look(Vec::new()), Verdict::Ok),
        (with_queue(|_| {}), look(stray), Verdict::Warning),
        (unknown, look(Vec::new()), Verdict::Warning),
        (
            with_queue(|_| {}),
            Look::after("database.reach"),
            Verdict::Unknown,
        ),
        (
            Look::after("database.reach"),
            look(Vec::new()),
            Verdict::Unknown,
        ),
    ] {
        let facts = SchemaFacts {
            layout,
            strays,
            ..facts()
        };
        assert_eq!(verdict(&facts, id), expected);
    }
}

#[test]
fn how_a_pause_holds_is_said_and_why_it_cannot() {
    let id = "schema.pauses";
    let refused = HoldBy::choose(
        &QueueLayout {
            is_table: false,
            ..QueueLayout::ours()
        },
        &Claims::Unknown,
    );
    for (way, has_triggers, expected) in [
        (Ok(HoldBy::State), true, Verdict::Ok),
        (Ok(HoldBy::Due), true, Verdict::Ok),
        (Ok(HoldBy::State), false, Verdict::Warning),
        (refused, true, Verdict::Warning),
    ] {
        let holding = look(Holding { way, has_triggers });
        let facts = SchemaFacts { holding, ..facts() };
        assert_eq!(verdict(&facts, id), expected);
    }
}

#[test]
fn rows_that_may_be_hidden_are_unknown_and_name_the_policy() {
    let fault =
        Fault::new(Code::AuthForbidden, "hidden").caused_by(vec!["CREATE POLICY".to_owned()]);
    // Our role sees all of it: what it counts is so, and only what arrives would not be held.
    let of_triggers = judge_hidden(&look(vec![(relation("ops.jobs"), fault.clone())]));
    assert_eq!(of_triggers[0].verdict, Verdict::Warning);
    let fault = fault.of_kind(FaultKind::RowsHidden);
    let checks = judge_hidden(&look(vec![(relation("ops.job_queue"), fault)]));
    let row = &checks[0];
    assert_eq!(
        (
            row.verdict,
            row.code,
            row.subject.as_deref(),
            row.advice.as_deref()
        ),
        (
            Verdict::Unknown,
            Some(Code::AuthForbidden),
            Some("ops.job_queue"),
            Some("CREATE POLICY")
        )
    );
    assert_eq!(judge_hidden(&look(Vec::new()))[0].verdict, Verdict::Ok);
    let unread = judge_hidden(&Look::after("database.reach"));
    assert_eq!(unread[0].verdict, Verdict::Unknown);
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
fn an_index_that_is_missing_has_a_row_that_says_what_it_costs() {
    let few = with_queue(|queue| {
        queue.is_ours = false;
        queue.indexes.truncate(2);
        queue.rows = Some(5_000);
        queue.bytes = 3 * 1_048_576;
    });
    let rows = judge_indexes(&few);
    let said: Vec<_> = rows
        .iter()
        .map(|row| (row.verdict, row.subject.as_deref().unwrap_or_default()))
        .collect();
    let warning = Verdict::Warning;
    assert_eq!(
        said,
        [
            (warning, "what failed lately"),
            (warning, "what anybody finished last"),
            (warning, "what each worker finished last"),
            (warning, "what is pending by type"),
        ]
    );
    assert_eq!(
        rows[0].summary,
        "ops.job_queue has no usable index for what failed lately: each look reads all of its about 5000 rows (3 MB)."
    );
    assert_eq!(
        rows[0].advice.as_deref(),
        Some(
            "CREATE INDEX CONCURRENTLY ON \"ops\".\"job_queue\" (\"finished_at\") WHERE \"status\" = 'failed';"
        )
    );
    let ours = judge_indexes(&with_queue(|queue| {
        queue.indexes.truncate(2);
        queue.bytes = READ_WHOLE + 1;
    }));
    assert!(
        ours[0]
            .advice
            .as_deref()
            .is_some_and(|text| text.starts_with("dragonfly-ops migrate"))
    );
    let whole = judge_indexes(&with_queue(|_| {}));
    assert_eq!((whole.len(), whole[0].verdict), (1, Verdict::Ok));
}

#[test]
fn no_index_is_missed_where_it_makes_no_difference() {
    let with_bytes = |bytes| {
        judge_indexes(&with_queue(|queue| {
            queue.indexes.truncate(4);
            queue.bytes = bytes;
        }))
    };
    for (bytes, size) in [(0, 0), (READ_WHOLE, 64)] {
        let rows = with_bytes(bytes);
        assert_eq!((rows.len(), rows[0].verdict), (1, Verdict::Ok));
        assert_eq!(
            rows[0].summary,
            format!(
                "ops.job_queue has no usable index for what anybody finished last, nor for what is pending by type, \
                 and at {size} kB it makes no difference: so small a table is as well read whole."
            )
        );
    }
    let rows = with_bytes(READ_WHOLE + 8_192);
    assert_eq!((rows.len(), rows[0].verdict), (2, Verdict::Warning));
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
