//! The last lines of the log that name a code: whoever takes evidence of an incident finds them in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of them is kept, in bytes.
const KEPT_BYTES: usize = 48 * 1024;
/// How much of one line is, in bytes.
const LINE_BYTES: usize = 4 * 1024;
/// How every code begins.
const CODE: &str = "DFE-";

/// The last lines that name a code. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RecentLines(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    bytes: usize,
}

impl RecentLines {
    /// What is kept, the oldest first.
    #[must_use]
    pub fn text(&self) -> String {
        self.lock().lines.iter().map(String::as_str).collect()
    }

    /// Keeps a line, where it names a code.
    pub(super) fn see(&self, line: &[u8]) {
        let line = &line[..line.len().min(LINE_BYTES)];
        let text = String::from_utf8_lossy(line);
        if !text.contains(CODE) {
            return;
        }
        let mut text = text.into_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mut kept = self.lock();
        kept.bytes += text.len();
        kept.lines.push_back(text);
        while kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.lines.pop_front() else {
                break;
            };
            kept.bytes -= oldest.len();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_with_a_code_are_kept_and_no_more_than_fit() {
        let recent = RecentLines::default();
        recent.see(b"{\"message\":\"listening\"}\n");
        assert_eq!(recent.text(), "");
        recent.see(b"first DFE-DB-001\n");
        recent.see("DFE-DB-002 ü".repeat(1_000).as_bytes());
        let text = recent.text();
        assert!(text.starts_with("first DFE-DB-001\nDFE-DB-002 ü"), "{text}");
        assert!(text.len() <= "first DFE-DB-001\n".len() + LINE_BYTES + 4);
        for nth in 0..10_000 {
            recent.see(format!("line {nth} DFE-DB-003\n").as_bytes());
        }
        let text = recent.text();
        assert!(text.len() <= KEPT_BYTES && text.len() > KEPT_BYTES / 2);
        assert!(text.ends_with("line 9999 DFE-DB-003\n"), "{text}");
    }
}
