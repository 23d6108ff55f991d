//! `dragonfly-ops validate-flows`

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::app::App;
use crate::cli::answer::{Answer, LookedAt, Output};
use crate::cli::exit::USAGE;
use crate::cli::render::printable;
use crate::cli::target;
use crate::domain::order::refuse;
use crate::reading::flows::Flows;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  nothing critical; there may be warnings, so read them
  1  at least one critical finding
  2  DIR does not exist or is no folder, or what names the target of the database does not agree
  3  nothing critical, but not all could be checked: no workflow in DIR, a file too large,
     the database down

Examples:
  dragonfly-ops validate-flows ./n8n
  dragonfly-ops validate-flows ./n8n --output json |
      jq -r '.checks[] | select(.verdict == \"critical\") | .subject'";

/// How many files are looked at.
const MAX_FILES: usize = 1_000;
/// Folders that hold what others wrote, thousands of files of it: nobody keeps flows there.
const FOREIGN: &[&str] = &["node_modules", ".git"];
/// How large a file may be, in MiB.
const MAX_MIB: u64 = 10;

/// Checks every flow below `folder`. Exit code 2: there is no such folder, or
/// the target of the database is not certain.
pub(super) async fn run(app: &App, folder: &Path, env: Option<&str>, output: Output) -> ExitCode {
    let mut answer = Answer::new(output);
    let named = printable(&folder.display().to_string());
    answer.looks_at(LookedAt::folder(&named));
    if !folder.is_dir() {
        let fault = refuse(format!("{named} is no folder."));
        return answer.fail(&fault.check_first("The path of the folder"), USAGE);
    }
    // Without a database nothing remote is touched, and there is no target to prove.
    let has_database = app.settings.database.is_ok() || app.settings.migration.is_ok();
    if has_database && let Err(code) = target::announce(&mut answer, &app.settings, env) {
        return code;
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
    let database = app.relations(flows.need_database()).await;
    answer.checks(&flows.finish(&database))
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
                Ok(kind) if kind.is_dir() => {
                    let name = entry.file_name();
                    if !FOREIGN.iter().any(|foreign| name == *foreign) {
                        ahead.push(path);
                    }
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::flows::DatabaseRelations;

    fn ids(flows: Flows) -> Vec<(&'static str, String)> {
        flows
            .finish(&DatabaseRelations::NotSet)
            .into_iter()
            .map(|check| (check.id, check.subject.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn files_are_found_in_folders_and_links_are_not_followed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub"))?;
        fs::create_dir_all(at("sub/node_modules/a"))?;
        fs::write(at("sub/node_modules/a/package.json"), "{}")?;
        fs::write(at("sub/b.JSON"), "")?;
        fs::write(at("a.json"), "")?;
        fs::write(at("README.md"), "")?;
        std::os::unix::fs::symlink(folder.path(), at("circle"))?;
        std::os::unix::fs::symlink(at("a.json"), at("link.json"))?;
        let mut flows = Flows::default();
        let found = files(folder.path(), &mut flows);
        let names: Vec<_> = found.iter().map(|path| name(folder.path(), path)).collect();
        assert_eq!(names, ["a.json", "sub/b.JSON"]);
        let skipped = ("flow.skipped", "link.json".to_owned());
        assert!(ids(flows).contains(&skipped));
        Ok(())
    }

    #[test]
    fn more_files_than_the_limit_are_said_to_be_too_many() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for number in 0..=MAX_FILES {
            fs::write(folder.path().join(format!("{number}.json")), "")?;
        }
        let mut flows = Flows::default();
        assert_eq!(files(folder.path(), &mut flows).len(), MAX_FILES);
        assert!(ids(flows).iter().any(|(id, _)| *id == "flow.too-many"));
        Ok(())
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_no_further() -> io::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        let limit = MAX_MIB * 1024 * 1024;
        file.as_file().set_len(limit)?;
        assert!(contents(file.path())?.is_some());
        file.as_file().set_len(limit + 1)?;
        assert!(contents(file.path())?.is_none());
        Ok(())
    }
}
