//! A private Postgres: its own folder, its own port, gone when it is dropped.
//!
//! # Design notes
//!
//! Started with `setpriv --pdeathsig`, so that it ends even if this process is killed. The signal
//! is tied to the thread that starts it: start it from a thread that lives as long as it is needed.
//!
//! Whoever was killed leaves the folder behind. Its lock goes with the process, so that the next one
//! knows which folders are nobody's, and removes them.

use std::fs::File;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

/// What the names of the folders begin with.
const PREFIX: &str = "dragonfly-ops-pg-";
/// The file in a folder that is locked for as long as the folder is somebody's.
const LOCK: &str = "lock";
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 5;
/// What the log says once everybody may log in.
const READY: &str = "database system is ready to accept connections";

/// A running server. Dropped, it is stopped and its folder removed.
#[derive(Debug)]
pub struct Cluster {
    /// Nothing once it was stopped: its process id may be somebody else's by now.
    server: Option<Child>,
    folder: TempDir,
    /// Says that the folder is ours.
    _lock: File,
    port: u16,
    owner: Option<(u32, u32)>,
    binaries: PathBuf,
}

impl Cluster {
    /// Creates and starts a server. `superuser` is its only role, with `password`, asked for as
    /// SCRAM; `settings` are lines for `postgresql.conf`.
    ///
    /// # Errors
    ///
    /// A sentence: the binaries are missing, or what the server said.
    pub fn start(superuser: &str, password: &str, settings: &[&str]) -> io::Result<Self> {
        let binaries = binaries()?;
        sweep(&tempfile::env::temp_dir());
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let lock = lock(folder.path())?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let secret = folder.path().join("password");
        std::fs::write(&secret, password)?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&secret, Some(user), Some(group))?;
        }
        let mut init = run_as_owner(owner, &binaries.join("initdb"));
        init.arg("-D")
            .arg(data(folder.path()))
            .args(["-U", superuser, "--pwfile"])
            .arg(&secret);
        init.args([
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]);
        let output = init.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr)
            )));
        }
        std::fs::remove_file(&secret)?;
        let mut last = io::Error::other("not tried");
        for _ in 0..ATTEMPTS {
            let port = free_port()?;
            match launch(owner, &binaries, folder.path(), port, settings, READY) {
                Ok(server) => {
                    return Ok(Self {
                        server: Some(server),
                        folder,
                        _lock: lock,
                        port,
                        owner,
                        binaries,
                    });
                }
                // Somebody took the port in between.
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Stops the server at once, as a crash does: clients are cut off, nothing is tidied up.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn crash(&mut self) -> io::Result<()> {
        self.stop()
    }

    /// Starts a server that has been stopped, on its old port. With `standby`, it is one that
    /// follows nobody. `ready` is what its log says once it is as far as it is to get.
    ///
    /// # Errors
    ///
    /// A sentence: what the server said.
    pub fn restart(&mut self, settings: &[&str], standby: bool, ready: &str) -> io::Result<()> {
        let signal = data(self.folder.path()).join("standby.signal");
        if standby {
            std::fs::write(&signal, "")?;
            if let Some((user, group)) = self.owner {
                std::os::unix::fs::chown(&signal, Some(user), Some(group))?;
            }
        } else if signal.exists() {
            std::fs::remove_file(&signal)?;
        }
        let folder = self.folder.path();
        let server = launch(
            self.owner,
            &self.binaries,
            folder,
            self.port,
            settings,
            ready,
        )?;
        self.server = Some(server);
        Ok(())
    }

    /// Starts a server that has been stopped, as it was.
    ///
    /// # Errors
    ///
    /// A sentence: what the server said.
    pub fn recover(&mut self, settings: &[&str]) -> io::Result<()> {
        self.restart(settings, false, READY)
    }

    fn stop(&mut self) -> io::Result<()> {
        if let Some(mut server) = self.server.take() {
            if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::QUIT);
            }
            server.wait()?;
        }
        Ok(())
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that is removed with the server.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Hands a folder and what is in it to the user that the server runs as.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn adopt(&self, folder: &Path) -> io::Result<()> {
        let Some((user, group)) = self.owner else {
            return Ok(());
        };
        for entry in std::fs::read_dir(folder)? {
            std::os::unix::fs::chown(entry?.path(), Some(user), Some(group))?;
        }
        std::os::unix::fs::chown(folder, Some(user), Some(group))
    }

    /// Where the server's programs are.
    #[must_use]
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// The postmaster and all of its backends: a hang that is made of the postmaster alone is none.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let Some(postmaster) = self.server.as_ref().map(Child::id) else {
            return Vec::new();
        };
        let children =
            std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"));
        let children = children.unwrap_or_default();
        std::iter::once(postmaster)
            .chain(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse().ok()),
            )
            .collect()
    }

    /// Sends a signal to the postmaster and all of its backends.
    pub fn signal_all(&self, signal: Signal) {
        for pid in self.processes() {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, signal);
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.signal_all(Signal::CONT);
        let _ = self.stop();
    }
}

/// Says that a folder is this process's.
fn lock(folder: &Path) -> io::Result<File> {
    // Locked before it is called by its name: a lock that nobody holds is that of somebody who is gone.
    let begun = folder.join("lock.new");
    let lock = File::create(&begun)?;
    lock.lock()?;
    std::fs::rename(begun, folder.join(LOCK))?;
    Ok(lock)
}

/// Removes the folders that nobody has any more. What cannot be removed is somebody else's business.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn launch(
    owner: Option<(u32, u32)>,
    binaries: &Path,
    folder: &Path,
    port: u16,
    settings: &[&str],
    ready: &str,
) -> io::Result<Child> {
    let log = folder.join("server.log");
    let mut command = run_as_owner(owner, &binaries.join("postgres"));
    command
        .arg("-D")
        .arg(data(folder))
        .args(["-p", &port.to_string()]);
    let fixed = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "full_page_writes=off",
    ];
    for setting in fixed.iter().chain(settings) {
        command.args(["-c", setting]);
    }
    // Appended to, so that a test can read the log of every start.
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(&log)?;
    let before = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut server = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("setpriv (package util-linux) could not start Postgres: {error}"),
            )
        })?;
    let began = Instant::now();
    loop {
        let mut text = String::new();
        std::fs::File::open(&log)?.read_to_string(&mut text)?;
        if text.get(before..).is_some_and(|said| said.contains(ready)) {
            return Ok(server);
        }
        if server.try_wait()?.is_some() || began.elapsed() > PATIENCE {
            let _ = server.kill();
            let _ = server.wait();
            return Err(io::Error::other(format!("Postgres did not start: {text}")));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing runs before Postgres does"
        )]
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command that runs as the owner of the folder and ends when this thread does.
fn run_as_owner(owner: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if let Some((user, group)) = owner {
        command.args([
            "--reuid",
            &user.to_string(),
            "--regid",
            &group.to_string(),
            "--clear-groups",
        ]);
    }
    command
        .arg(program)
        .current_dir("/")
        .env("LC_ALL", "C.UTF-8");
    command
}

/// Postgres refuses to run as root; root uses the user `postgres`.
fn owner() -> io::Result<Option<(u32, u32)>> {
    if !getuid().is_root() {
        return Ok(None);
    }
    std::fs::read_to_string("/etc/passwd")?
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == "postgres").then_some(())?;
            Some(Some((
                fields.nth(1)?.parse().ok()?,
                fields.next()?.parse().ok()?,
            )))
        })
        .ok_or_else(|| io::Error::other("there is no user postgres; apt-get install postgresql"))
}

/// The newest Postgres that Debian has installed.
fn binaries() -> io::Result<PathBuf> {
    let missing = || {
        io::Error::new(
            io::ErrorKind::NotFound,
            "Postgres is not installed; apt-get install postgresql",
        )
    };
    std::fs::read_dir("/usr/lib/postgresql")
        .map_err(|_| missing())?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version: u32 = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb")
                .is_file()
                .then_some((version, path.join("bin")))
        })
        .max()
        .map(|(_, path)| path)
        .ok_or_else(missing)
}

/// A port that is free now.
///
/// # Errors
///
/// That of the system.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_nobodys_any_more_is_removed_and_no_other() {
        let place = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            let folder = place.path().join(name);
            std::fs::create_dir(&folder).expect("a folder");
            folder
        };
        let dead = make("dragonfly-ops-pg-dead");
        drop(lock(&dead).expect("a lock"));
        let alive = make("dragonfly-ops-pg-alive");
        let _held = lock(&alive).expect("a lock");
        let begun = make("dragonfly-ops-pg-begun");
        let other = make("other");
        drop(lock(&other).expect("a lock"));
        sweep(place.path());
        let is_there = [&dead, &alive, &begun, &other].map(|folder| folder.exists());
        assert_eq!(is_there, [false, true, true, true]);
    }
}
