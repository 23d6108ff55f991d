//! The service in a situation, in this process.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use dragonfly_ops::app::App;
use dragonfly_ops::dev::scene::Scene;
use dragonfly_ops::http::server::{Server, bind};
use dragonfly_ops::settings::Settings;
use tokio::sync::oneshot;

use crate::harness::{OPERATOR, READER};

/// The service in a situation; it ends when this is dropped.
pub(crate) struct Stage {
    pub url: String,
    _stop: oneshot::Sender<()>,
}

impl Stage {
    pub(crate) fn set(scene: Scene, settings: &[(&str, &str)]) -> Self {
        let mut all: BTreeMap<&str, &str> = [
            ("OPS_TOKEN", OPERATOR),
            ("OPS_READ_TOKEN", READER),
            ("SUPABASE_MODE", "prod"),
            ("DRAIN_DELAY", "0"),
        ]
        .into();
        all.extend(settings.iter().copied());
        let owned = all
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let app = App::new(Settings::load(owned.collect(), None));
        let look = scene.stage(&mut app.history.memory());
        app.looks.send_replace(look.map(Arc::new));
        let listener = bind(Ipv4Addr::LOCALHOST.into(), 0).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::new(&app);
        tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _stop: stop,
        }
    }
}

/// A client that stays where it was sent.
pub(crate) fn staying() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    client.expect("a client")
}

/// The cookie of somebody who has signed in with the operator's token.
pub(crate) async fn operator_cookie(stage: &Stage) -> String {
    cookie(&stage.url, OPERATOR).await
}

/// The cookie of somebody who has signed in at this address with a token.
pub(super) async fn cookie(url: &str, token: &str) -> String {
    let answer = staying()
        .post(format!("{url}/session"))
        .header("origin", url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}"))
        .send()
        .await
        .expect("an answer");
    let cookie = answer.headers().get("set-cookie").expect("a cookie");
    let text = cookie.to_str().expect("text");
    text.split(';').next().expect("a pair").to_owned()
}
