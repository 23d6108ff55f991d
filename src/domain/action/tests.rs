use serde_json::json;

use super::*;
use crate::domain::order::refuse;

#[test]
fn an_action_that_cannot_be_right_is_refused() {
    let pause = |seconds| Action::PauseQueue {
        job_type: None,
        lasts: Some(Duration::from_secs(seconds)),
    };
    let session = |pid| BackendId {
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

fn session(pid: i32) -> BackendId {
    BackendId {
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
        assert_eq!(action.name().as_str(), name);
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
