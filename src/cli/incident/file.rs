//! A file that is attached to an incident.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cli::render::printable;
use crate::domain::fault::Fault;
use crate::domain::incident::MOST_ATTACHED;
use crate::domain::order::refuse;

/// The order to attach it.
///
/// # Errors
///
/// DFE-VAL-001 saying why it cannot be one.
pub(super) fn read(path: &Path) -> Result<Value, Fault> {
    let named = printable(&path.display().to_string());
    let refuse = |why: &str| refuse(format!("{named} {why}.")).check_first("The path of the file");
    let mut content = Vec::new();
    // A pipe has no end that can be asked for.
    let file = File::open(path).map(|file| file.take(MOST_ATTACHED as u64 + 1));
    file.and_then(|mut file| file.read_to_end(&mut content))
        .map_err(|error| refuse("cannot be attached").caused_by(vec![error.to_string()]))?;
    if content.len() > MOST_ATTACHED {
        return Err(refuse("cannot be attached: it is larger than 10 MB"));
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(json!({ "name": name.to_string_lossy(), "content": STANDARD.encode(content) }))
}
