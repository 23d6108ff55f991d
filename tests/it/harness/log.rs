//! The log of an instance, read without making it wait.

use std::io::{ErrorKind, Read};
use std::process::ChildStdout;
use std::sync::{Arc, Mutex};

use super::GLANCE;

/// Its log, as far as it was read.
pub(super) struct Log {
    pipe: ChildStdout,
    rest: Vec<u8>,
    pub(super) lines: Vec<String>,
    pub(super) has_ended: bool,
}

impl Log {
    /// Reads on in the background, so that the pipe never fills.
    pub(super) fn of(pipe: ChildStdout) -> Arc<Mutex<Self>> {
        rustix::io::ioctl_fionbio(&pipe, true).expect("a pipe");
        let log = Arc::new(Mutex::new(Self {
            pipe,
            rest: Vec::new(),
            lines: Vec::new(),
            has_ended: false,
        }));
        let read = Arc::downgrade(&log);
        std::thread::spawn(move || {
            while let Some(log) = read.upgrade() {
                let mut log = log.lock().expect("not poisoned");
                log.drain();
                if log.has_ended {
                    return;
                }
                drop(log);
                std::thread::sleep(GLANCE);
            }
        });
        log
    }

    /// Reads all that is there, and says how much that was.
    pub(super) fn drain(&mut self) -> usize {
        let mut part = [0; 16 * 1024];
        let mut total = 0;
        loop {
            match self.pipe.read(&mut part) {
                Ok(0) => {
                    self.has_ended = true;
                    return total;
                }
                Ok(read) => {
                    total += read;
                    self.rest.extend_from_slice(&part[..read]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return total,
                Err(error) => panic!("{error}"),
            }
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line = self.rest.drain(..=end).collect();
                let line = String::from_utf8(line).expect("the log is text");
                self.lines.push(line.trim_end().to_owned());
            }
        }
    }
}
