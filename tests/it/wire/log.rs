//! On stdout: the start, a check that begins to fail and passes again, an action, the end.

use rustix::process::Signal;

use super::{assert_alike, by_line};
use crate::actions::{PAUSE, because, post};
use crate::harness::{Instance, KEY, OPERATOR, Peer, postgres, url};

/// What an instance has logged when it has ended.
fn log(mut service: Instance) -> String {
    service.signal(Signal::TERM);
    service.wait();
    by_line(&service.log_text().replace('\n', "\n\n"))
}

#[tokio::test]
async fn a_start_without_settings() {
    let service = Instance::start(&[
        ("OPS_TOKEN", ""),
        ("OPS_READ_TOKEN", ""),
        ("DRAIN_DELAY", "0"),
        ("HEALTH_DB_TIMEOUT", "soon"),
    ]);
    service.get("/api/health/db").await;
    assert_alike("log_without_settings", &log(service));
}

#[tokio::test]
async fn a_check_that_fails_for_a_while_and_an_action() {
    let mut cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = Instance::start(&[
        ("DATABASE_URL", &url),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
        ("HEALTH_FRESHNESS_MS", "0"),
        ("DRAIN_DELAY", "0"),
    ]);
    service.get("/api/health/supabase").await.assert_ok();
    cluster.crash().expect("it stops");
    for _ in 0..2 {
        let reply = service.get("/api/health/db").await;
        reply.assert_code("DFE-DB-001");
    }
    cluster.recover(&[]).expect("it starts again");
    service.get("/api/health/db").await.assert_ok();
    let done = post(&service, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(done.status, 200, "{}", done.body);
    service.logged("an action was carried out", 1).await;
    assert_alike("log_of_a_check_and_an_action", &log(service));
}
