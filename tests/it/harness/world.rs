//! A Postgres of a test's own, and the service that runs on it.

use dragonfly_ops::dev::cluster::Cluster;
use sqlx::postgres::PgConnection;

use super::{Instance, command, connect, execute, postgres, url};

/// A Postgres of a test's own.
pub(crate) struct World {
    pub cluster: Cluster,
    /// As its owner.
    pub url: String,
}

impl World {
    /// With these lines in its configuration. It has to be started on a thread that outlives it.
    pub(crate) fn with_postgres(settings: &[&str]) -> Self {
        let cluster = postgres(settings);
        let url = url(&cluster);
        Self { cluster, url }
    }

    /// With the tables of `dragonfly-ops migrate`.
    pub(crate) fn migrated(self) -> Self {
        migrate(&self.url);
        self
    }

    /// A connection as its owner. Nothing connects before the test asks for it.
    pub(crate) async fn admin(&self) -> PgConnection {
        connect(&self.url).await
    }

    /// A connection as its owner that has done this.
    pub(crate) async fn admin_after(&self, sql: &'static str) -> PgConnection {
        let mut admin = self.admin().await;
        execute(&mut admin, sql).await;
        admin
    }

    /// Does this as its owner, over a connection of its own.
    pub(crate) async fn execute(&self, sql: &'static str) {
        execute(&mut self.admin().await, sql).await;
    }

    /// The service on it, with these settings as well.
    pub(crate) fn start(&self, settings: &[(&str, &str)]) -> Instance {
        let mut all = vec![("DATABASE_URL", self.url.as_str())];
        all.extend_from_slice(settings);
        Instance::start(&all)
    }
}

/// Creates the tables that the service brings along.
pub(crate) fn migrate(url: &str) {
    let output = command(&[("DATABASE_URL", url)])
        .arg("migrate")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
