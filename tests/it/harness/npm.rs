//! Programs of others that come from npm, in the versions that are locked here.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Installs what these files of a folder of this repository ask for, into a folder of its own.
pub(crate) fn npm_install(source: &str, files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    for file in files {
        let copy = folder.path().join(file);
        std::fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        std::fs::copy(source.join(file), copy).expect("it is there");
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("npm is installed");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
    folder
}
