//! What has to outlive the process, on disk.
//!
//! # Design notes
//!
//! One thread at a time works with the folder: where a disk hangs, one thread hangs with it, and not one
//! more with each attempt. What could not be written waits, and is written before what came later, so
//! that what stands on disk has no gap once there is room again.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::adapters::state_dir::{Kept, StateDir, fault};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::settings::Settings;

/// How long it may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// The folder, and what is not in it yet.
pub(super) struct Disk<T> {
    folder: PathBuf,
    opened: Option<StateDir<T>>,
    /// What a thread is at, where that takes longer than anybody waits for it.
    at_work: Option<JoinHandle<Done<T>>>,
    unwritten: VecDeque<T>,
    /// How many of these wait at most; the oldest ones go.
    most: usize,
}

/// What a thread hands back.
struct Done<T> {
    opened: Option<StateDir<T>>,
    /// What was to be written.
    all: Vec<T>,
    written: Result<(), Fault>,
}

impl<T: Kept + Send + 'static> Disk<T> {
    /// At this folder.
    pub(super) fn new(folder: PathBuf, most: usize) -> Self {
        Self {
            folder,
            opened: None,
            at_work: None,
            unwritten: VecDeque::new(),
            most,
        }
    }

    /// What processes before this one have written down.
    ///
    /// # Errors
    ///
    /// Why that is not known.
    pub(super) async fn read(&self) -> Result<Vec<T>, Fault> {
        let folder = self.folder.clone();
        let mut reading = tokio::task::spawn_blocking(move || {
            let read = StateDir::<T>::open(&folder).and_then(|opened| opened.read());
            read.map_err(|error| fault(&error))
        });
        in_time(&mut reading).await.unwrap_or_else(Err)
    }

    /// Writes down what could not be written before, and then these.
    ///
    /// # Errors
    ///
    /// Why nothing is written; it is tried again with what comes next.
    pub(super) async fn write(&mut self, all: Vec<T>) -> Result<(), Fault> {
        self.unwritten.extend(all);
        while self.at_work.is_some() || !self.unwritten.is_empty() {
            let mut work = match self.at_work.take() {
                Some(work) => work,
                None => self.begin(),
            };
            let done = in_time(&mut work).await.inspect_err(|_| {
                if !work.is_finished() {
                    self.at_work = Some(work);
                }
            });
            let done = done.inspect_err(|_| self.bound())?;
            self.opened = done.opened;
            if let Err(fault) = done.written {
                for one in done.all.into_iter().rev() {
                    self.unwritten.push_front(one);
                }
                self.bound();
                return Err(fault);
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> JoinHandle<Done<T>> {
        let folder = self.folder.clone();
        let opened = self.opened.take();
        let all: Vec<_> = self.unwritten.drain(..).collect();
        tokio::task::spawn_blocking(move || {
            // One that could not be opened before may be there now.
            match opened.map_or_else(|| StateDir::open(&folder), Ok) {
                Ok(mut opened) => Done {
                    written: opened.append(&all).map_err(|error| fault(&error)),
                    opened: Some(opened),
                    all,
                },
                Err(error) => Done {
                    written: Err(fault(&error)),
                    opened: None,
                    all,
                },
            }
        })
    }

    fn bound(&mut self) {
        let excess = self.unwritten.len().saturating_sub(self.most);
        self.unwritten.drain(..excess);
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
        let mut disk = Disk::new(folder.clone(), 3);
        for second in 0..4 {
            let fault = disk.write(vec![sample(second)]).await;
            assert_eq!(fault.map_err(|fault| fault.code), Err(Code::ConfigInvalid));
        }
        std::fs::remove_file(&folder).expect("it goes");
        disk.write(vec![sample(4)]).await.expect("it writes");
        disk.write(vec![sample(5)]).await.expect("it writes");
        let read = Disk::new(folder, 3).read().await;
        // Of what waited, the oldest one has gone.
        let expected: Vec<_> = (1..6).map(sample).collect();
        assert_eq!(read, Ok(expected));
    }

    #[tokio::test]
    async fn a_disk_that_hangs_holds_one_thread_and_loses_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let mut disk = Disk::new(home.path().to_owned(), 10);
        disk.write(vec![sample(0)]).await.expect("it writes");
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let opened = disk.opened.take();
        disk.at_work = Some(tokio::task::spawn_blocking(move || {
            let _ = wait.recv();
            Done {
                opened,
                all: vec![sample(30)],
                written: Err(Fault::new(Code::Internal, "late")),
            }
        }));
        for second in [60, 90] {
            let fault = disk.write(vec![sample(second)]).await;
            let fault = fault.expect_err("it hangs");
            assert_eq!(fault.detail, "The disk of STATE_DIR does not answer.");
        }
        drop(go_on);
        let late = disk.write(vec![sample(120)]).await;
        assert_eq!(late.map_err(|fault| fault.detail), Err("late".into()));
        disk.write(vec![sample(150)]).await.expect("it writes");
        let read = disk.read().await.expect("it reads");
        let expected: Vec<_> = (0..6).map(|nth| sample(nth * 30)).collect();
        assert_eq!(read, expected);
    }
}
