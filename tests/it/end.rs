//! How the process ends: in good order, at once, or before it has begun.

use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Instance, KEY, Manner, Peer, client, command};

#[tokio::test]
async fn sigterm_turns_readiness_red_and_finishes_what_is_in_flight() {
    let peer = Peer::start(String::new(), Manner::Silent).await;
    let supabase = format!("http://127.0.0.1:{}", peer.port);
    let mut service = Instance::start(&[
        ("SUPABASE_URL", &supabase),
        ("SUPABASE_SECRET_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "3"),
        ("DRAIN_DELAY", "1.5"),
    ]);
    let in_flight = service.get("/api/health/supabase");
    let drain = async {
        // The check is under way once the peer has been reached.
        while peer.seen() == 0 {
            tokio::task::yield_now().await;
        }
        service.signal(Signal::TERM);
        service.logged("draining", 1).await;
        let ready = service.get("/api/health/ready").await;
        ready.assert_code("DFE-INT-003");
        assert_eq!(ready.header("connection"), "close");
        service.get("/api/health").await.assert_ok();
    };
    let (slow, ()) = tokio::join!(in_flight, drain);
    slow.assert_code("DFE-NET-001");
    assert_eq!(service.wait().code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    for signals in [[Signal::INT, Signal::INT], [Signal::TERM, Signal::INT]] {
        let peer = Peer::start(String::new(), Manner::Silent).await;
        let supabase = format!("http://127.0.0.1:{}", peer.port);
        let mut service = Instance::start(&[
            ("SUPABASE_URL", &supabase),
            ("SUPABASE_SECRET_KEY", KEY),
            ("HEALTH_SUPABASE_TIMEOUT", "300"),
            ("DRAIN_DELAY", "300"),
            ("DRAIN_TIMEOUT", "600"),
        ]);
        let address = format!("http://127.0.0.1:{}/api/health/supabase", service.port);
        let in_flight = tokio::spawn(async move { client().get(address).send().await });
        while peer.seen() == 0 {
            tokio::task::yield_now().await;
        }
        service.signal(signals[0]);
        service.logged("draining", 1).await;
        service.signal(signals[1]);
        service.logged("a second signal", 1).await;
        let ended = tokio::task::spawn_blocking(move || service.wait());
        let ended = tokio::time::timeout(Duration::from_secs(60), ended)
            .await
            .expect("it does not wait for the request, which has 300 s")
            .expect("it was waited for");
        assert_eq!(ended.code(), Some(128 + 2), "as one that SIGINT has ended");
        let cut = in_flight.await.expect("it was sent");
        assert!(cut.is_err(), "{cut:?}");
    }
}

#[test]
fn an_address_of_another_machine_is_named_and_ends_it() {
    let output = command(&[("HOST", "203.0.113.5"), ("PORT", "0")])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("DFE-CFG-002")
            && said.contains("HOST is not valid: it is no address of this machine"),
        "{said}"
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = command(&[("HOST", "127.0.0.1"), ("PORT", &port)])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("PORT is not free"), "{said}");
}
