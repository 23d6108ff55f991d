//! `dragonfly-ops validate-flows`

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::adapters::postgres::relations::relations;
use crate::adapters::postgres::session;
use crate::cli::render::{self, Output};
use crate::cli::{USAGE, render::printable};
use crate::domain::fault::Fault;
use crate::domain::flows::{Database, Flows, Relations};
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  nothing critical; there may be warnings, so read them
  1  at least one critical finding
  2  DIR does not exist or is no folder
  3  nothing critical, but not all could be checked: no workflow in DIR, a file too large,
     the database down

Examples:
  dragonfly-ops validate-flows ./n8n
  dragonfly-ops validate-flows ./n8n --output json |
      jq -r '.checks[] | select(.verdict == \"critical\") | .subject'";

/// How many files are looked at.
const MAX_FILES: usize = 1_000;
/// How large a file may be, in MiB.
const MAX_MIB: u64 = 10;
/// How long the database may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Checks every flow below `folder`. Exit code 2: there is no such folder.
pub(super) async fn run(settings: &Settings, folder: &Path, output: Output) -> ExitCode {
    if !folder.is_dir() {
        let name = folder.display().to_string();
        eprintln!("dragonfly-ops: {} is no folder", printable(&name));
        return ExitCode::from(USAGE);
    }
    let mut flows = Flows::default();
    for path in files(folder, &mut flows) {
        let name = name(folder, &path);
        match contents(&path) {
            Ok(Some(bytes)) => flows.judge(&name, &bytes),
            Ok(None) => flows.too_large(&name, MAX_MIB),
            Err(error) => unreadable(&mut flows, &name, &error),
        }
    }
    let database = compare_with(settings, flows.need_database()).await;
    render::checks(output, &flows.finish(&database))
}

/// The files below a folder that are called `*.json`, in the order of their names.
fn files(folder: &Path, flows: &mut Flows) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(next) = ahead.pop() {
        let entries: Result<Vec<_>, _> = fs::read_dir(&next).and_then(Iterator::collect);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                unreadable(flows, &name(folder, &next), &error);
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is_flow = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            match entry.file_type() {
                // The entry's own type: a link is not followed, so there are no circles.
                Ok(kind) if kind.is_dir() => ahead.push(path),
                Ok(kind) if kind.is_file() && is_flow => found.push(path),
                Ok(_) if is_flow => flows.skipped(&name(folder, &path)),
                Ok(_) => {}
                Err(error) => unreadable(flows, &name(folder, &path), &error),
            }
        }
    }
    found.sort();
    if found.len() > MAX_FILES {
        found.truncate(MAX_FILES);
        flows.too_many(MAX_FILES);
    }
    found
}

/// What is in a file; nothing where that is too much. Never reads more than the limit, whatever the
/// size was said to be.
fn contents(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let limit = MAX_MIB * 1024 * 1024;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|length| length <= limit);
    Ok(is_small.then_some(bytes))
}

fn unreadable(flows: &mut Flows, name: &str, error: &io::Error) {
    flows.unreadable(
        name,
        format!("It cannot be read: {}.", error.kind()),
        "Check who owns it and who may read it.",
    );
}

/// How a file is named in findings: from the folder on.
fn name(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    match path.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => path.display().to_string(),
    }
}

/// What the database has. It is left alone where nothing would be compared with it.
async fn compare_with(settings: &Settings, is_needed: bool) -> Database {
    // Where only the direct way is set, that one serves as well.
    let database = settings
        .database
        .clone()
        .or_else(|fault| settings.migration.clone().map_err(|_| fault));
    let database = match database {
        Ok(database) => session::Database::new(&database, settings.redactor.clone()),
        Err(fault) if fault.code == Code::ConfigMissing => return Database::NotSet,
        Err(fault) => Err(fault),
    };
    let found: Result<Relations, Fault> = match database {
        Ok(database) if is_needed => relations(&database, TIMEOUT).await,
        Ok(_) => Ok(Relations::default()),
        Err(fault) => Err(fault),
    };
    match found {
        Ok(relations) => Database::Asked(relations),
        Err(fault) => Database::Failed(fault),
    }
}
