//! Whoever hears that we are alive: Healthchecks (healthchecks.io/docs/http_api), Uptime Kuma's push
//! monitors and Better Stack's heartbeats take a GET.

use std::time::Duration;

use dragonfly_ops::adapters::heartbeat::Heartbeat;
use dragonfly_ops::domain::taxonomy::Code;
use reqwest::Method;

use super::stand_in::StandIn;
use super::{SECRET, redactor};

#[tokio::test]
async fn a_beat_is_heard_or_it_is_said_why_not() {
    let stand_in = StandIn::start(Some((200, None, "OK"))).await;
    let url = format!("{}/api/push/{SECRET}?status=up", stand_in.base);
    let heartbeat = Heartbeat::new(url.into(), redactor()).expect("there are certificates");
    assert_eq!(heartbeat.beat().await, Ok(()));
    let asked = stand_in.asked();
    assert_eq!(asked[0].method, Method::GET);
    assert_eq!(asked[0].uri, format!("/api/push/{SECRET}?status=up"));
    for (reply, code, wait) in [
        ((204, None, ""), None, None),
        ((404, None, "not found"), Some(Code::ConfigInvalid), None),
        (
            (301, Some(("location", "/x")), ""),
            Some(Code::ConfigInvalid),
            None,
        ),
        (
            (429, Some(("retry-after", "90")), ""),
            Some(Code::VendorRateLimited),
            Some(Duration::from_secs(90)),
        ),
        ((503, None, ""), Some(Code::NetRefused), None),
    ] {
        stand_in.reply(Some(reply));
        let fault = heartbeat.beat().await.err();
        assert_eq!(fault.as_ref().map(|fault| fault.code), code, "{reply:?}");
        let found = fault.as_ref().and_then(|fault| fault.retry_after);
        assert_eq!(found, wait, "{reply:?}");
        assert!(
            !format!("{heartbeat:?}{fault:?}").contains("zq"),
            "{fault:?}"
        );
    }
    stand_in.reply(None);
    let fault = heartbeat
        .beat()
        .await
        .expect_err("nobody says that it was heard");
    assert_eq!(fault.code, Code::NetTimeout);
}
