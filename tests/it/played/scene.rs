//! What `make run` starts, and what is set of it.

use dragonfly_ops::dev::demo::Demo;
use tokio::net::TcpListener;

use crate::harness::{KEY, OPERATOR, World};
use crate::railway::{Railway, TOKEN};

/// What `make run` starts, where all is well.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) demo: Demo,
    settings: Vec<(&'static str, String)>,
}

impl Scene {
    pub(super) async fn start() -> Self {
        Self::with(&[], KEY).await
    }

    /// With these lines in the configuration of Postgres, and this as the key of Supabase.
    pub(super) async fn with(configuration: &[&str], key: &str) -> Self {
        let world = World::with_postgres(configuration).migrated();
        let rest = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let rest_url = format!("http://{}", rest.local_addr().expect("an address"));
        let demo = Demo::start(&world.url, rest, key.to_owned()).await;
        let demo = demo.expect("the demo starts");
        world
            .execute("UPDATE ops.worker_heartbeats SET last_heartbeat = now()")
            .await;
        let settings = vec![
            ("DATABASE_URL", world.url.clone()),
            ("SUPABASE_URL", rest_url),
            ("SUPABASE_SERVICE_ROLE_KEY", key.to_owned()),
            ("SUPABASE_HEALTH_TABLE", "plaintiffs".to_owned()),
            ("SUPABASE_MODE", "dev".to_owned()),
            ("OPS_TOKEN", OPERATOR.to_owned()),
        ];
        Self {
            world,
            demo,
            settings,
        }
    }

    pub(super) fn set(&mut self, name: &'static str, value: Option<&str>) {
        self.settings.retain(|(other, _)| *other != name);
        let value = value.map(|value| (name, value.to_owned()));
        self.settings.extend(value);
    }

    /// With Railway's API, whose restart lets the workers start anew.
    pub(super) async fn with_railway(&mut self) -> Railway {
        let railway = Railway::start().await;
        railway.set(|behaviour| behaviour.workers = Some((self.world.url.clone(), true)));
        self.set("RAILWAY_API_URL", Some(&railway.url));
        self.set("RAILWAY_TOKEN", Some(TOKEN));
        self.set("RAILWAY_SERVICE_ID", Some("s-2"));
        // Of which its token is.
        self.set("SUPABASE_MODE", Some("prod"));
        railway
    }

    pub(super) fn settings(&self) -> Vec<(&str, &str)> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }
}
