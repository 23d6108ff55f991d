//! Text from standard input.

use std::io::{self, Read as _};

/// What stands there, at most so many bytes of it.
pub(super) fn read(at_most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(at_most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
