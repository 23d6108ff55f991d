//! People are told of a deployment that crashed, which nobody has sent: once, with its code.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::chats::{Chats, button, head, shown, well};
use crate::railway::{Railway, TOKEN};

#[tokio::test]
async fn a_deployment_that_crashed_is_told_once_with_its_code() {
    let world = well().await;
    let chats = Chats::start().await;
    let railway = Railway::start().await;
    let line = json!({ "timestamp": "2026-11-24T10:00:00Z", "message": "container exited, reason=OOMKilled", "severity": "error" });
    railway.set(|behaviour| {
        behaviour.status = Some("CRASHED");
        behaviour.log = vec![line];
    });
    let settings = [
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
        ("SOURCES_INTERVAL", "1"),
    ];
    let mut service = chats.serve(&world, &settings);
    let told = chats.slack.next().await;
    let (_, name) = button(&told);
    assert_eq!(head(&told), format!("P2 {name}: Incident"));
    let text = told.body["text"].as_str().expect("a text");
    assert!(
        text.contains("DFE-INT-002") && text.contains("intake: deployment crashed in production"),
        "{text}"
    );
    let incident = shown(&service, &name).await;
    assert_eq!(incident["began_at"], "2026-11-01T12:00:00.000Z");
    // It is seen again and again, by a new process, too.
    service.signal(Signal::TERM);
    service.wait();
    let service = chats.serve(&world, &settings);
    let before = railway.asked().len();
    while railway.asked().len() < before + 5 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = chats.slack.asked();
    assert!(told.is_empty(), "{told:?}");
    let metrics = service.metrics().await;
    let opened = [("outcome", "opened")];
    assert_eq!(metrics.value("dragonfly_alerts_total", &opened), 0);
}
