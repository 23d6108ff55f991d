//! What a shell needs to try every command on what runs here, in a file that goes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::settings::variables;

/// The file. Dropped, it is removed, where nobody else has written it anew.
#[derive(Debug)]
pub struct EnvironmentFile {
    path: PathBuf,
    text: String,
}

impl EnvironmentFile {
    /// Writes the variables of a service that listens at `address`, for nobody but the owner.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn write(
        path: &Path,
        mut variables: BTreeMap<String, String>,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
        set(variables::HOST.name, address.ip().to_string());
        set(variables::PORT.name, address.port().to_string());
        if let Some(token) = variables.get(variables::OPS_TOKEN.name).cloned() {
            variables.insert(variables::DRAGONFLY_TOKEN.name.to_owned(), token);
        }
        let text = text(&variables);
        // What a run before this one has left may be open to others.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        let path = path.to_owned();
        Ok(Self { path, text })
    }

    /// The line that loads it into a shell.
    #[must_use]
    pub fn line(&self) -> String {
        let path = quoted(&self.path.to_string_lossy());
        format!("set -a; . {path}; set +a")
    }
}

impl Drop for EnvironmentFile {
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The variables as a shell takes them. What else is read is unset: the shell may hold those of production.
fn text(variables: &BTreeMap<String, String>) -> String {
    let names = variables::ALL.iter().flat_map(|variable| variable.names());
    let others: BTreeSet<_> = names
        .filter(|name| !variables.contains_key(*name))
        .collect();
    let others: Vec<_> = others.into_iter().collect();
    let mut text = format!("unset {}\n", others.join(" "));
    for (name, value) in variables {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name}={}", quoted(value));
    }
    text
}

fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    match !value.is_empty() && value.chars().all(is_plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\'', r"'\''")),
    }
}
