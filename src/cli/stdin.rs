//! Text from standard input.

use std::io::{self, Read as _};

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// How standard input is named on the command line.
pub(super) const STDIN: &str = "-";

/// What stands there, at most so many bytes of it.
///
/// # Errors
///
/// DFE-INT-001 where it cannot be read.
pub(super) fn read(at_most: u64) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(at_most).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(STDIN, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// That a file, or standard input, is there and cannot be read.
pub(super) fn unreadable(name: &str, error: &io::Error) -> Fault {
    let detail = match name {
        STDIN => "Standard input could not be read.".to_owned(),
        name => format!("The file {name} could not be read."),
    };
    Fault::new(Code::Internal, detail)
        .check_first("Who owns it, and who may read it")
        .caused_by(vec![error.to_string()])
}
