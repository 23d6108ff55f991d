//! A private Postgres, the real binary, and peers that fail in chosen ways.

mod described;
mod dice;
mod log;
mod npm;
mod peer;
mod pip;
mod terminal;
mod world;

use std::collections::BTreeMap;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::cluster::Cluster;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

pub(crate) use self::described::Description;
pub(crate) use self::dice::Dice;
use self::log::Log;
pub(crate) use self::npm::npm_install;
pub(crate) use self::peer::{Manner, NO_ROWS, Peer};
pub(crate) use self::pip::pip_install;
pub(crate) use self::terminal::typed;
pub(crate) use self::world::{World, migrate};

pub(crate) const SUPERUSER: &str = "dragonfly";
pub(crate) const PASSWORD: &str = "test-password-1";
pub(crate) const KEY: &str = "sb_secret_test_0123456789";
pub(crate) const OPERATOR: &str = "operator-token-for-tests";
pub(crate) const READER: &str = "reader-token-for-tests-1";
pub(crate) const REPORTER: &str = "reporter-token-for-tests";

/// Between two looks at what gives no sign.
const GLANCE: Duration = Duration::from_millis(2);

/// A private Postgres. It has to be started on a thread that outlives it.
pub(crate) fn postgres(settings: &[&str]) -> Cluster {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Cluster::start(SUPERUSER, PASSWORD, settings).expect("Postgres is installed and starts")
}

pub(crate) fn url(cluster: &Cluster) -> String {
    url_as(cluster.port(), SUPERUSER, PASSWORD)
}

pub(crate) fn url_as(port: u16, user: &str, password: &str) -> String {
    format!("postgres://{user}:{password}@127.0.0.1:{port}/postgres")
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("the test can log in")
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql)
        .execute(connection)
        .await
        .expect("the test's statement succeeds");
}

/// A running instance of the binary.
pub(crate) struct Instance {
    process: Child,
    pub port: u16,
    log: Option<Arc<Mutex<Log>>>,
    client: reqwest::Client,
    /// Where it writes down what it saw.
    _state: Option<tempfile::TempDir>,
}

/// The binary with nothing but these settings.
pub(crate) fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragonfly-ops"));
    command
        .env_clear()
        // No test asks a vendor.
        .env("STATUS_PAGES", "off")
        .envs(settings.iter().copied())
        .stdin(Stdio::null());
    command
}

/// A client that goes the straight way.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}

impl Instance {
    /// Starts the binary on a free port and waits until it listens.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let state_dir = state.path().to_string_lossy().into_owned();
        let mut all: BTreeMap<&str, &str> = [
            ("STATE_DIR", &*state_dir),
            ("PORT", "0"),
            ("HOST", "127.0.0.1"),
            ("OPS_TOKEN", OPERATOR),
            ("OPS_READ_TOKEN", READER),
            ("OPS_ALERT_TOKEN", REPORTER),
            // Whoever counts what is asked counts what the test asks.
            ("WATCH_INTERVAL", "0"),
        ]
        .into();
        all.extend(settings.iter().copied());
        let settings: Vec<_> = all.into_iter().collect();
        // Before there is a process that would be left behind.
        let client = client();
        let mut process = command(&settings)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let log = Log::of(process.stdout.take().expect("it is piped"));
        let port = loop {
            let mut log = log.lock().expect("not poisoned");
            log.drain();
            let entry = log.lines.iter().find_map(|line| {
                let entry: Value = serde_json::from_str(line).expect("a log line is JSON");
                (entry["message"] == "listening").then_some(entry)
            });
            if let Some(entry) = entry {
                break u16::try_from(entry["port"].as_u64().expect("a port")).expect("a port");
            }
            assert!(!log.has_ended, "it listens before it ends: {:?}", log.lines);
            drop(log);
            std::thread::sleep(GLANCE);
        };
        Self {
            process,
            port,
            log: Some(log),
            client,
            _state: Some(state),
        }
    }

    /// Starts the binary with a log that goes elsewhere, and waits until it accepts connections.
    /// Whoever gave a pipe gets its read end from `take_stdout`.
    pub(crate) fn start_with(settings: &[(&str, &str)], stdout: Stdio, stderr: Stdio) -> Self {
        let port = dragonfly_ops::dev::cluster::free_port().expect("a free port");
        let text = port.to_string();
        let mut all: BTreeMap<&str, &str> = [
            ("PORT", &*text),
            ("HOST", "127.0.0.1"),
            ("WATCH_INTERVAL", "0"),
        ]
        .into();
        all.extend(settings.iter().copied());
        let settings: Vec<_> = all.into_iter().collect();
        let client = client();
        let process = command(&settings)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .expect("it starts");
        let mut instance = Self {
            process,
            port,
            log: None,
            client,
            _state: None,
        };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = instance.process.try_wait().expect("it can be asked");
            assert_eq!(ended, None, "it listens before it ends");
            std::thread::sleep(Duration::from_millis(5));
        }
        instance
    }

    /// The read end of its stdout, where that is a pipe that nobody reads.
    pub(crate) fn take_stdout(&mut self) -> ChildStdout {
        self.process.stdout.take().expect("it is piped")
    }

    /// The read end of its stderr, where that is a pipe.
    pub(crate) fn take_stderr(&mut self) -> ChildStderr {
        self.process.stderr.take().expect("it is piped")
    }

    pub(crate) fn pid(&self) -> Pid {
        i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a pid")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send_body(method, path, headers, String::new()).await
    }

    pub(crate) async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Reply {
        let began = Instant::now();
        let mut request = self
            .client
            .request(method, format!("http://127.0.0.1:{}{path}", self.port));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await.expect("the service answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.text().await.expect("the body arrives");
        Reply {
            status,
            headers,
            body,
            took: began.elapsed(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[]).await
    }

    /// What it has counted.
    pub(crate) async fn metrics(&self) -> Samples {
        let reply = self.get("/metrics").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        Samples::parse(&reply.body)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it is running");
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("it ends")
    }

    /// What it has logged up to now: the log is written by a thread of its own, behind the answers.
    pub(crate) fn log_text(&self) -> String {
        let log = self.log.as_ref().expect("its log is read");
        loop {
            // First this: a thread that waits for the pipe leaves something to be read.
            let is_idle = self.writes_no_log();
            let mut log = log.lock().expect("not poisoned");
            if log.drain() == 0 && is_idle {
                return log.lines.join("\n");
            }
            drop(log);
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until the log holds `needle` so many times: what is logged by itself comes when it comes.
    pub(crate) async fn logged(&self, needle: &str, times: usize) -> String {
        let found = async {
            loop {
                let text = self.log_text();
                if text.matches(needle).count() >= times {
                    return text;
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found)
            .await
            .unwrap_or_else(|_| {
                panic!("{needle} was not logged {times} times: {}", self.log_text())
            })
    }

    /// Whether its thread called `log` waits for something, or is gone.
    fn writes_no_log(&self) -> bool {
        let tasks = format!("/proc/{}/task", self.process.id());
        let Ok(tasks) = std::fs::read_dir(tasks) else {
            return true;
        };
        tasks.flatten().all(|task| {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            !stat.contains("(log)") || stat.contains("(log) S")
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a scrape has found.
pub(crate) struct Samples(prometheus_parse::Scrape);

impl Samples {
    pub(crate) fn parse(text: &str) -> Self {
        // The parser takes the first brace for the end of the labels, even inside a value.
        let lines = text.lines().map(|line| Ok(line.replace("{code}", ":code")));
        Self(prometheus_parse::Scrape::parse(lines).expect("the format of Prometheus"))
    }

    /// The sum of the samples of that name that have these labels, without what is behind the
    /// point; 0 where there are none.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> i64 {
        let sum: f64 = self
            .0
            .samples
            .iter()
            .filter(|sample| sample.metric == name)
            .filter(|sample| {
                labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(label) == Some(*value))
            })
            .map(|sample| match &sample.value {
                prometheus_parse::Value::Counter(value)
                | prometheus_parse::Value::Gauge(value)
                | prometheus_parse::Value::Untyped(value) => *value,
                other => panic!("{name} is {other:?}"),
            })
            .sum();
        format!("{:.0}", sum.trunc()).parse().expect("a number")
    }

    /// The names and labels of all series.
    pub(crate) fn series(&self) -> Vec<(String, String)> {
        self.0
            .samples
            .iter()
            .map(|sample| (sample.metric.clone(), sample.labels.to_string()))
            .collect()
    }
}

pub(crate) struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
    pub took: Duration,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// Asserts a failed check with this code, in every place that names it.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, body["code"].as_str()),
            (503, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["type"], format!("/errors/{code}"));
        assert_eq!(body["status"], 503);
        assert_eq!(
            self.headers.contains_key("retry-after"),
            body["retryable"] == true,
            "{}",
            self.body
        );
        body
    }

    #[track_caller]
    pub(crate) fn assert_ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        let body = self.json();
        assert_eq!(body["status"], "ok");
        for member in [
            "check",
            "timestamp",
            "latency_ms",
            "timeout_ms",
            "source",
            "age_ms",
            "since",
            "environment",
        ] {
            assert!(
                body.get(member).is_some(),
                "{member} is missing: {}",
                self.body
            );
        }
        body
    }
}

/// Asserts that an answer came when its deadline passed.
#[track_caller]
pub(crate) fn assert_at_deadline(reply: &Reply, deadline: Duration) {
    // The lower bound proves that the answer did not come of something else; the upper one leaves
    // room for a busy machine.
    assert!(
        reply.took >= deadline.saturating_sub(Duration::from_millis(20)),
        "too early: {:?}",
        reply.took
    );
    assert!(
        reply.took < deadline + Duration::from_millis(600),
        "too late: {:?}",
        reply.took
    );
}

/// Runs an ignored test of this program in namespaces of its own, with the loopback up and nothing
/// else, after a line of shell has prepared them.
pub(crate) fn in_namespaces(prepare: &str, test: &str) {
    let mut command = Command::new("unshare");
    if !rustix::process::getuid().is_root() {
        command.arg("--map-root-user");
    }
    let script =
        format!("PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && {prepare} && exec \"$0\" \"$@\"");
    let output = command
        .args(["--mount", "--net", "sh", "-c", &script])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", test])
        .output()
        .expect("unshare is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("1 passed"), "{said}");
}
