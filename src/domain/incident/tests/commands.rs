//! What people want, and what is refused.

use super::*;

fn text() -> String {
    "what somebody says".to_owned()
}

fn resolve(against: Option<&str>, verdict: Verdict) -> Deed {
    Deed::Resolve {
        all_clear: boxes(verdict),
        against: against.map(str::to_owned),
    }
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let note = |text: &str, corrects: Option<&str>| Deed::Note {
        text: text.to_owned(),
        corrects: corrects.map(str::to_owned),
    };
    let item = |title: &str, issue: &str| ActionItem {
        title: title.to_owned(),
        issue: Some(issue.to_owned()),
        ..ActionItem::default()
    };
    let new_item = |now: ActionItem| Deed::ActionItem { item: None, now };
    for (of, deed, code) in [
        ("DB-18", Deed::Acknowledge, Code::ValInput),
        ("DB-17", note(" ", None), Code::ValInput),
        ("DB-17", note("\u{1b}[2J", None), Code::ValInput),
        (
            "DB-17",
            note("it is another", Some("DB-18/opened/1")),
            Code::ValInput,
        ),
        (
            "DB-17",
            Deed::Remedy {
                action: String::new(),
                audit_id: None,
                at: None,
            },
            Code::ValInput,
        ),
        ("DB-17", resolve(None, Verdict::Ok), Code::ValData),
        ("DB-17", resolve(Some(""), Verdict::Ok), Code::ValInput),
        ("DB-17", Deed::Reopen { reason: text() }, Code::ValData),
        ("DB-17", Deed::Close, Code::ValData),
        (
            "DB-17",
            Deed::Attach(Piece {
                sha256: "x".to_owned(),
                ..Piece::of(&text(), MediaType::Text, b"seen")
            }),
            Code::ValInput,
        ),
        (
            "DB-17",
            Deed::ActionItem {
                item: None,
                now: item("", "https://x.example/1"),
            },
            Code::ValInput,
        ),
        (
            "DB-17",
            Deed::ActionItem {
                item: None,
                now: item("do", "javascript:x"),
            },
            Code::ValInput,
        ),
        (
            "DB-17",
            Deed::ActionItem {
                item: Some(text()),
                now: item("do", "https://x.example/1"),
            },
            Code::ValInput,
        ),
        (
            "DB-17",
            Deed::Write {
                heading: Heading::Impact,
                text: String::new(),
            },
            Code::ValInput,
        ),
        (
            "DB-17",
            new_item(ActionItem {
                due: "-000001-12-24".parse().ok(),
                ..item("x", "https://a.example")
            }),
            Code::ValInput,
        ),
        (
            "DB-17",
            new_item(ActionItem {
                owner: Some("a\0".to_owned()),
                ..item("x", "https://a.example")
            }),
            Code::ValInput,
        ),
        (
            "DB-17",
            new_item(item("x", "https://a.example/\0")),
            Code::ValInput,
        ),
    ] {
        let (before, out) = (stage.incidents.book().clone(), stage.out.len());
        let fault = stage.deed(of, deed.clone()).expect_err("it is refused");
        assert_eq!(fault.code, code, "{deed:?}: {fault}");
        assert_eq!(
            (stage.incidents.book(), stage.out.len()),
            (&before, out),
            "{deed:?}"
        );
    }
    let anonymous = Command {
        id: "1".to_owned(),
        by: String::new(),
        from: Known::Http,
        order: Wish::Of(name("DB-17"), Deed::Acknowledge),
    };
    assert!(
        stage.step(Input::Command(anonymous.clone())).is_err(),
        "no ULID"
    );
    let id = stage.id();
    assert!(
        stage
            .step(Input::Command(Command { id, ..anonymous }))
            .is_err(),
        "nobody"
    );
}

#[test]
fn a_command_that_is_sent_twice_is_done_once() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let order = Wish::Of(
        name("DB-17"),
        Deed::Note {
            text: text(),
            corrects: None,
        },
    );
    let command = Command {
        id: stage.id(),
        by: "ada".to_owned(),
        from: Known::Page,
        order,
    };
    let first = stage.step(Input::Command(command.clone())).expect("a note");
    assert_eq!(first.len(), 1);
    let second = stage.step(Input::Command(command)).expect("the same");
    assert_eq!(second, []);
}

/// Who is told that something was done that was not, at 3 a.m., does not do it again.
#[test]
fn the_key_of_another_order_is_refused_and_the_same_order_from_elsewhere_is_not() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    stage.looks(Series::Queue, "FFF");
    let of = |deed| Wish::Of(name("DB-17"), deed);
    let note = |text: &str| {
        let text = text.to_owned();
        let corrects = None;
        Deed::Note { text, corrects }
    };
    let open = |title: &str, severity| Wish::Open {
        title: title.to_owned(),
        message: String::new(),
        severity,
        code: None,
    };
    let resolve = |against: &str, boxes: Vec<ClearBox>| Deed::Resolve {
        all_clear: AllClear { boxes },
        against: Some(against.to_owned()),
    };
    let seen = ClearBox {
        name: "doctor".to_owned(),
        verdict: Verdict::Unknown,
        saw: String::new(),
    };
    for (order, same, others) in [
        (
            open("No mail", Some(Severity::P3)),
            open("No mail", Some(Severity::P3)),
            vec![
                open("No mail", Some(Severity::P1)),
                open("No login", Some(Severity::P3)),
                of(note("No mail")),
            ],
        ),
        (
            of(note("a")),
            of(note("a")),
            vec![
                of(note("b")),
                of(Deed::Mitigate {
                    text: "a".to_owned(),
                }),
                Wish::Of(name("QUEUE-17"), note("a")),
            ],
        ),
        (
            of(Deed::Acknowledge),
            of(Deed::Acknowledge),
            vec![of(Deed::Close)],
        ),
        // How the boxes stand is seen, and not ordered.
        (
            of(resolve("it was a test", Vec::new())),
            of(resolve("it was a test", vec![seen])),
            vec![of(resolve("it is late", Vec::new()))],
        ),
    ] {
        let command = |by: &str, order| {
            Input::Command(Command {
                id: Ulid::from(1_u128 << 90).to_string(),
                by: by.to_owned(),
                from: Known::Http,
                order,
            })
        };
        let mut stage = stage.clone();
        stage
            .step(command("ada (http: ::1)", order))
            .expect("it is done");
        let again = stage.step(command("ada (http: ::2)", same));
        assert_eq!(again.expect("it was done"), []);
        for other in others {
            let fault = stage.step(command("ada (http: ::1)", other.clone()));
            let fault = fault.expect_err("it is another order");
            assert_eq!(fault.code, Code::ValData, "{other:?}");
            assert!(fault.detail.contains("another order"), "{other:?}: {fault}");
        }
    }
}

#[test]
fn a_correction_is_an_entry_that_names_another() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let first = stage
        .deed(
            "db-17",
            Deed::Note {
                text: text(),
                corrects: None,
            },
        )
        .expect("a note");
    let Some(Output::Entry(first)) = first.first() else {
        panic!("it is an entry");
    };
    let corrects = Some(first.id.clone());
    let second = Deed::Note {
        text: "it was\nanother one".to_owned(),
        corrects,
    };
    stage.deed("DB-17", second).expect("a correction");
    let timeline = stage.incidents.book().timeline(&name("DB-17"));
    let notes = timeline.iter().filter(|entry| entry.what.kind() == "note");
    assert_eq!(notes.count(), 2);
}

#[test]
fn the_all_clear_is_refused_while_anything_is_not_green() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    let why = |stage: &mut Stage, deed: Deed| {
        let fault = stage
            .clone()
            .deed("QUEUE-17", deed)
            .expect_err("it is refused");
        assert_eq!(fault.code, Code::ValData);
        fault.detail.into_owned()
    };
    assert!(why(&mut stage, resolve(None, Verdict::Ok)).contains("still fails"));
    stage.looks(Series::Queue, "?");
    stage.looks(Series::Queue, "G");
    assert!(why(&mut stage, resolve(None, Verdict::Ok)).contains("nobody has seen"));
    stage.looks(Series::Queue, "GGG");
    assert!(why(&mut stage, resolve(None, Verdict::Ok)).contains("1 of 5 min"));
    assert!(why(&mut stage, resolve(None, Verdict::Critical)).contains("doctor not green"));
    stage
        .deed("QUEUE-17", resolve(Some("seen by hand"), Verdict::Critical))
        .expect("against the all-clear");
    let incident = stage.of("QUEUE-17");
    assert_eq!(incident.state, State::Resolved);
    assert_eq!(stage.told().last().expect("told"), "QUEUE-17 all_clear 1");
    let timeline = stage.incidents.book().timeline(&name("QUEUE-17"));
    assert!(
        timeline
            .iter()
            .any(|entry| entry.text.contains("seen by hand"))
    );
}

#[test]
fn what_somebody_says_to_be_over_stays_so_while_it_goes_on_failing() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    stage
        .deed("QUEUE-17", resolve(Some("we know"), Verdict::Ok))
        .expect("against the all-clear");
    stage.minutes(Series::Queue, 'F', 10);
    assert_eq!(stage.live(), []);
    // Whatever else begins and ends beside it.
    stage.looks(Series::Db, "AGG");
    stage.minutes(Series::Queue, 'F', 10);
    assert_eq!(stage.live(), [name("DB-17")]);
    stage.looks(Series::Queue, "GGFFF");
    assert_eq!(stage.live().len(), 2);
    stage
        .deed("QUEUE-17", resolve(Some("we know"), Verdict::Ok))
        .expect("again");
    stage
        .deed("QUEUE-17", Deed::Reopen { reason: text() })
        .expect("they think again");
    assert_eq!(stage.of("QUEUE-17").state, State::Open);
}

#[test]
fn a_report_is_complete_before_what_was_critical_or_high_is_closed() {
    let mut stage = Stage::default();
    stage.looks(Series::Supabase, "FFF");
    stage.minutes(Series::Supabase, 'G', 60);
    assert_eq!(stage.of("SUPABASE-17").state, State::Resolved);
    let close = |stage: &mut Stage| stage.deed("SUPABASE-17", Deed::Close);
    for heading in Heading::ALL {
        let fault = close(&mut stage).expect_err("it is not complete");
        assert!(fault.detail.contains(heading.title()), "{fault}");
        stage
            .deed(
                "SUPABASE-17",
                Deed::Write {
                    heading,
                    text: text(),
                },
            )
            .expect("it is written");
    }
    let mut now = ActionItem {
        title: "alert earlier".to_owned(),
        ..ActionItem::default()
    };
    close(&mut stage).expect_err("nothing is to be done");
    stage
        .deed(
            "SUPABASE-17",
            Deed::ActionItem {
                item: None,
                now: now.clone(),
            },
        )
        .expect("an item");
    let fault = close(&mut stage).expect_err("it lacks all");
    assert!(
        fault
            .detail
            .contains("an owner and a date and an issue's link"),
        "{fault}"
    );
    now.owner = Some("ada".to_owned());
    now.due = "2026-12-24".parse().ok();
    now.issue = Some("https://github.com/o/r/issues/1".to_owned());
    let item = stage.of("SUPABASE-17").report.items.keys().next().cloned();
    stage
        .deed("SUPABASE-17", Deed::ActionItem { item, now })
        .expect("it is complete");
    close(&mut stage).expect("all is there");
    assert_eq!(stage.of("SUPABASE-17").state, State::Closed);
    close(&mut stage).expect_err("it is closed");
}

#[test]
fn somebody_opens_an_incident_by_hand() {
    let mut stage = Stage::default();
    let open = |message: &str| Wish::Open {
        title: "Invoices are wrong".to_owned(),
        message: message.to_owned(),
        severity: Some(Severity::P2),
        code: None,
    };
    // What no database keeps.
    let fault = stage.wish(open("three\0")).expect_err("it is refused");
    assert_eq!(fault.code, Code::ValInput);
    assert_eq!(stage.names(), [""; 0]);
    stage.wish(open("three\ncustomers")).expect("it is open");
    let names = stage.names();
    assert!(names[0].starts_with("REPORT-17-"), "{names:?}");
    assert_eq!(stage.told(), [format!("{} told 1", names[0])]);
    assert_eq!(stage.of(&names[0]).severity, Severity::P2);
}

#[test]
fn whoever_is_refused_is_told_what_is_to_be_done_there() {
    let resolve = |against: Option<&str>| Deed::Resolve {
        all_clear: boxes(Verdict::Critical),
        against: against.map(ToOwned::to_owned),
    };
    let reopen = || Deed::Reopen {
        reason: "it is not over".to_owned(),
    };
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let mut refused = Vec::new();
    let mut ask = |stage: &mut Stage, deed: Deed| {
        let fault = stage.deed("DB-17", deed).expect_err("it is refused");
        refused.push(fault);
    };
    ask(&mut stage, resolve(None));
    ask(&mut stage, Deed::Close);
    ask(&mut stage, reopen());
    stage
        .deed("DB-17", resolve(Some("the provider says so")))
        .expect("it is over");
    ask(&mut stage, Deed::Acknowledge);
    ask(&mut stage, Deed::Close);
    let of_code = Code::ValData.entry().first_check;
    for fault in refused {
        assert_eq!(fault.code, Code::ValData);
        let first_check = fault.first_check();
        assert_ne!(first_check, of_code, "{fault}");
        assert!(first_check.contains(" incident "), "{first_check}");
        assert!(first_check.contains("DB-17"), "{first_check}");
    }
}
