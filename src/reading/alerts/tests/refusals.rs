//! What is refused, and with which place.

use super::*;
use crate::domain::fault::FaultKind;

fn refused(kind: Option<&str>, body: &[u8]) -> Fault {
    with(None, |context| read(body, kind, context)).expect_err("it is refused")
}

#[test]
fn what_is_no_json_is_refused_with_its_line_and_column() {
    let multipart = Some("multipart/form-data; boundary=b");
    let form = Some("application/x-www-form-urlencoded");
    for (kind, body, says) in [
        (
            None,
            "{\n  \"a\": \"\\d\"\n}",
            "not JSON: invalid escape at line 2, column 10.",
        ),
        (None, "{\"a\": 1", "at line 1, column 7."),
        (None, "\n\n{a", "at line 3, column 2."),
        (None, "hello", "at line 1, column 1."),
        (None, "<html>", "at line 1, column 1."),
        (form, "data=%7B%22a%22", "column 4 of the field data."),
        (
            form,
            "msg=x&heartbeat=%7Ba",
            "column 2 of the field heartbeat.",
        ),
        (None, "", "The alert is empty"),
        (None, " \n", "The alert is empty"),
        (multipart, "no parts", "The alert is not a form"),
        (
            Some("multipart/form-data"),
            "--b",
            "The alert is not a form",
        ),
    ] {
        let fault = refused(kind, body.as_bytes());
        assert!(fault.detail.contains(says), "{body:?}: {fault}");
        assert_eq!((fault.code, fault.kind), (Code::ValInput, None), "{body:?}");
    }
    let deep = "[".repeat(100_000);
    let fault = refused(None, deep.as_bytes());
    assert!(fault.detail.contains("recursion limit"), "{fault}");
    let nothing = with(None, |context| read_query("", context)).expect_err("it is refused");
    assert_eq!(nothing.code, Code::ValInput);
}

#[test]
fn what_is_of_another_kind_is_refused_with_its_place() {
    let alert = |member: &str, value: Value| {
        let mut alert = json!({"status": "firing", "labels": {"alertname": "x"}});
        alert[member] = value;
        let well = json!({"status": "firing", "labels": {"alertname": "x"}});
        json!({"alerts": [well, well, well, alert]})
    };
    let of_kuma =
        |heartbeat: Value| json!({"msg": "x", "monitor": {"name": "a"}, "heartbeat": heartbeat});
    for (body, place) in [
        (
            alert("startsAt", json!(true)),
            "alerts[3].startsAt is true or false, and a time is needed",
        ),
        (
            alert("startsAt", json!({})),
            "alerts[3].startsAt is an object",
        ),
        (
            alert("labels", json!("x")),
            "alerts[3].labels is a text, and an object is needed",
        ),
        (
            alert("labels", json!({"alertname": []})),
            "alerts[3].labels.alertname is a list, and a text",
        ),
        (
            alert("labels", json!({})),
            "alerts[3].labels.alertname is not there",
        ),
        (
            alert("status", json!("purple")),
            "alerts[3].status is a value that is not known, and one of firing",
        ),
        (
            alert("status", json!(null)),
            "alerts[3].status is not there",
        ),
        (
            alert("annotations", json!({"summary": {}})),
            "alerts[3].annotations.summary is an object",
        ),
        (json!({"alerts": []}), "alerts is an empty list"),
        (json!({"alerts": {}}), "alerts is an object, and a list"),
        (json!({"alerts": null}), "alerts is not there"),
        (json!({"alerts": [1]}), "alerts[0] is a number"),
        (
            json!({"alerts": [], "truncatedAlerts": -1}),
            "alerts is an empty list",
        ),
        (json!({"title": []}), "title is a list, and a text"),
        (
            json!({"title": "x", "status": "purple"}),
            "status is a value that is not known",
        ),
        (
            json!({"title": "x", "started_at": []}),
            "started_at is a list",
        ),
        (
            json!({"title": "x", "firing": 1}),
            "firing is a number, and true or false",
        ),
        (
            json!([{"title": "x"}, {"title": {}}]),
            "[1].title is an object",
        ),
        (json!([[]]), "[0] is a list, and an object"),
        (json!([]), "the body is an empty list"),
        (
            of_kuma(json!({"status": 7})),
            "heartbeat.status is a value that is not known, and 0, 1, 2 or 3",
        ),
        (of_kuma(json!({})), "heartbeat.status is not there"),
        (
            json!({"execution": {"error": []}, "workflow": {}}),
            "execution.error is a list",
        ),
        (
            json!({"execution": {}, "workflow": {}}),
            "execution.error is not there",
        ),
        (
            json!({"data": {"attributes": []}}),
            "data.attributes is a list",
        ),
        (
            json!({"data": {"attributes": {"status": "odd"}}}),
            "data.attributes.status is a value",
        ),
        (
            json!({"alertType": "9", "monitorID": 1}),
            "alertType is a value that is not known, and 1 (down)",
        ),
        (
            json!({"alert_group": {"state": "firing"}}),
            "alert_group.title is not there",
        ),
        (
            json!({"type": "Project.renamed", "resource": {}}),
            "type is a value that is not known",
        ),
        (json!({"type": {}, "resource": {}}), "type is an object"),
    ] {
        let fault = read_json(&body).expect_err("it is refused");
        assert!(fault.detail.contains(place), "{body}: {fault}");
        assert_eq!((fault.code, fault.kind), (Code::ValSchema, None), "{body}");
        assert!(fault.first_check().contains("at the place"), "{fault}");
    }
    let many = json!({"alerts": [{"status": "firing", "labels": {"alertname": "x"}}], "truncatedAlerts": "many"});
    let fault = read_json(&many).expect_err("it is refused");
    assert!(
        fault
            .detail
            .contains("truncatedAlerts is a text, and a count"),
        "{fault}"
    );
}

#[test]
fn a_shape_that_is_not_known_is_refused_with_the_members_that_were_there() {
    for (body, says) in [
        (
            json!({}),
            "the body has no members, and alerts[], or a title or a message",
        ),
        (
            json!({"a": 1, "status": "ok"}),
            "the body has the members a, status, and alerts[]",
        ),
        (
            json!({"hunter2": 1, "s3cret value": 2}),
            "the body has 2 members",
        ),
        (
            json!({"a": 1, "pass word=x": 2}),
            "the members a and 1 more",
        ),
        (json!([{"a": 1}]), "[0] has the members a"),
    ] {
        let fault = read_json(&body).expect_err("it is refused");
        assert!(fault.detail.contains(says), "{body}: {fault}");
        assert_eq!(fault.code, Code::ValSchema);
    }
    for body in ["null", "true", "1", "\"x\""] {
        let fault = refused(None, body.as_bytes());
        assert!(fault.detail.contains("the body is"), "{body}: {fault}");
    }
}

#[test]
fn what_is_too_large_is_told_apart() {
    let alerts = |count: usize| {
        let one = json!({"status": "firing", "labels": {"alertname": "x"}});
        json!({ "alerts": vec![one; count] })
    };
    let body = |bytes: usize| format!("{{\"title\":\"{}\"}}", "x".repeat(bytes - 12));
    assert_eq!(
        read_json(&alerts(MAX_ALERTS))
            .expect("it is read")
            .alerts
            .len(),
        MAX_ALERTS
    );
    let listed = json!(vec![json!({"title": "x"}); MAX_ALERTS + 1]);
    let whole = body(MAX_BYTES);
    assert_eq!(whole.len(), MAX_BYTES);
    with(None, |context| read(whole.as_bytes(), None, context)).expect("it is read");
    let query = format!("title={}", "x".repeat(MAX_BYTES));
    for fault in [
        read_json(&alerts(MAX_ALERTS + 1)).expect_err("it is refused"),
        read_json(&listed).expect_err("it is refused"),
        refused(None, body(MAX_BYTES + 1).as_bytes()),
        with(None, |context| read_query(&query, context)).expect_err("it is refused"),
    ] {
        assert_eq!(
            (fault.code, fault.kind),
            (Code::ValInput, Some(FaultKind::TooLarge)),
            "{fault}"
        );
    }
}
