//! Each limit at its value, each sentence in full.

use super::*;

fn said(checks: &[Check]) -> Vec<(&str, Verdict, &str)> {
    checks
        .iter()
        .map(|check| {
            let subject = check.subject.as_deref().unwrap_or_default();
            (subject, check.verdict, check.summary.as_str())
        })
        .collect()
}

#[test]
fn a_table_is_said_to_be_there_or_what_needs_it() {
    let checks = judge_tables(&look(vec![
        table("ops.job_queue", TableShape::Absent),
        table("ops.worker_heartbeats", TableShape::Differs("x".to_owned())),
        table("ops.audit_log", TableShape::Absent),
        table("ops.job_queue.x", TableShape::Differs("y".to_owned())),
        table("ops.queue_pauses", TableShape::Fits),
    ]));
    let expected = [
        (
            "ops.job_queue",
            Verdict::Critical,
            "It does not exist, and the activity report needs it.",
        ),
        (
            "ops.worker_heartbeats",
            Verdict::Critical,
            "It is of another shape, and the activity report needs it; x.",
        ),
        (
            "ops.audit_log",
            Verdict::Warning,
            "It does not exist, and actions need it.",
        ),
        (
            "ops.job_queue.x",
            Verdict::Warning,
            "It is of another shape, and actions need it; y.",
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
        tables: in_vain(failed()),
        statuses: in_vain(failed()),
        strays: look(Vec::new()),
        exposure: in_vain(failed()),
        functions: in_vain(failed()),
        indexes: in_vain(failed()),
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
fn a_state_that_is_missing_or_strange_is_named() {
    let narrow =
        "CHECK ((status = ANY (ARRAY['pending'::text, 'paused'::text, 'completed'::text])))";
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
    for (constraints, strays, verdict, summary) in [
        (
            vec![narrow],
            Vec::new(),
            Verdict::Critical,
            "ops.job_queue.status may not be processing or failed: whatever sets it fails.",
        ),
        (
            vec![],
            strays,
            Verdict::Warning,
            "Jobs are in a state that no worker knows, and nothing counts them: 3 in done, 1 in null.",
        ),
        (
            vec![PINNED],
            Vec::new(),
            Verdict::Ok,
            "pending, paused, processing, completed, failed.",
        ),
    ] {
        let check = judge_statuses(&look(Some(statuses(&constraints))), &look(strays));
        assert_eq!((check.verdict, check.summary.as_str()), (verdict, summary));
    }
    let absent = judge_statuses(&look(None), &look(Vec::new()));
    let summary = "Not looked at, because schema.table [ops.job_queue] failed.";
    assert_eq!(
        (absent.summary.as_str(), absent.took.as_millis()),
        (summary, 4)
    );
}

#[test]
fn only_a_list_of_what_is_allowed_limits_a_state() {
    for (constraint, expected) in [
        (PINNED, true),
        ("CHECK ((status = 'pending'::text))", true),
        ("CHECK ((status <> 'x'::text))", false),
        (
            "CHECK (((status = 'a'::text) AND (status <> 'x'::text)))",
            false,
        ),
        ("CHECK ((NOT (status = 'x'::text)))", false),
        ("CHECK ((length(status) > 0))", false),
    ] {
        assert_eq!(is_list(constraint), expected, "{constraint}");
    }
    let found: Vec<_> = literals("a = 'b'::text OR c = 'd e'").into_iter().collect();
    assert_eq!(found, ["b", "d e"]);
    assert!(literals("none").is_empty());
}

#[test]
fn states_are_pinned_where_no_other_can_be() {
    let not_valid = format!("{PINNED} NOT VALID");
    let wide = "CHECK ((status = ANY (ARRAY['pending'::text, 'lost'::text])))";
    let labels = |labels: &[&str], may_be_null| Statuses {
        may_be_null,
        constraints: Vec::new(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    for (statuses, expected) in [
        (statuses(&[PINNED]), true),
        (statuses(&[PINNED, wide]), true),
        (statuses(&[wide]), false),
        (statuses(&[PINNED, &not_valid]), false),
        (statuses(&[PINNED, "CHECK ((length(status) > 0))"]), true),
        (labels(&["pending"], false), true),
        (labels(&["pending", "lost"], false), false),
        (labels(&["pending"], true), false),
    ] {
        assert_eq!(statuses.is_pinned(), expected, "{statuses:?}");
    }
    // Not yet checked for old rows, it does limit what is written from now on.
    let narrow = format!("{} NOT VALID", PINNED.replace("'failed'", "'lost'"));
    let allowed = statuses(&[PINNED, &narrow]).allowed().expect("a limit");
    assert!(!allowed.contains("failed") && !allowed.contains("lost"));
    assert_eq!(allowed.len(), 4);
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
fn an_index_holds_what_its_predicate_does_not_leave_out() {
    for (predicate, status, expected) in [
        ("", "failed", true),
        ("(status = 'failed'::text)", "failed", true),
        ("(status = 'failed'::text)", "pending", false),
        ("(status <> 'failed'::text)", "failed", false),
        ("(status <> 'failed'::text)", "pending", true),
    ] {
        assert_eq!(
            index(&["a"], predicate).holds(status),
            expected,
            "{predicate} {status}"
        );
    }
    for (columns, expected) in [
        (&["a", "b"][..], true),
        (&["a", "b", "c"], true),
        (&["a"], false),
        (&["a", "c"], false),
        (&["b", "a"], false),
    ] {
        assert_eq!(
            index(columns, "").begins_with(&["a", "b"]),
            expected,
            "{columns:?}"
        );
    }
}

#[test]
fn an_index_that_is_missing_is_named_by_what_it_serves() {
    let what = |indexes: Vec<IndexFacts>| judge_indexes(Some(&indexes)).summary;
    let missing = |what: &str| {
        format!(
            "ops.job_queue has no usable index for {what}: counting gets slower with every job \
             that was ever done."
        )
    };
    let without = |left_out: usize| {
        let mut some = indexes();
        some.remove(left_out);
        some
    };
    for (left_out, name) in [
        (1, "the backlog by status"),
        (2, "what failed lately"),
        (3, "what each worker finished last"),
        (4, "what anybody finished last"),
        (5, "what is pending by type"),
    ] {
        assert_eq!(what(without(left_out)), missing(name));
    }
    assert_eq!(
        what(Vec::new()),
        missing(
            "the backlog by status, nor for what failed lately, nor for what each worker finished last, \
             nor for what anybody finished last, nor for what is pending by type"
        )
    );
    assert_eq!(what(indexes()), "The queue can be counted by its indexes.");
    // An index serves only what it holds, and by its first columns.
    let nearly = |columns: &[&str], predicate: &str| {
        vec![
            index(columns, predicate),
            index(&["worker_name", "finished_at"], ""),
        ]
    };
    for (columns, predicate, serves) in [
        (&["status"][..], "", "the backlog by status"),
        (
            &["status"],
            "(status = ANY (ARRAY['pending'::text, 'paused'::text]))",
            "",
        ),
        (
            &["status", "finished_at"],
            "(status = 'failed'::text)",
            "what failed lately",
        ),
        (
            &["status", "finished_at"],
            "(status = 'completed'::text)",
            "",
        ),
        (&["finished_at"], "(status = 'completed'::text)", ""),
        (&["finished_at"], "", "what anybody finished last"),
        (&["job_type"], "(status = 'paused'::text)", ""),
        (&["job_type"], "", "what is pending by type"),
    ] {
        let summary = what(nearly(columns, predicate));
        for name in [
            "the backlog by status",
            "what failed lately",
            "what anybody finished last",
            "what is pending by type",
        ] {
            assert_eq!(
                !summary.contains(name),
                name == serves,
                "{columns:?} {predicate}: {summary}"
            );
        }
    }
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
