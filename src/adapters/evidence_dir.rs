//! Evidence on disk, a file a piece, until it is in the database.
//!
//! # Design notes
//!
//! A file is written under another name and gets its own once it is whole, so that what a process leaves
//! behind that is killed in the middle is no piece. What is in the database is not kept here any longer.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::adapters::state_dir::make;
use crate::domain::incident::{Evidence, MOST_ATTACHED, Name, Piece};

/// How much may wait for the database, in bytes.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// More than what stands before the content takes.
const HEAD_BYTES: u64 = 16 * 1024;
/// What the names of the files end with.
const ENDING: &str = ".evidence";
/// What they end with while they are being written.
const PART: &str = ".evidence-part";
/// What they end with where they are not what was kept.
const DAMAGED: &str = ".evidence-damaged";
/// How long these are kept for whoever wants to look.
const DAMAGED_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What has been written for so long is nobody's any more.
const ABANDONED: SignedDuration = SignedDuration::from_hours(1);

/// Where it is kept.
#[derive(Debug, Clone)]
pub(crate) struct EvidenceDir {
    folder: PathBuf,
}

/// What stands before the content, in a line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    id: String,
    incident: Name,
    taken_at: Timestamp,
    taken_by: String,
    piece: Piece,
}

impl EvidenceDir {
    /// In this folder, which is made once something is kept.
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a piece; one that is here already is left as it is.
    ///
    /// # Errors
    ///
    /// That of the system, or that the disk is full where as much waits as may.
    pub(crate) fn keep(&self, evidence: &Evidence) -> io::Result<()> {
        make(&self.folder)?;
        let path = self.path(&evidence.id, &evidence.piece.sha256);
        if path.exists() {
            return Ok(());
        }
        let head = serde_json::to_vec(&Head {
            id: evidence.id.clone(),
            incident: evidence.incident.clone(),
            taken_at: evidence.taken_at,
            taken_by: evidence.taken_by.clone(),
            piece: evidence.piece.clone(),
        })?;
        let content = [&head, b"\n".as_slice(), &evidence.content].concat();
        if self.kept_bytes()? + content.len() as u64 > KEPT_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "too much evidence waits for the database",
            ));
        }
        let part = self.folder.join(format!("{}{PART}", Ulid::generate()));
        let written = write(&part, &content).and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            // What cannot be taken back either is found to be abandoned later on.
            let _ = fs::remove_file(&part);
        }
        written?;
        File::open(&self.folder)?.sync_all()
    }

    /// A piece; nothing where it is not here, or not whole.
    pub(crate) fn find(&self, id: &str, sha256: &str) -> Option<Evidence> {
        load(&self.path(id, sha256)).ok().flatten()
    }

    /// The pieces that are here, each by its file. What was never finished, and what was set aside for long, is
    /// removed.
    ///
    /// # Errors
    ///
    /// That of the system, where the folder cannot be read.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for (path, found) in self.all()? {
            let name = path.to_string_lossy();
            let kept_for = if name.ends_with(ENDING) {
                files.push(path);
                continue;
            } else if name.ends_with(PART) {
                ABANDONED
            } else if name.ends_with(DAMAGED) {
                DAMAGED_FOR
            } else {
                continue;
            };
            let at = found
                .modified()
                .ok()
                .and_then(|at| Timestamp::try_from(at).ok());
            if at.is_some_and(|at| Timestamp::now().duration_since(at) > kept_for) {
                // One that is gone already is as good.
                let _ = fs::remove_file(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// One of those that were set aside.
    ///
    /// # Errors
    ///
    /// That of the system, where the folder cannot be read.
    pub(crate) fn damaged(&self) -> io::Result<Option<PathBuf>> {
        let mut paths = self.all()?.into_iter().map(|(path, _)| path);
        Ok(paths.find(|path| path.to_string_lossy().ends_with(DAMAGED)))
    }

    fn all(&self) -> io::Result<Vec<(PathBuf, fs::Metadata)>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry?;
            // One that is gone meanwhile is as good.
            if let Ok(found) = entry.metadata() {
                all.push((entry.path(), found));
            }
        }
        Ok(all)
    }

    fn kept_bytes(&self) -> io::Result<u64> {
        let all = self.all()?.into_iter();
        let ours = all.filter(|(path, _)| {
            let name = path.to_string_lossy();
            [ENDING, PART, DAMAGED]
                .iter()
                .any(|end| name.ends_with(end))
        });
        Ok(ours.map(|(_, found)| found.len()).sum())
    }

    fn path(&self, id: &str, sha256: &str) -> PathBuf {
        let is_plain = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric());
        // Both come from elsewhere, too, and name no other file.
        let [id, sha256] = [id, sha256].map(|text| Some(text).filter(is_plain).unwrap_or("none"));
        self.folder.join(format!("{id}-{sha256}{ENDING}"))
    }
}

/// What a file holds; nothing where that is not whole.
///
/// # Errors
///
/// That of the system.
pub(crate) fn load(path: &Path) -> io::Result<Option<Evidence>> {
    let mut bytes = Vec::new();
    let most = HEAD_BYTES + MOST_ATTACHED as u64;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let content = bytes.split_off(end + 1);
    let Ok(head) = serde_json::from_slice::<Head>(&bytes) else {
        return Ok(None);
    };
    let evidence = Evidence {
        id: head.id,
        incident: head.incident,
        taken_at: head.taken_at,
        taken_by: head.taken_by,
        piece: head.piece,
        content,
    };
    Ok(Some(evidence).filter(Evidence::is_whole))
}

/// Gives a file that is not what was kept another name: an entry names it, and somebody may want to look. Its time
/// is from now on when that was, as that counts for how long it is kept. One that is gone already, as another process
/// was faster, is as good.
///
/// # Errors
///
/// That of the system.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
    let mut name = path.with_extension("").into_os_string();
    name.push(DAMAGED);
    let now = UNIX_EPOCH + Timestamp::now().as_duration().unsigned_abs();
    let renamed = File::open(path)
        .and_then(|file| file.set_modified(now))
        .and_then(|()| fs::rename(path, name));
    match renamed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

/// Removes a file. One that is gone already is as good.
pub(crate) fn forget(path: &Path) {
    let _ = fs::remove_file(path);
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::incident::MediaType;

    fn piece(id: &str, content: &[u8]) -> Evidence {
        Evidence {
            id: id.to_owned(),
            incident: "DB-17".parse().expect("a name"),
            taken_at: Timestamp::UNIX_EPOCH,
            taken_by: "a test".to_owned(),
            piece: Piece::of("lock tree", MediaType::Text, content),
            content: content.to_vec(),
        }
    }

    #[test]
    fn a_piece_is_kept_once_and_found_by_its_id_and_its_hash() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = EvidenceDir::new(home.path().join("a/b"));
        assert!(dir.files().expect("none yet").is_empty());
        // What another replica took has the same id.
        let (one, other) = (piece("01A", b"one\nline"), piece("01A", b""));
        for evidence in [&one, &other, &one] {
            dir.keep(evidence).expect("it is kept");
        }
        assert_eq!(dir.files().expect("they are listed").len(), 2);
        for evidence in [one, other] {
            let found = dir.find(&evidence.id, &evidence.piece.sha256);
            assert_eq!(found.as_ref(), Some(&evidence));
        }
        assert_eq!(dir.find("../01A", "x"), None);
    }

    #[test]
    fn what_is_set_aside_is_kept_from_then_on_and_by_whoever_comes_first() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = EvidenceDir::new(home.path().to_owned());
        let written = |path: &Path, ago: SignedDuration| {
            let at = (Timestamp::now() - ago).as_duration().unsigned_abs();
            let file = File::open(path).expect("it opens");
            file.set_modified(UNIX_EPOCH + at).expect("it is set");
        };
        dir.keep(&piece("01A", b"content")).expect("it is kept");
        let file = dir.files().expect("one").remove(0);
        written(&file, DAMAGED_FOR + SignedDuration::from_hours(1));
        for _ in 0..2 {
            set_aside(&file).expect("once is as good as twice");
            assert!(dir.files().expect("none").is_empty());
        }
        let damaged = dir.damaged().expect("it reads").expect("it is there");
        written(&damaged, DAMAGED_FOR - SignedDuration::from_hours(1));
        dir.files().expect("none");
        assert!(damaged.exists());
        written(&damaged, DAMAGED_FOR + SignedDuration::from_hours(1));
        dir.files().expect("none");
        assert!(!damaged.exists());
    }

    #[test]
    fn what_is_not_whole_is_no_piece_and_there_is_an_end_of_room() {
        let home = tempfile::tempdir().expect("a folder");
        let dir = EvidenceDir::new(home.path().to_owned());
        let evidence = piece("01A", b"content");
        dir.keep(&evidence).expect("it is kept");
        let file = dir.files().expect("one").remove(0);
        let text = fs::read(&file).expect("it reads");
        for torn in [&text[..text.len() - 1], &text[..4], b""] {
            fs::write(&file, torn).expect("it writes");
            assert_eq!(load(&file).expect("it reads"), None);
        }
        let file = File::options().write(true).open(&file).expect("it opens");
        file.set_len(KEPT_BYTES).expect("it grows");
        let error = dir.keep(&piece("01B", b"more")).expect_err("it is full");
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
    }
}
