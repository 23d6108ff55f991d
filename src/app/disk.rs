//! What has to outlive the process, on disk.
//!
//! # Design notes
//!
//! One thread at a time works with the folder: where a disk hangs, one thread hangs with it, and not one
//! more with each attempt. What could not be written waits, and is written before what came later, so
//! that what stands on disk has no gap once there is room again. It is written and read a file at a time, so that
//! a disk counts as one that hangs by what it does now, and not by how much there is.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::adapters::state_dir::{Kept, StateDir, fault};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// How long it may take with a file.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// The folder, and what is not in it yet.
pub(super) struct Disk<T> {
    folder: PathBuf,
    opened: Option<StateDir<T>>,
    /// What a thread is at, where that takes longer than anybody waits for it.
    at_work: Option<JoinHandle<Done<T>>>,
    /// Line by line.
    unwritten: VecDeque<Vec<u8>>,
    unwritten_bytes: usize,
    /// How many bytes of these wait at most: as many as may wait for the database. The oldest ones go.
    most_bytes: usize,
    /// Whether any of what was to be written went without that since somebody asked.
    has_dropped: bool,
}

/// What a thread hands back.
struct Done<T> {
    opened: Option<StateDir<T>>,
    /// What was to be written.
    lines: Vec<Vec<u8>>,
    /// How many of these are, from the first on.
    written: Result<usize, Fault>,
}

impl<T: Kept + Send + 'static> Disk<T> {
    /// At this folder.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            opened: None,
            at_work: None,
            unwritten: VecDeque::new(),
            unwritten_bytes: 0,
            most_bytes: T::WAITING_BYTES,
            has_dropped: false,
        }
    }

    /// What processes before this one have written down, in the order of time. A file that cannot be read is left
    /// out.
    ///
    /// # Errors
    ///
    /// Why that is not known.
    pub(super) async fn read(&self) -> Result<Vec<T>, Fault> {
        let folder = self.folder.clone();
        let mut listing = tokio::task::spawn_blocking(move || {
            StateDir::<T>::open(&folder).and_then(|opened| opened.files())
        });
        let files = in_time(&mut listing).await?;
        let mut all = Vec::new();
        for file in files.map_err(|error| fault(&error))? {
            let mut reading = tokio::task::spawn_blocking(move || StateDir::<T>::load(&file));
            all.extend(in_time(&mut reading).await?.unwrap_or_default());
        }
        Ok(all)
    }

    /// Writes down what could not be written before, and then these.
    ///
    /// # Errors
    ///
    /// Why nothing is written; it is tried again with what comes next.
    pub(super) async fn write(&mut self, all: &[T]) -> Result<(), Fault> {
        for one in all {
            let line = one.line().map_err(|error| fault(&error))?;
            self.unwritten_bytes += line.len();
            self.unwritten.push_back(line);
        }
        let written = self.write_lines().await;
        if written.is_err() {
            self.bound();
        }
        written
    }

    async fn write_lines(&mut self) -> Result<(), Fault> {
        while self.at_work.is_some() || !self.unwritten.is_empty() {
            let mut work = match self.at_work.take() {
                Some(work) => work,
                None => self.begin(),
            };
            let done = in_time(&mut work).await.inspect_err(|_| {
                if work.is_finished() {
                    // It panicked, and what it was at is gone with it.
                    self.has_dropped = true;
                } else {
                    self.at_work = Some(work);
                }
            })?;
            self.opened = done.opened;
            let written = done.written.as_ref().map_or(0, |written| *written);
            for line in done.lines.into_iter().skip(written).rev() {
                self.unwritten_bytes += line.len();
                self.unwritten.push_front(line);
            }
            done.written?;
        }
        Ok(())
    }

    fn begin(&mut self) -> JoinHandle<Done<T>> {
        let folder = self.folder.clone();
        let opened = self.opened.take();
        let lines: Vec<_> = self.unwritten.drain(..).collect();
        self.unwritten_bytes = 0;
        tokio::task::spawn_blocking(move || {
            // One that could not be opened before may be there now.
            match opened.map_or_else(|| StateDir::open(&folder), Ok) {
                Ok(mut opened) => Done {
                    written: opened.append(&lines).map_err(|error| fault(&error)),
                    opened: Some(opened),
                    lines,
                },
                Err(error) => Done {
                    written: Err(fault(&error)),
                    opened: None,
                    lines,
                },
            }
        })
    }

    fn bound(&mut self) {
        while self.unwritten_bytes > self.most_bytes
            && let Some(line) = self.unwritten.pop_front()
        {
            self.unwritten_bytes -= line.len();
            self.has_dropped = true;
        }
    }

    /// Whether any of what was to be written went without that since the last time, and how many wait that came
    /// later.
    pub(super) fn take_dropped(&mut self) -> Option<usize> {
        std::mem::take(&mut self.has_dropped).then_some(self.unwritten.len())
    }
}

/// Where to write down: apart for each database and environment, so that what was seen of one is never
/// shipped to another.
pub(super) fn folder(settings: &Settings) -> PathBuf {
    let database = settings.database.as_ref().ok();
    let target = database.map_or_else(|| "no-database".to_owned(), |database| database.target());
    let name: String = format!("{} {target}", settings.deployment.environment)
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .take(200)
        .collect();
    settings.state_dir.join(name)
}

/// What a thread comes to, where that does not take too long.
pub(super) async fn in_time<T>(work: &mut JoinHandle<T>) -> Result<T, Fault> {
    match tokio::time::timeout(TIMEOUT, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Fault::new(
            Code::Internal,
            "STATE_DIR cannot be written for a cause not foreseen.",
        )),
        Err(_) => Err(hangs()),
    }
}

/// The disk does not get on.
pub(super) fn hangs() -> Fault {
    Fault::new(Code::Internal, "The disk of STATE_DIR does not answer.")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::history::{Sample, Series};

    fn sample(second: i64) -> Sample {
        let at = Timestamp::from_second(1_800_000_000 + second).expect("a time");
        Sample::new(Series::Db, (at, Duration::from_secs(30)), Duration::ZERO)
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_once_it_can_be() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("state");
        std::fs::write(&folder, "in the way").expect("it writes");
        let mut disk = Disk::new(folder.clone());
        disk.most_bytes = 3 * sample(0).line().expect("it is JSON").len();
        for second in 0..4 {
            let fault = disk.write(&[sample(second)]).await;
            assert_eq!(fault.map_err(|fault| fault.code), Err(Code::ConfigInvalid));
            assert_eq!(disk.take_dropped(), (second == 3).then_some(3));
        }
        std::fs::remove_file(&folder).expect("it goes");
        disk.write(&[sample(4)]).await.expect("it writes");
        disk.write(&[sample(5)]).await.expect("it writes");
        let read = Disk::new(folder).read().await;
        // Of what waited, the oldest one has gone.
        let expected: Vec<_> = (1..6).map(sample).collect();
        assert_eq!(read, Ok(expected));
    }

    #[tokio::test]
    async fn a_disk_that_hangs_holds_one_thread_and_loses_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let mut disk = Disk::new(home.path().to_owned());
        disk.write(&[sample(0)]).await.expect("it writes");
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let opened = disk.opened.take();
        disk.at_work = Some(tokio::task::spawn_blocking(move || {
            let _ = wait.recv();
            Done {
                opened,
                lines: vec![sample(30).line().expect("it is JSON")],
                written: Err(Fault::new(Code::Internal, "late")),
            }
        }));
        for second in [60, 90] {
            let fault = disk.write(&[sample(second)]).await;
            let fault = fault.expect_err("it hangs");
            assert_eq!(fault.detail, "The disk of STATE_DIR does not answer.");
        }
        drop(go_on);
        let late = disk.write(&[sample(120)]).await;
        assert_eq!(late.map_err(|fault| fault.detail), Err("late".into()));
        disk.write(&[sample(150)]).await.expect("it writes");
        let read = disk.read().await.expect("it reads");
        let expected: Vec<_> = (0..6).map(|nth| sample(nth * 30)).collect();
        assert_eq!(read, expected);
    }
}
