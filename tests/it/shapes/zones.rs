//! Times without a zone, where the session has that of the server: some poolers do not pass on what is asked for.

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{PAUSE, RESUME, done, report, rows, with};
use crate::harness::{PASSWORD, SUPERUSER, execute, url_as};

/// A pooler behind which every session is in Korea, nine hours ahead.
pub(crate) struct KoreanPooler {
    port: u16,
    task: JoinHandle<()>,
}

impl KoreanPooler {
    pub(crate) async fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, upstream));
            }
        });
        Self { port, task }
    }

    pub(crate) fn url(&self) -> String {
        url_as(self.port, SUPERUSER, PASSWORD)
    }
}

impl Drop for KoreanPooler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, upstream: u16) {
    let asked = b"TimeZone\0UTC\0";
    let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)).await else {
        return;
    };
    let (mut client_in, mut client_out) = client.into_split();
    let (mut server_in, mut server_out) = server.into_split();
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(read @ 1..) = client_in.read(&mut buffer).await else {
                return;
            };
            let found = buffer[..read]
                .windows(asked.len())
                .position(|part| part == asked);
            if let Some(at) = found {
                buffer[at..at + asked.len()].copy_from_slice(b"TimeZone\0ROK\0");
            }
            if server_out.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = copy(&mut server_in, &mut client_out) => {}
    }
}

#[tokio::test]
async fn times_without_a_zone_are_of_utc_whatever_the_session_is_in() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, job_type text DEFAULT 'a', worker_name text, run_at timestamp,
             status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
             created_at timestamp DEFAULT (now() AT TIME ZONE 'UTC'), started_at timestamp, finished_at timestamp
         );
         ALTER TABLE ops.worker_heartbeats ALTER last_heartbeat TYPE timestamp;
         SET timezone = 'UTC';
         INSERT INTO ops.worker_heartbeats VALUES ('w', now());
         INSERT INTO ops.job_queue (id, run_at, created_at) VALUES
             (1, NULL, now() - interval '10 minutes'), (2, now() - interval '5 minutes', now() - interval '10 minutes'),
             (3, now() + interval '5 minutes', now());
         INSERT INTO ops.job_queue (id, status, worker_name, started_at) VALUES (4, 'processing', 'w', now() - interval '1 minute');
         INSERT INTO ops.job_queue (id, status, worker_name, finished_at) VALUES (5, 'failed', 'w', now() - interval '1 minute')",
    )
    .await;
    let pooler = KoreanPooler::start(world.cluster.port()).await;
    let url = pooler.url();
    let mut there = crate::harness::connect(&url).await;
    assert_eq!(rows(&mut there, "SHOW timezone").await, ["ROK"]);
    let indexes = "CREATE INDEX ON ops.job_queue (status, created_at); CREATE INDEX ON ops.job_queue (status, run_at);
                   CREATE INDEX ON ops.job_queue (status, finished_at); CREATE INDEX ON ops.job_queue (finished_at);
                   CREATE INDEX ON ops.job_queue (worker_name, finished_at)";
    for step in ["SELECT", indexes] {
        execute(&mut admin, step).await;
        let sections = report(&world, &[("DATABASE_URL", &url)]).await;
        let (queue, workers) = (&sections["queue"], &sections["workers"]);
        assert_eq!(
            (
                &queue["pending"],
                &queue["scheduled"],
                &queue["stuck_processing"],
                &queue["failed_24h"]
            ),
            (&2.into(), &1.into(), &0.into(), &1.into()),
            "{step}: {queue}"
        );
        let age = |of: &serde_json::Value| of.as_f64().expect("a number");
        assert!(
            (600.0..700.0).contains(&age(&queue["oldest_pending_seconds"])),
            "{queue}"
        );
        assert!(
            (60.0..160.0).contains(&age(&queue["seconds_since_finished_job"])),
            "{queue}"
        );
        assert_eq!(workers["items"][0]["state"], "alive", "{workers}");
    }
    let jobs = "SELECT id || coalesce(' ' || run_at, '') FROM ops.job_queue ORDER BY id";
    let before = rows(&mut admin, jobs).await;
    let heeds = [("QUEUE_CLAIMS_HEED_DUE", "true")];
    // The pooler runs on this thread.
    let orders = tokio::task::spawn_blocking(move || {
        done(&url, &heeds, &["migrate"]);
        done(&url, &heeds, PAUSE);
    });
    orders.await.expect("both are carried out");
    execute(
        &mut there,
        "INSERT INTO ops.job_queue (id, run_at) VALUES (6, '2030-01-01 12:00')",
    )
    .await;
    let held = "SELECT count(*)::text FROM ops.job_queue WHERE run_at = 'infinity'";
    assert_eq!(rows(&mut admin, held).await, ["4"]);
    done(&world.url, &heeds, RESUME);
    let mut after = rows(&mut admin, jobs).await;
    assert_eq!(after.pop().as_deref(), Some("6 2030-01-01 12:00:00"));
    assert_eq!(after, before);
}
