//! What goes on in the private Postgres of `make run`: a situation to look at, workers that work,
//! and the stand-in for Supabase.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dev::stand_in;

/// A small believable situation: five workers of which one is stale, and jobs in every state.
const SEED: &str = include_str!("seed.sql");
/// What a demo worker does every few seconds: one heartbeat, one job.
const WORK: &str = include_str!("work.sql");
/// What is wrong with it: a view that breaks on its data.
const TROUBLE: &str = include_str!("trouble.sql");
/// What takes the table, and what waits for it. Who reads it is not held up; and without the id of a transaction a
/// pause of the queue does not have to wait for its end.
const HELD: &str = "BEGIN; LOCK TABLE public.plaintiffs IN SHARE ROW EXCLUSIVE MODE";
/// How long the key is good for.
const KEY_LASTS: i64 = 3 * 24 * 3600;
const WORK_INTERVAL: Duration = Duration::from_secs(5);
/// Postgres may be broken on purpose: the stand-in then says so, as PostgREST would.
const POOL_TIMEOUT: Duration = Duration::from_secs(1);

/// The demo, running.
#[derive(Debug)]
pub struct Demo {
    pool: PgPool,
    key: watch::Sender<String>,
    workers: JoinHandle<()>,
    rest: JoinHandle<()>,
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
        let (key, known) = watch::channel(key);
        let router = stand_in::router(pool.clone(), known);
        let worked = pool.clone();
        #[expect(clippy::disallowed_methods, reason = "both are ended by `stop`")]
        let (workers, rest) = (
            tokio::spawn(work(worked)),
            tokio::spawn(async move {
                // It only ends where the listener breaks, and then the checks say so.
                let _ = axum::serve(rest, router).await;
            }),
        );
        Ok(Self {
            pool,
            key,
            workers,
            rest,
        })
    }

    /// Has another key from now on, as where somebody rotates it: the one before it is rejected.
    pub fn rotate_key(&self, key: String) {
        self.key.send_replace(key);
    }

    /// Ends its workers: none of them beats any more, and none finishes a job.
    pub fn end_workers(&self) {
        self.workers.abort();
    }

    /// Makes something to find: a view that breaks, and a lock tree of three sessions, which goes with what is
    /// returned.
    ///
    /// # Errors
    ///
    /// That of Postgres.
    pub async fn make_trouble(&self, url: &str) -> Result<Trouble, sqlx::Error> {
        sqlx::raw_sql(TROUBLE).execute(&self.pool).await?;
        let mut root = PgConnection::connect(url).await?;
        root.execute("SET application_name = 'report'").await?;
        root.execute(HELD).await?;
        let mut waiting = Vec::new();
        for name in [
            "SET application_name = 'mailer'",
            "SET application_name = 'import'",
        ] {
            let mut session = PgConnection::connect(url).await?;
            session.execute(name).await?;
            #[expect(clippy::disallowed_methods, reason = "it ends when it is dropped")]
            waiting.push(tokio::spawn(async move {
                // Until the root lets go, or is ended.
                let _ = session.execute(HELD).await;
            }));
        }
        Ok(Trouble {
            _root: root,
            waiting,
        })
    }

    /// Ends it.
    pub async fn stop(self) {
        self.workers.abort();
        self.rest.abort();
        self.pool.close().await;
    }
}

/// Sessions that wait for each other, until this is dropped.
#[derive(Debug)]
pub struct Trouble {
    _root: PgConnection,
    waiting: Vec<JoinHandle<()>>,
}

impl Drop for Trouble {
    fn drop(&mut self) {
        self.waiting.iter().for_each(JoinHandle::abort);
    }
}

/// A legacy key of the service role that expires in three days. Nobody can sign one here, and the stand-in
/// compares it as it is.
#[must_use]
pub fn expiring_key() -> String {
    let expires = Timestamp::now().as_second() + KEY_LASTS;
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({ "alg": "HS256", "typ": "JWT" })),
        part(&json!({ "iss": "supabase", "role": "service_role", "exp": expires })),
        URL_SAFE_NO_PAD.encode(ulid::Ulid::generate().to_string())
    )
}

/// Beats and works for the demo workers. What fails is tried again: the demo is there to be broken.
async fn work(pool: PgPool) {
    let mut ticks = tokio::time::interval(WORK_INTERVAL);
    loop {
        ticks.tick().await;
        let _ = sqlx::raw_sql(WORK).execute(&pool).await;
    }
}
