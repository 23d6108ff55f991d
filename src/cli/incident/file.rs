//! A file that is attached to an incident.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cli::exit::USAGE;
use crate::domain::incident::MOST_ATTACHED;

/// The order to attach it; says on stderr why it cannot be one.
pub(super) fn read(path: &Path) -> Result<Value, ExitCode> {
    let refuse = |why: &str| {
        eprintln!("dragonfly-ops: {}: {why}", path.display());
        ExitCode::from(USAGE)
    };
    let mut content = Vec::new();
    // A pipe has no end that can be asked for.
    let file = File::open(path).map(|file| file.take(MOST_ATTACHED as u64 + 1));
    file.and_then(|mut file| file.read_to_end(&mut content))
        .map_err(|error| refuse(&format!("it could not be read: {error}")))?;
    if content.len() > MOST_ATTACHED {
        return Err(refuse("it is larger than 10 MB"));
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(json!({ "name": name.to_string_lossy(), "content": STANDARD.encode(content) }))
}
