//! The folder for what outlives the process: samples and entries that may not have been shipped yet.
//!
//! # Design notes
//!
//! A process appends to files of its own, a line a sample or an entry, and reads those of the processes
//! before it when it begins. Nothing is ever marked as shipped: what is shipped once more counts once. A line
//! that was not finished is no line. What is old goes, the oldest first, so that the folder stays
//! small; never so much that of what may still wait for the database anything is gone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::marker::PhantomData;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::process::geteuid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ulid::Ulid;

use crate::domain::fault::Fault;
use crate::domain::history::Sample;
use crate::domain::incident::Entry;
use crate::domain::taxonomy::Code;

/// How large a file may get before there is a new one, in bytes.
const FILE_BYTES: u64 = 2 * 1024 * 1024;
/// What is kept beyond what may wait, in bytes: a file goes whole, and it and the new one may each be twice as large by
/// their last lines.
const MARGIN_BYTES: u64 = 4 * FILE_BYTES;
/// What a file takes at least, however little is in it.
const BLOCK_BYTES: u64 = 4 * 1024;

/// What is written down, a line each.
pub(crate) trait Kept: Serialize + DeserializeOwned {
    /// What the names of its files end with.
    const ENDING: &'static str;
    /// Whether a line has to outlive the machine, and not only the process.
    const IS_DURABLE: bool;
    /// How much of it may wait for the database, in bytes as it is written: so much stands here at any time.
    const WAITING_BYTES: usize;

    /// Its line.
    ///
    /// # Errors
    ///
    /// That it is no JSON.
    fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Kept for Sample {
    const ENDING: &'static str = ".samples";
    const IS_DURABLE: bool = false;
    /// About a day of them.
    const WAITING_BYTES: usize = 4 * 1024 * 1024;
}

impl Kept for Entry {
    const ENDING: &'static str = ".entries";
    const IS_DURABLE: bool = true;
    const WAITING_BYTES: usize = 32 * 1024 * 1024;
}

/// Where it is written down.
#[derive(Debug)]
pub(crate) struct StateDir<T> {
    folder: PathBuf,
    of: PhantomData<fn(T)>,
    /// Nothing before the first line, and after lines that could be neither written nor taken back.
    file: Option<(File, u64)>,
}

impl<T: Kept> StateDir<T> {
    /// In this folder, which is made where there is none.
    ///
    /// # Errors
    ///
    /// That of the system, or that the folder belongs to somebody else.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        make(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            of: PhantomData,
            file: None,
        })
    }

    /// What a file holds: the lines that are whole.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub(crate) fn load(path: &Path) -> io::Result<Vec<T>> {
        let mut text = Vec::new();
        let file = File::open(path)?;
        file.take(FILE_BYTES * 2).read_to_end(&mut text)?;
        let lines = text.split(|byte| *byte == b'\n');
        Ok(lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }

    /// Writes down as many of these lines as belong into one file, from the first on. Returns how many that were.
    ///
    /// # Errors
    ///
    /// That of the system. Then none of them stands there.
    pub(crate) fn append(&mut self, lines: &[Vec<u8>]) -> io::Result<usize> {
        let mut text = Vec::new();
        let mut many = 0;
        for line in lines {
            // A file is read up to twice its size.
            if many > 0 && (text.len() + line.len()) as u64 > FILE_BYTES {
                break;
            }
            text.extend_from_slice(line);
            many += 1;
        }
        let (mut file, written) = match self.file.take() {
            Some((file, written)) if written < FILE_BYTES => (file, written),
            _ => (self.create()?, 0),
        };
        let mut written_down = file.write_all(&text);
        if T::IS_DURABLE {
            written_down = written_down.and_then(|()| file.sync_data());
        }
        if let Err(error) = written_down {
            // A part of them would take room that others lack, and its last line would be no line. The file
            // goes on from where it was: a new one at each attempt would push out those that are whole.
            if file.set_len(written).is_ok() {
                self.file = Some((file, written));
            }
            return Err(error);
        }
        self.file = Some((file, written + text.len() as u64));
        Ok(many)
    }

    fn create(&self) -> io::Result<File> {
        let mut kept = FILE_BYTES;
        for file in self.files()?.iter().rev() {
            // By what they hold and not by their number: a service that dies at every start leaves many small ones.
            let bytes = fs::metadata(file).map_or(0, |found| found.len());
            kept += bytes.max(BLOCK_BYTES);
            if kept > T::WAITING_BYTES as u64 + MARGIN_BYTES {
                // One that is gone already is as good.
                let _ = fs::remove_file(file);
            }
        }
        let now = Timestamp::now().as_nanosecond();
        let name = format!("{now:024}-{}{}", Ulid::generate(), T::ENDING);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true).mode(0o600);
        let file = options.open(self.folder.join(name))?;
        if T::IS_DURABLE {
            // So that the file itself is there.
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(file)
    }

    /// The files, the oldest first.
    ///
    /// # Errors
    ///
    /// That of the system, where the folder cannot be read.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(T::ENDING) {
                files.push(path);
            }
        }
        // Their names begin with when they were made.
        files.sort();
        Ok(files)
    }
}

/// Makes the folder, where there is none. Nobody else may read it, and one that belongs to somebody else is
/// not taken.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != geteuid().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the folder belongs to somebody else",
        ));
    }
    Ok(())
}

/// Why the folder cannot be used.
pub(crate) fn fault(error: &io::Error) -> Fault {
    let (code, detail) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (Code::ResourceExhausted, "The disk of STATE_DIR is full.")
        }
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotFound => (Code::ConfigInvalid, "STATE_DIR cannot be written."),
        _ => (
            Code::Internal,
            "STATE_DIR cannot be written for a cause not foreseen.",
        ),
    };
    Fault::new(code, detail).caused_by(vec![error.to_string()])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::history::Series;
    use crate::domain::incident::{Known, What};

    fn sample(second: i64) -> Sample {
        let at = Timestamp::from_second(1_800_000_000 + second).expect("a time");
        Sample::new(Series::Db, (at, Duration::from_secs(30)), Duration::ZERO)
    }

    fn write<T: Kept>(dir: &mut StateDir<T>, all: &[T]) {
        let lines: io::Result<Vec<_>> = all.iter().map(Kept::line).collect();
        let lines = lines.expect("they are JSON");
        let mut written = 0;
        while written < lines.len() {
            written += dir.append(&lines[written..]).expect("it writes");
        }
    }

    fn read<T: Kept>(folder: &Path) -> Vec<T> {
        let dir = StateDir::<T>::open(folder).expect("it opens");
        let files = dir.files().expect("it reads").into_iter();
        files
            .flat_map(|file| StateDir::load(&file).expect("it reads"))
            .collect()
    }

    #[test]
    fn what_was_written_down_is_read_by_the_next_process() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("a/b");
        let mut first = StateDir::<Sample>::open(&folder).expect("it opens");
        assert_eq!(read::<Sample>(&folder), []);
        write(&mut first, &[sample(0), sample(30)]);
        write(&mut first, &[sample(60)]);
        let mut second = StateDir::open(&folder).expect("it opens");
        write(&mut second, &[sample(90)]);
        let file = second.files().expect("files").pop().expect("one");
        let mut half = OpenOptions::new()
            .append(true)
            .open(file)
            .expect("it opens");
        half.write_all(b"{\"series\":\"db\",\"at\":")
            .expect("it writes");
        let expected = [sample(0), sample(30), sample(60), sample(90)];
        assert_eq!(read::<Sample>(&folder), expected);
    }

    #[test]
    fn old_files_go_and_the_folder_stays_small() {
        let home = tempfile::tempdir().expect("a folder");
        let process = |second| {
            let mut process = StateDir::<Sample>::open(home.path()).expect("it opens");
            write(&mut process, &[sample(second)]);
            process
        };
        for second in 0..20 {
            process(second);
        }
        process(20);
        let small: Vec<_> = (0..21).map(sample).collect();
        assert_eq!(read::<Sample>(home.path()), small, "they are small");
        for file in process(21).files().expect("files") {
            let file = OpenOptions::new().append(true).open(file);
            file.and_then(|file| file.set_len(FILE_BYTES))
                .expect("it grows");
        }
        process(22);
        let found = process(23);
        // Five that are full leave no room for the small ones behind them, as a new one may get full.
        let left: Vec<_> = (18..24).map(sample).collect();
        assert_eq!(read::<Sample>(home.path()), left);
        assert_eq!(found.files().expect("files").len(), 6);
    }

    #[test]
    fn all_that_may_wait_for_the_database_is_on_disk_however_much_was_written() {
        let home = tempfile::tempdir().expect("a folder");
        let mut dir = StateDir::<Entry>::open(home.path()).expect("it opens");
        let entry = |nth: usize| Entry {
            id: nth.to_string(),
            incident: None,
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            recorded_at: None,
            who: "a test".to_owned(),
            how: Known::Alert,
            what: What::Closed,
            text: "x".repeat(256 * 1024),
        };
        let long = entry(0).line().expect("it is JSON").len();
        let waiting = Entry::WAITING_BYTES / long;
        // At once, as after a disk that was full, and one by one.
        let all: Vec<_> = (0..waiting).map(entry).collect();
        write(&mut dir, &all);
        for nth in waiting..waiting * 3 {
            write(&mut dir, &[entry(nth)]);
            if nth % 37 == 0 {
                let ids: Vec<_> = read::<Entry>(home.path())
                    .into_iter()
                    .map(|entry| entry.id)
                    .collect();
                let last: Vec<_> = (nth + 1 - waiting..=nth)
                    .map(|nth| nth.to_string())
                    .collect();
                assert!(ids.ends_with(&last), "after {nth}");
            }
        }
        let sizes = dir.files().expect("files").into_iter();
        let sizes = sizes.map(|file| fs::metadata(file).expect("it is there").len());
        let most = Entry::WAITING_BYTES as u64 + MARGIN_BYTES + FILE_BYTES;
        assert!(sizes.sum::<u64>() <= most, "it stays small");
    }

    #[test]
    fn a_folder_that_cannot_be_made_or_is_no_folder_is_said() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("file");
        fs::write(&file, "").expect("it writes");
        for folder in [&file, &file.join("below")] {
            let error = StateDir::<Sample>::open(folder).expect_err("it is no folder");
            assert_eq!(fault(&error).code, Code::ConfigInvalid);
        }
    }
}
