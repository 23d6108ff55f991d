//! Writes the log without ever making anybody wait for it.
//!
//! # Design notes
//!
//! Who reads our stdout may stop reading, go away, or have a full disk; requests are answered all the
//! same. So a thread of its own writes, behind a queue that has an end: what does not fit in, and
//! what cannot be written, is dropped, counted, and said in the log once it goes on.
//!
//! `tracing-appender` was decided against: at the end it waits for its thread and then says so on
//! stdout, which hangs or panics in just the case that this is for, and it does not count the lines
//! that could not be written.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use prometheus::IntCounter;
use tracing_subscriber::fmt::MakeWriter;

use crate::telemetry::log::recent::RecentLines;

/// How many lines wait at most: about a second of the busiest log.
const LINES: u64 = 4_096;
/// The end of the process waits for a writer that gets on, but not for longer than this.
const FLUSH: Duration = Duration::from_secs(2);
/// A writer that has not written a line for so long is stuck.
const STUCK: Duration = Duration::from_millis(250);
const POLL: Duration = Duration::from_millis(1);

/// The lines that wait to be written. Cheap to clone.
#[derive(Clone)]
pub(super) struct LineQueue {
    /// Without an end of its own, which would take the room of all lines from the start.
    lines: Sender<Vec<u8>>,
    /// How many are not written yet.
    pending: Arc<AtomicU64>,
    dropped: IntCounter,
    recent: RecentLines,
}

impl LineQueue {
    /// Starts the thread that writes to `output`. `notice` renders the line that says how many were
    /// dropped.
    pub(super) fn start<W: Write + Send + 'static>(
        output: Sink<W>,
        dropped: IntCounter,
        notice: impl Fn(u64) -> Vec<u8> + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, lines) = channel();
        let queue = Self {
            lines: sender,
            pending: Arc::default(),
            dropped,
            recent: RecentLines::default(),
        };
        let (pending, dropped) = (Arc::clone(&queue.pending), queue.dropped.clone());
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&lines, output, &pending, &dropped, &notice))?;
        Ok(queue)
    }

    /// The same, where these lines are kept, too.
    pub(super) fn seen_by(self, recent: RecentLines) -> Self {
        Self { recent, ..self }
    }

    /// Waits until everything is written, or the writer is stuck.
    pub(super) fn flush(&self) {
        let began = Instant::now();
        let mut last = (self.pending.load(Ordering::Acquire), began);
        while last.0 > 0 && began.elapsed() < FLUSH && last.1.elapsed() < STUCK {
            #[expect(
                clippy::disallowed_methods,
                reason = "the service has ended, and the log is what is left"
            )]
            thread::sleep(POLL);
            let pending = self.pending.load(Ordering::Acquire);
            if pending != last.0 {
                last = (pending, Instant::now());
            }
        }
    }
}

fn write<W: Write>(
    lines: &Receiver<Vec<u8>>,
    mut output: Sink<W>,
    pending: &AtomicU64,
    dropped: &IntCounter,
    notice: &dyn Fn(u64) -> Vec<u8>,
) {
    let mut said = 0;
    for line in lines {
        if output.put(&line).is_err() {
            dropped.inc();
        } else {
            let so_far = dropped.get();
            if so_far > said && output.put(&notice(so_far - said)).is_ok() {
                said = so_far;
            }
        }
        pending.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Write for LineQueue {
    /// Takes a whole line: the subscriber writes each event at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.recent.see(line);
        let has_room = self.pending.fetch_add(1, Ordering::AcqRel) < LINES;
        if !has_room || self.lines.send(line.to_vec()).is_err() {
            self.pending.fetch_sub(1, Ordering::AcqRel);
            self.dropped.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LineQueue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl fmt::Debug for LineQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

/// Where lines end up: whole, whatever became of the one before.
#[derive(Debug)]
pub(super) struct Sink<W> {
    inner: W,
    /// The last line was cut off in its middle.
    is_torn: bool,
}

impl Sink<File> {
    /// The process's stdout, without the lock and the buffer of `std::io::stdout`: nobody else waits
    /// for a write that hangs.
    pub(super) fn stdout() -> io::Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self::new(File::from(stdout)))
    }
}

impl<W: Write> Sink<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            is_torn: false,
        }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.put_all(b"\n")?;
            self.is_torn = false;
        }
        self.put_all(line)
    }

    fn put_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            match self.inner.write(left) {
                Ok(written) if written > 0 => left = &left[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                failed => {
                    self.is_torn |= left.len() < bytes.len();
                    return Err(failed.err().unwrap_or_else(|| ErrorKind::WriteZero.into()));
                }
            }
        }
        Ok(())
    }
}

/// The text of a line that the writer adds by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Notice(Arc<Mutex<Vec<u8>>>);

impl Notice {
    /// The text, which is then empty.
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Notice {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Notice {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::log_lines_dropped;

    /// Takes so many bytes, then fails until it is told to go on.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Disk {
        fn free(&self, bytes: usize) {
            self.0.lock().expect("not poisoned").0 = bytes;
        }

        fn text(&self) -> String {
            let disk = self.0.lock().expect("not poisoned");
            String::from_utf8(disk.1.clone()).expect("text")
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().expect("not poisoned");
            let fits = bytes.len().min(disk.0);
            if fits == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            disk.0 -= fits;
            disk.1.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(lines: u64) -> Vec<u8> {
        format!("{lines} dropped\n").into_bytes()
    }

    #[test]
    fn what_a_full_disk_does_not_take_is_counted_and_said_when_it_goes_on() {
        let disk = Disk::default();
        disk.free(9);
        let dropped = log_lines_dropped();
        let mut queue = LineQueue::start(Sink::new(disk.clone()), dropped.clone(), said)
            .expect("a thread starts");
        for line in ["first\n", "second\n", "third\n"] {
            queue.write_all(line.as_bytes()).expect("it never fails");
        }
        LineQueue::flush(&queue);
        assert_eq!((disk.text().as_str(), dropped.get()), ("first\nsec", 2));
        disk.free(1_000);
        queue.write_all(b"fourth\n").expect("it never fails");
        LineQueue::flush(&queue);
        assert_eq!(disk.text(), "first\nsec\nfourth\n2 dropped\n");
    }

    #[test]
    fn a_writer_that_is_stuck_holds_nobody_up() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                loop {
                    thread::park();
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let dropped = log_lines_dropped();
        let mut queue =
            LineQueue::start(Sink::new(Stuck), dropped.clone(), said).expect("a thread starts");
        for _ in 0..LINES + 11 {
            queue.write_all(b"line\n").expect("it never fails");
        }
        assert_eq!(dropped.get(), 11);
        let began = Instant::now();
        LineQueue::flush(&queue);
        assert!(began.elapsed() < FLUSH, "it is seen to be stuck");
    }
}
