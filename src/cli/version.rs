//! Which version this is.

use crate::settings::built_from;

/// The version, and the commit where the build knew it.
pub(super) fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match built_from() {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    }
}
