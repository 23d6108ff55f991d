//! Programs of others that come from PyPI, in the versions that are locked here.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Installs what a list of this repository asks for, into an environment of its own.
pub(crate) fn pip_install(list: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("python3-venv is installed (make tools)");
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complained}");
    };
    let environment = folder.path().to_str().expect("a name");
    run(Path::new("python3"), &["-m", "venv", environment]);
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(list);
    let list = list.to_str().expect("a name");
    let install = ["install", "--quiet", "--no-deps", "--requirement", list];
    run(&folder.path().join("bin/pip"), &install);
    folder
}
