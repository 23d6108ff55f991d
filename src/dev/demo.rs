//! What goes on in the private Postgres of `make run`: a situation to look at, workers that work,
//! and the stand-in for Supabase.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::dev::stand_in;

/// A small believable situation: five workers of which one is stale, and jobs in every state.
const SEED: &str = include_str!("seed.sql");
/// What a demo worker does every few seconds: one heartbeat, one job.
const WORK: &str = include_str!("work.sql");
const WORK_INTERVAL: Duration = Duration::from_secs(5);
/// Postgres may be broken on purpose: the stand-in then says so, as PostgREST would.
const POOL_TIMEOUT: Duration = Duration::from_secs(1);

/// The demo, running.
#[derive(Debug)]
pub struct Demo {
    pool: PgPool,
    tasks: [JoinHandle<()>; 2],
}

impl Demo {
    /// Fills the migrated database at `url`, and serves it at `rest` to whoever has the `key`.
    ///
    /// # Errors
    ///
    /// That of Postgres.
    pub async fn start(url: &str, rest: TcpListener, key: String) -> Result<Self, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(POOL_TIMEOUT)
            .connect(url)
            .await?;
        sqlx::raw_sql(SEED).execute(&pool).await?;
        let router = stand_in::router(pool.clone(), key);
        let worked = pool.clone();
        #[expect(clippy::disallowed_methods, reason = "both are ended by `stop`")]
        let tasks = [
            tokio::spawn(work(worked)),
            tokio::spawn(async move {
                // It only ends where the listener breaks, and then the checks say so.
                let _ = axum::serve(rest, router).await;
            }),
        ];
        Ok(Self { pool, tasks })
    }

    /// Ends it.
    pub async fn stop(self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.pool.close().await;
    }
}

/// Beats and works for the demo workers. What fails is tried again: the demo is there to be broken.
async fn work(pool: PgPool) {
    let mut ticks = tokio::time::interval(WORK_INTERVAL);
    loop {
        ticks.tick().await;
        let _ = sqlx::raw_sql(WORK).execute(&pool).await;
    }
}
