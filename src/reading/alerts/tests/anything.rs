//! Whatever is sent, it is an alert, or is set aside, or is refused with a place.

use proptest::prelude::*;

use super::*;

const NAMES: &[&str] = &[
    "alerts",
    "status",
    "labels",
    "annotations",
    "alertname",
    "severity",
    "startsAt",
    "endsAt",
    "fingerprint",
    "truncatedAlerts",
    "heartbeat",
    "monitor",
    "msg",
    "monitorID",
    "time",
    "localDateTime",
    "timezoneOffset",
    "type",
    "resource",
    "details",
    "environment",
    "isEphemeral",
    "service",
    "project",
    "execution",
    "trigger",
    "workflow",
    "error",
    "message",
    "stack",
    "node",
    "data",
    "attributes",
    "resolved_at",
    "alertType",
    "monitorFriendlyName",
    "alert_group",
    "state",
    "permalinks",
    "title",
    "name",
    "id",
    "key",
    "url",
    "source",
    "started_at",
    "payload",
    "code",
    "firing",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "firing",
            "resolved",
            "pending",
            "0",
            "1",
            "3",
            "Deployment.failed",
            "Monitor.triggered",
            "CRASHED",
            "SUCCESS",
            "critical",
            "2026-11-24T09:00:00Z",
            "2026-11-24 09:00:00",
            "+01:00",
            "1795510800",
            "https://a:b@example.com/",
            "postgres://a:b@c",
            "DFE-DB-001",
            "Ops Testing",
            "TestAlert",
        ])
        .prop_map(str::to_owned),
        "(password|=|: |é|\u{200b}|\u{0}|-----BEGIN |PRIVATE KEY-----|Bearer |eyJ|@|://|[?&;{},]){0,12}",
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let name = prop_oneof![
        8 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// It says something, and nothing that it says is unfit to be shown.
fn holds(read: Result<ReadAlerts, Fault>) -> Result<(), TestCaseError> {
    let read = match read {
        Ok(read) => read,
        Err(fault) => {
            prop_assert!(matches!(fault.code, Code::ValInput | Code::ValSchema));
            let has_place = ["line ", "body", " is ", " has "];
            prop_assert!(
                has_place.iter().any(|place| fault.detail.contains(place)),
                "{fault}"
            );
            prop_assert!(!fault.detail.chars().any(char::is_control), "{fault:?}");
            return Ok(());
        }
    };
    prop_assert!(!(read.alerts.is_empty() && read.set_aside.is_empty()));
    for alert in &read.alerts {
        prop_assert!(!alert.title.is_empty() && !alert.key.is_empty());
        for text in [&alert.key, &alert.title, &alert.message, &alert.source] {
            prop_assert!(!text.chars().any(char::is_control), "{text:?}");
            prop_assert!(text.chars().count() <= 4_001);
        }
        prop_assert!(alert.started_at.is_none_or(|at| at <= now()));
        let is_safe = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        prop_assert!(alert.url.as_ref().is_none_or(is_safe));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        kind in prop_oneof![
            Just("application/json"),
            Just("application/x-www-form-urlencoded"),
            Just("multipart/form-data; boundary=b"),
            Just("multipart/form-data"),
            Just(""),
        ],
        query in "[a-z%0-9=&{}\"+é]{0,60}",
    ) {
        holds(with(None, |context| read(&bytes, Some(kind), context)))?;
        let mut form = b"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n".to_vec();
        form.extend(&bytes);
        holds(with(None, |context| read(&form, Some("multipart/form-data; boundary=b"), context)))?;
        holds(with(Some(&query), |context| read_query(&query, context)))?;
    }

    #[test]
    fn any_json_is_read_or_refused(body in anything()) {
        holds(read_json(&body))?;
        holds(read_json(&json!({ "alerts": [body] })))?;
    }

    #[test]
    fn what_is_read_is_said_alike_twice(body in anything()) {
        prop_assert_eq!(read_json(&body), read_json(&body));
    }
}

/// Takes no longer for being made to: each of these has once cost, or may cost, the square of its length.
#[test]
fn a_text_of_nothing_but_beginnings_is_read_in_one_go() {
    for unit in [
        "DFE-",
        "eyJ",
        "-----BEGIN ",
        "Bearer ",
        "a:b@c ",
        "?token=",
        "password: ",
        "' ",
    ] {
        let text = unit.repeat(250_000 / unit.len());
        let read = read_json(&json!({ "title": "x", "message": text }));
        assert_eq!(read.expect("it is read").alerts.len(), 1, "{unit}");
    }
}
