//! What was seen by this service itself, beside what a webhook says of the same.

use super::*;
use crate::domain::fault::Fault;

fn seen(status: &str, used_up: Option<&str>) -> Vec<ReadAlert> {
    let place = ["p1", "e1", "s1"].map(str::to_owned);
    let seen = Seen::Deployment(SeenDeployment {
        place,
        environment: "production".to_owned(),
        service: "worker".to_owned(),
        id: "d1".to_owned(),
        status: status.to_owned(),
        since: "2026-11-24T09:58:00Z".parse().ok(),
        used_up: used_up.map(str::to_owned),
    });
    with(None, |context| read_seen(&[seen], context)).alerts
}

#[test]
fn a_deployment_that_is_seen_has_the_key_that_its_webhook_has() {
    let [crashed] = &seen("CRASHED", None)[..] else {
        panic!("it is an alert");
    };
    assert_eq!(
        line(crashed),
        "railway:p1/e1/s1/deployment | firing | - | DFE-VND-002 | worker: deployment crashed in production | \
         Deployment d1. | - | 2026-11-24T09:58:00.000Z | ends"
    );
    let sent = sent("railway_crashed.json").expect("it is read");
    let sent = &sent.alerts[0];
    assert_eq!(
        (&crashed.key, &crashed.title, &crashed.over),
        (&sent.key, &sent.title, &sent.over)
    );
    let of_memory = seen("CRASHED", Some("memory is used up"));
    assert_eq!(of_memory[0].code, Some(Code::ResourceExhausted));
    assert_eq!(
        of_memory[0].message,
        "Deployment d1. Its log says: memory is used up."
    );
    for (status, is_firing) in [
        ("FAILED", Some(true)),
        ("SUCCESS", Some(false)),
        ("SLEEPING", Some(false)),
        ("BUILDING", None),
        ("REMOVED", None),
        ("MOONLIT", None),
    ] {
        let found = seen(status, None);
        let found = found.first().map(|alert| alert.is_firing);
        assert_eq!(found, is_firing, "{status}");
    }
}

#[test]
fn a_deployment_that_is_gone_ends_what_was_said_of_it() {
    let gone = Seen::Gone(GoneDeployment {
        place: ["p1", "e1", "s1"].map(str::to_owned),
        environment: "production".to_owned(),
        service: "worker".to_owned(),
    });
    let read = with(None, |context| read_seen(&[gone], context)).alerts;
    assert_eq!(
        line(&read[0]),
        "railway:p1/e1/s1/deployment | over | - | - | worker: nothing is deployed in production |  | - | - | ends"
    );
    assert_eq!(read[0].key, seen("CRASHED", None)[0].key);
}

#[test]
fn n8n_that_is_not_ready_is_an_alert_with_the_code_of_its_cause() {
    let read = |ready: Result<(), Fault>| {
        let seen = [Seen::N8n(ready)];
        with(None, |context| read_seen(&seen, context)).alerts
    };
    let fault = Fault::new(Code::VendorN8n, "n8n is up and not ready (HTTP 503).");
    assert_eq!(
        line(&read(Err(fault))[0]),
        "n8n:readiness | firing | - | DFE-VND-003 | n8n is not ready | n8n is up and not ready (HTTP 503). | - | - | ends"
    );
    assert_eq!(
        line(&read(Ok(()))[0]),
        "n8n:readiness | over | - | - | n8n is ready |  | - | - | ends"
    );
}
