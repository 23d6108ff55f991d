use super::*;

fn order() -> Order {
    Order {
        reason: "the mailer sends twice".to_owned(),
        actor: "anna".to_owned(),
        environment: "prod".to_owned(),
        request_id: "1".to_owned(),
        key: None,
        dry_run: false,
    }
}

#[test]
fn an_order_without_a_reason_or_with_a_strange_key_is_refused() {
    assert_eq!(order().validate(), Ok(()));
    let key = |key: &str| Order {
        key: Some(key.to_owned()),
        ..order()
    };
    assert_eq!(key("a-1").validate(), Ok(()));
    let reason = |reason: &str| Order {
        reason: reason.to_owned(),
        ..order()
    };
    for order in [
        reason(""),
        reason("  "),
        reason("a\u{1b}[2Jb"),
        reason("\u{200b}\u{2060}"),
        reason("\u{3164}\u{ad}"),
        reason("..."),
        reason(&"x".repeat(MAX_REASON + 1)),
        key(""),
        key("a b"),
        key(&"x".repeat(MAX_KEY + 1)),
    ] {
        let fault = order.validate().expect_err("it cannot be right");
        assert_eq!(fault.code, Code::ValInput, "{order:?}");
    }
}

#[test]
fn an_action_that_cannot_be_right_is_refused() {
    let pause = |seconds| Action::PauseQueue {
        job_type: None,
        lasts: Some(Duration::from_secs(seconds)),
    };
    let session = |pid| Session {
        pid,
        backend_start: None,
    };
    for (action, ok) in [
        (pause(60), true),
        (pause(0), false),
        (pause(31 * 24 * 3600), false),
        (Action::ResumeQueue { pause: None }, true),
        (Action::ResumeQueue { pause: Some(0) }, false),
        (Action::CancelSession(session(0)), false),
        (Action::TerminateSession(session(7)), true),
        (
            Action::RestartService {
                service: String::new(),
            },
            false,
        ),
    ] {
        assert_eq!(action.validate().is_ok(), ok, "{action:?}");
    }
}

fn session(pid: i32) -> Session {
    Session {
        pid,
        backend_start: Some("2026-11-24 10:00:00+00".to_owned()),
    }
}

#[test]
fn each_action_has_a_name_and_says_what_was_asked_for() {
    let start = "2026-11-24 10:00:00+00";
    for (action, name, parameters) in [
        (
            Action::PauseQueue {
                job_type: Some("mail".to_owned()),
                lasts: Some(Duration::from_secs(90)),
            },
            "queue.pause",
            json!({"job_type": "mail", "seconds": 90}),
        ),
        (
            Action::PauseQueue {
                job_type: None,
                lasts: None,
            },
            "queue.pause",
            json!({"job_type": null, "seconds": null}),
        ),
        (
            Action::ResumeQueue { pause: Some(7) },
            "queue.resume",
            json!({"pause": 7}),
        ),
        (Action::ReloadSchema, "schema.reload", json!({})),
        (
            Action::RestartService {
                service: "intake".to_owned(),
            },
            "workers.restart",
            json!({"service": "intake"}),
        ),
        (
            Action::CancelSession(session(8)),
            "pg.cancel",
            json!({"pid": 8, "backend_start": start}),
        ),
        (
            Action::TerminateSession(session(9)),
            "pg.terminate",
            json!({"pid": 9, "backend_start": start}),
        ),
    ] {
        assert_eq!(action.name(), name);
        assert_eq!(action.parameters(), parameters, "{name}");
        assert_eq!(action.validate(), Ok(()), "{name}");
        let done = Done::new(&action, json!(1), json!(2)).note("a").note("b");
        let expected = json!({
            "action": name, "request": parameters, "dry_run": false, "replayed": false,
            "complete": true, "verified": null, "audit_id": null, "before": 1, "after": 2,
            "notes": ["a", "b"],
        });
        assert_eq!(json!(done), expected);
    }
}

#[test]
fn what_is_allowed_ends_exactly_at_its_limit() {
    let day = 24 * 3600;
    let pause = |seconds| Action::PauseQueue {
        job_type: None,
        lasts: Some(Duration::from_secs(seconds)),
    };
    let of_type = |job_type: &str| Action::PauseQueue {
        job_type: Some(job_type.to_owned()),
        lasts: None,
    };
    let restart = |service: &str| Action::RestartService {
        service: service.to_owned(),
    };
    let long = "A pause lasts from one second to 30 days.";
    let id = "The id of a pause is a positive number.";
    let pid = "A process id is a positive number.";
    for (action, refused) in [
        (pause(1), None),
        (pause(0), Some(long)),
        (pause(30 * day), None),
        (pause(30 * day + 1), Some(long)),
        (of_type(&"x".repeat(100)), None),
        (
            of_type(&"x".repeat(101)),
            Some("The type is longer than 100 characters."),
        ),
        (of_type(" "), Some("The type is missing.")),
        (restart(&"x".repeat(100)), None),
        (
            restart(&"x".repeat(101)),
            Some("The service is longer than 100 characters."),
        ),
        (
            restart("-"),
            Some("The service has no letter and no digit."),
        ),
        (Action::ResumeQueue { pause: Some(1) }, None),
        (Action::ResumeQueue { pause: Some(0) }, Some(id)),
        (Action::ResumeQueue { pause: None }, None),
        (Action::CancelSession(session(1)), None),
        (Action::CancelSession(session(0)), Some(pid)),
        (Action::TerminateSession(session(1)), None),
        (Action::TerminateSession(session(-1)), Some(pid)),
    ] {
        let expected = refused.map_or(Ok(()), |detail| Err(refuse(detail)));
        assert_eq!(action.validate(), expected, "{action:?}");
    }
}

#[test]
fn an_order_says_why_and_who_within_limits() {
    let reason = |reason: &str| Order {
        reason: reason.to_owned(),
        ..order()
    };
    let actor = |actor: &str| Order {
        actor: actor.to_owned(),
        ..order()
    };
    let key = |key: &str| Order {
        key: Some(key.to_owned()),
        ..order()
    };
    let key_detail = "The Idempotency-Key has to be 1 to 200 visible ASCII characters.";
    for (order, refused) in [
        (reason(&"é".repeat(300)), None),
        (
            reason(&"é".repeat(301)),
            Some("The reason is longer than 300 characters."),
        ),
        (reason("1"), None),
        (reason("\u{3164}a"), None),
        (
            reason("\u{115f}\u{1160}\u{ffa0}"),
            Some("The reason has no letter and no digit."),
        ),
        (
            reason("a\u{7}b"),
            Some("The reason holds control characters."),
        ),
        (reason("\n"), Some("The reason is missing.")),
        (actor(&"x".repeat(200)), None),
        (
            actor(&"x".repeat(201)),
            Some("The name of who acts is longer than 200 characters."),
        ),
        (actor(""), Some("The name of who acts is missing.")),
        (key(&"~".repeat(200)), None),
        (key("!"), None),
        (key(&"x".repeat(201)), Some(key_detail)),
        (key(""), Some(key_detail)),
        (key("a b"), Some(key_detail)),
        (key("\u{7f}"), Some(key_detail)),
        (key("é"), Some(key_detail)),
    ] {
        let expected = refused.map_or(Ok(()), |detail| Err(refuse(detail)));
        assert_eq!(order.validate(), expected, "{order:?}");
    }
}
