//! The servers as processes: started, measured, ended.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::callgrind::Counted;
use dragonfly_ops::dev::cluster::free_port;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::client::Line;

const BINARY: &str = env!("CARGO_BIN_EXE_dragonfly-ops");

/// How many answers are counted.
const COUNTED: u32 = 3_000;

/// How a server is started, and where it may write.
struct Start {
    command: Command,
    port: u16,
    folder: TempDir,
}

impl Start {
    fn of(command: Command) -> Self {
        Self {
            command,
            port: free_port().expect("a free port"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn baseline(kind: &str) -> Self {
        let mut start = Self::of(Command::new(std::env::current_exe().expect("this program")));
        start.command.args([kind, &start.port.to_string()]);
        start
    }

    fn service(settings: &[(&str, &str)]) -> Self {
        let mut start = Self::of(Command::new(BINARY));
        start
            .command
            .env_clear()
            .env("PORT", start.port.to_string())
            .env("STATUS_PAGES", "off")
            .env("STATE_DIR", start.folder.path())
            .envs(settings.iter().copied());
        start
    }
}

/// A server whose instructions are counted.
pub(crate) struct CountedServer {
    counted: Counted,
    port: u16,
    /// Where it may write.
    _folder: TempDir,
}

impl CountedServer {
    async fn start(start: Start) -> Self {
        let counted = Counted::start(&start.command).expect("valgrind is installed");
        first_answer(start.port).await;
        Self {
            counted,
            port: start.port,
            _folder: start.folder,
        }
    }

    /// Those of one answer.
    pub(crate) async fn instructions(&mut self, path: &str) -> u64 {
        let mut line = Line::open(self.port, path).await;
        for _ in 0..100 {
            line.ask().await;
        }
        self.counted.instructions().expect("it says");
        for _ in 0..COUNTED {
            line.ask().await;
        }
        self.counted.instructions().expect("it says") / u64::from(COUNTED)
    }
}

async fn first_answer(port: u16) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await {
            let _ = stream
                .write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n")
                .await;
            let mut head = [0; 12];
            let read = stream.read_exact(&mut head).await;
            if read.is_ok() && head == *b"HTTP/1.1 200" {
                return;
            }
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

/// A server in a process of its own, ended when it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
    /// Where it may write.
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn baseline(kind: &str) -> Self {
        Self::start(Start::baseline(kind)).await
    }

    /// The same with its instructions counted.
    pub(crate) async fn counted_baseline(kind: &str) -> CountedServer {
        CountedServer::start(Start::baseline(kind)).await
    }

    /// The service as it is deployed: log on, at its default level.
    pub(crate) async fn service(settings: &[(&str, &str)]) -> Self {
        Self::start(Start::service(settings)).await
    }

    /// The same with its instructions counted.
    pub(crate) async fn counted_service(settings: &[(&str, &str)]) -> CountedServer {
        CountedServer::start(Start::service(settings)).await
    }

    async fn start(mut start: Start) -> Self {
        let process = start
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        first_answer(start.port).await;
        Self {
            process,
            port: start.port,
            _folder: start.folder,
        }
    }

    pub(crate) async fn time_to_first_answer(settings: &[(&str, &str)]) -> Duration {
        let began = Instant::now();
        let _server = Self::service(settings).await;
        began.elapsed()
    }

    /// The CPU time that all of its threads have used.
    pub(crate) fn cpu(&self) -> Duration {
        let path = format!("/proc/{}/task", self.process.id());
        let nanos: u64 = std::fs::read_dir(path)
            .expect("it runs")
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
            .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(nanos)
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.process.id());
        std::fs::read_to_string(status)
            .expect("it runs")
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .and_then(|kib| kib.parse().ok())
            .expect("the kernel says")
    }

    pub(crate) fn binary_bytes() -> u64 {
        std::fs::metadata(BINARY).expect("it exists").len()
    }

    pub(crate) fn stripped_bytes() -> u64 {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("stripped");
        let stripped = Command::new("strip")
            .args([BINARY, "-o"])
            .arg(&copy)
            .status();
        assert!(stripped.expect("binutils is installed").success());
        std::fs::metadata(copy).expect("it was written").len()
    }

    /// How many answers were late, by its own count.
    pub(crate) async fn late(&self) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("it listens");
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("it answers");
        let counts: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("dragonfly_check_answers_late_total"))
            .collect();
        counts.join(", ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let mut rest = String::new();
        if let Some(mut output) = self.process.stdout.take() {
            let _ = output.read_to_string(&mut rest);
        }
        let _ = self.process.wait();
    }
}
