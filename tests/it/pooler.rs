//! A private PgBouncer in transaction mode, from Debian.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dragonfly_ops::dev::cluster::{Cluster, free_port};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::harness::{PASSWORD, SUPERUSER};

/// What the pooler knows a user by whose password the server refuses.
pub(crate) const MISTRUSTED: &str = "mistrusted";

/// A PgBouncer in front of a cluster, ended when it is dropped.
pub(crate) struct Pooler {
    process: Option<Child>,
    port: u16,
    config: PathBuf,
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// Starts one, with these lines added to its configuration.
    pub(crate) async fn start(cluster: &Cluster, settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port().expect("a free port");
        let users = folder.path().join("users.txt");
        let config = folder.path().join("pgbouncer.ini");
        let text = format!("\"{SUPERUSER}\" \"{PASSWORD}\"\n\"{MISTRUSTED}\" \"{PASSWORD}\"\n");
        std::fs::write(&users, text).expect("it is written");
        let text = format!(
            "[databases]\npostgres = host=127.0.0.1 port={}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = scram-sha-256\nauth_file = {}\nadmin_users = {SUPERUSER}\n\
             pool_mode = transaction\ndefault_pool_size = 2\n{}\n",
            cluster.port(),
            users.display(),
            settings.join("\n")
        );
        std::fs::write(&config, text).expect("it is written");
        for path in [folder.path(), &users, &config] {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(path, mode).expect("it is ours");
        }
        let mut pooler = Self {
            process: None,
            port,
            config,
            _folder: folder,
        };
        pooler.restart().await;
        pooler
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it again after [`Pooler::kill`].
    pub(crate) async fn restart(&mut self) {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if rustix::process::getuid().is_root() {
            let postgres = ["--reuid", "postgres", "--regid", "postgres"];
            command.args(postgres).arg("--clear-groups");
        }
        let process = command
            .arg("/usr/sbin/pgbouncer")
            .arg(&self.config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer is installed");
        self.process = Some(process);
        for _ in 0..500 {
            let address = ("127.0.0.1", self.port);
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("pgbouncer does not listen");
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Says a command to its admin console, such as `PAUSE`.
    pub(crate) async fn admin(&self, command: &'static str) {
        let options: PgConnectOptions = format!(
            "postgres://{SUPERUSER}:{PASSWORD}@127.0.0.1:{}/pgbouncer",
            self.port
        )
        .parse()
        .expect("a URL");
        let mut console = options
            .extra_float_digits(None)
            .connect()
            .await
            .expect("the console lets us in");
        sqlx::raw_sql(command)
            .execute(&mut console)
            .await
            .expect("the console understands");
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.kill();
    }
}
