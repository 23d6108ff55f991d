//! Counts the user instructions of a process, and tells which functions ran, by valgrind's callgrind: neither depends on
//! what else the machine does.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A process whose instructions are counted. It is ended when it is dropped.
#[derive(Debug)]
pub struct Counted {
    process: Child,
    /// What it was given, as it is found by its HOST, too.
    environment: Vec<(OsString, OsString)>,
    folder: TempDir,
    dumps: u32,
}

impl Counted {
    /// Starts what `command` would start, with the environment that it sets and no other.
    ///
    /// # Errors
    ///
    /// That of the system, where valgrind is not installed.
    pub fn start(command: &Command) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let out = folder.path().join("out");
        let set = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let environment: Vec<_> = set.collect();
        let process = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind", "--demangle=no"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(prefix(folder.path()))
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()?;
        Ok(Self {
            process,
            environment,
            folder,
            dumps: 0,
        })
    }

    /// How many there were since it was last asked, or since the start.
    ///
    /// # Errors
    ///
    /// That the process does not say, as where it has ended.
    pub fn instructions(&mut self) -> io::Result<u64> {
        let text = self.said()?;
        let totals = text.lines().find_map(|line| line.strip_prefix("totals: "));
        totals
            .and_then(|totals| totals.trim().parse().ok())
            .ok_or_else(|| io::Error::other("callgrind does not say how many there were"))
    }

    /// The functions that ran since it was last asked, or since the start, by their mangled names.
    ///
    /// # Errors
    ///
    /// That the process does not say, as where it has ended.
    pub fn functions(&mut self) -> io::Result<BTreeSet<String>> {
        let text = self.said()?;
        // `fn=(12) name` where it is first named, and `cfn=` where it is called before; one that calls itself has
        // a number behind an apostrophe.
        let named = text.lines().filter_map(|line| {
            let line = line
                .strip_prefix("fn=")
                .or_else(|| line.strip_prefix("cfn="))?;
            let (_, name) = line.split_once(") ")?;
            name.split('\'').next()
        });
        Ok(named.map(str::to_owned).collect())
    }

    /// What callgrind writes when it is asked.
    fn said(&mut self) -> io::Result<String> {
        self.dumps += 1;
        let asked = Command::new("callgrind_control")
            .arg(prefix(self.folder.path()))
            .args(["--dump", &self.process.id().to_string()])
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        if !asked.success() {
            return Err(io::Error::other("callgrind does not answer"));
        }
        fs::read_to_string(self.dump())
    }

    fn dump(&self) -> PathBuf {
        self.folder.path().join(format!("out.{}", self.dumps))
    }
}

/// Where the one finds the other.
fn prefix(folder: &Path) -> String {
    format!("--vgdb-prefix={}", folder.join("vgdb").display())
}

impl Drop for Counted {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
