//! Each limit at its value, each sentence in full.

use std::collections::BTreeMap;

use super::*;
use crate::domain::check::said;
use crate::domain::tables::states::StateWords;

#[test]
fn a_table_is_said_to_be_there_or_what_needs_it() {
    let checks = judge_tables(&look(vec![
        table("ops.audit_log", TableShape::Absent),
        table("ops.queue_holds", TableShape::Differs("y".to_owned())),
        table("ops.queue_pauses", TableShape::Fits),
    ]));
    let expected = [
        (
            "ops.audit_log",
            Verdict::Warning,
            "It does not exist, and actions, the history or incidents need it.",
        ),
        (
            "ops.queue_holds",
            Verdict::Warning,
            "It is of another shape, and actions, the history or incidents need it; y.",
        ),
        (
            "ops.queue_pauses",
            Verdict::Ok,
            "It is there, with the columns and types that are relied on.",
        ),
    ];
    assert_eq!(said(&checks), expected);
}

fn in_vain<T>(missed: Missed) -> Look<T> {
    Look {
        found: Err(missed),
        took: Duration::from_millis(2),
    }
}

#[test]
fn every_row_says_how_long_its_look_took() {
    let open = SchemaFacts {
        exposure: look(exposure(vec![exposed("a", true, Guard::NoPolicies)])),
        functions: look(vec![function(true, true)]),
        ..facts()
    };
    let failed = || Missed::Failed(Fault::new(Code::DbTimeout, "slow"));
    let unread = SchemaFacts {
        hidden: in_vain(failed()),
        layout: in_vain(failed()),
        tables: in_vain(failed()),
        holding: in_vain(failed()),
        strays: look(Vec::new()),
        exposure: in_vain(failed()),
        functions: in_vain(failed()),
    };
    for facts in [facts(), open, unread] {
        for check in judge(&facts) {
            // The states of jobs take two looks.
            let looks = if check.id == "schema.job-statuses" {
                2
            } else {
                1
            };
            assert_eq!(check.took.as_millis(), 2 * looks, "{check:?}");
        }
    }
}

#[test]
fn a_state_that_is_strange_is_named_and_what_the_words_mean_is_said() {
    let strays = vec![
        Stray {
            status: Some("done".to_owned()),
            jobs: 3,
        },
        Stray {
            status: None,
            jobs: 1,
        },
    ];
    let free = || {
        with_queue(|queue| {
            queue.states = StateWords::of(
                &BTreeMap::new(),
                Some(&["queued".to_owned(), "failed".to_owned()]),
                &[],
            );
        })
    };
    let unknown = with_queue(|queue| queue.states.unknown = vec!["blue".to_owned()]);
    for (layout, strays, verdict, summary) in [
        (
            with_queue(|_| {}),
            strays,
            Verdict::Warning,
            "Jobs are in a state whose meaning is not known, and nothing counts them: 3 in done, 1 in null.",
        ),
        (
            unknown,
            Vec::new(),
            Verdict::Warning,
            "ops.job_queue.status may be blue, and what that means is not known.",
        ),
        (
            with_queue(|_| {}),
            Vec::new(),
            Verdict::Ok,
            "pending, paused, processing, completed, failed.",
        ),
        (
            free(),
            Vec::new(),
            Verdict::Ok,
            "pending is queued, failed.",
        ),
    ] {
        let check = judge_statuses(&layout, &look(strays));
        assert_eq!((check.verdict, check.summary.as_str()), (verdict, summary));
    }
    let absent = look(Layout {
        queue: Err(Fault::new(Code::ValSchema, "none")),
        ..layout()
    });
    let absent = judge_statuses(&absent, &look(Vec::new()));
    let summary = "Not looked at, because schema.table of the queue failed.";
    assert_eq!(
        (absent.summary.as_str(), absent.took.as_millis()),
        (summary, 4)
    );
}

#[test]
fn what_can_be_read_by_others_is_said_with_who_and_how() {
    let checks = judge_rls(&exposure(vec![
        exposed("a", false, Guard::NoPolicies),
        exposed("b", true, Guard::Owner),
        exposed("plaintiffs", true, Guard::Impossible),
        exposed("crm.cases", false, Guard::Owner),
        exposed("crm.other", true, Guard::NoPolicies),
        exposed("c", true, Guard::Invoker),
    ]));
    let (who, anybody) = (
        "Whoever has signed up (authenticated) may read all of it: it",
        "Anybody on the internet (anon) may read all of it:",
    );
    let expected = [
        (
            "plaintiffs",
            Verdict::Critical,
            format!("{anybody} no row level security is possible for its kind."),
        ),
        (
            "a",
            Verdict::Warning,
            format!("{who} has no row level security."),
        ),
        (
            "b",
            Verdict::Warning,
            format!("{anybody} it is a view that reads as its owner."),
        ),
        (
            "crm.cases",
            Verdict::Warning,
            format!("{who} is a view that reads as its owner."),
        ),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, verdict, summary)| (*name, *verdict, summary.as_str()))
        .collect();
    assert_eq!(said(&checks), expected);
    let guarded = judge_rls(&exposure(vec![
        exposed("a", true, Guard::Policies),
        exposed("b", true, Guard::Invoker),
    ]));
    assert_eq!(
        guarded[0].summary,
        "2 relations may be read through PostgREST, each limited by row level security."
    );
    let nothing = judge_rls(&exposure(Vec::new()));
    assert_eq!(
        nothing[0].summary,
        "Neither anon nor authenticated may read anything in public."
    );
    let nobody = judge_rls(&Exposure::default());
    assert_eq!(
        nobody[0].summary,
        "There is no role anon or authenticated: nothing is exposed through PostgREST."
    );
}

#[test]
fn twenty_open_relations_have_a_row_and_the_others_are_counted() {
    for (open, rows, last) in [
        (20, 20, None),
        (
            21,
            21,
            Some("1 more relations can be read past row level security."),
        ),
        (
            23,
            21,
            Some("3 more relations can be read past row level security."),
        ),
    ] {
        let relations = (0..open).map(|n| exposed(&format!("t{n}"), true, Guard::NoPolicies));
        let checks = judge_rls(&exposure(relations.collect()));
        assert_eq!(checks.len(), rows);
        let sum = checks.last().filter(|check| check.subject.is_none());
        assert_eq!(sum.map(|check| check.summary.as_str()), last);
        assert!(checks.iter().all(|check| check.verdict == Verdict::Warning));
    }
}

#[test]
fn who_may_use_our_schema_is_named() {
    let granted = judge_ops(&Exposure {
        ops: vec!["anon".to_owned(), "authenticated".to_owned()],
        ..Exposure::default()
    });
    assert_eq!(
        (granted.code, granted.summary.as_str()),
        (
            Some(Code::AuthForbidden),
            "anon and authenticated may use the schema ops, which is nobody's business outside."
        )
    );
}

#[test]
fn a_function_that_is_safe_is_not_named_and_the_others_are() {
    let of = |name: &str, is_open, has_path| OwnersFunction {
        signature: name.to_owned(),
        ..function(is_open, has_path)
    };
    let checks = judge_functions(&look(vec![
        of("a()", true, true),
        of("b()", false, false),
        of("c()", false, true),
    ]));
    let rows: Vec<_> = said(&checks).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(rows, ["a()", "b()"]);
    assert!(
        checks
            .iter()
            .all(|check| check.code == Some(Code::AuthForbidden))
    );
    let safe = judge_functions(&look(vec![of("c()", false, true)]));
    assert_eq!(
        said(&safe),
        [(
            "",
            Verdict::Ok,
            "No function of the schema ops hands its owner's rights on."
        )]
    );
}
