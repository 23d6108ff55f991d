//! A piece of evidence: what it shows, how it is to be read, what it was hashed to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::name::Name;
use super::notice::CaptureWhen;
use crate::domain::fault::Fault;
use crate::domain::order::{plain, refuse};

/// How much a piece holds that is taken by itself, in bytes.
pub const MOST_CAPTURED: usize = 64 * 1024;
/// How much somebody may attach at once, in bytes.
pub const MOST_ATTACHED: usize = 10 * 1024 * 1024;
/// How long what a piece is called may be, in characters.
const LONGEST_NAME: usize = 200;

/// What is taken of an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PieceKind {
    /// What the checks failed with.
    Problem,
    /// What goes on in the database.
    Activity,
    /// Who waits for whom.
    Locks,
    /// What the doctor finds.
    Doctor,
    /// The last lines of our own log that name a code.
    Log,
    /// What runs here.
    Deployment,
    /// What runs at Railway beside that, and how its logs end.
    Railway,
    /// What vendors say of themselves.
    VendorPages,
}

impl PieceKind {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::Problem,
        Self::Activity,
        Self::Locks,
        Self::Doctor,
        Self::Log,
        Self::Deployment,
        Self::Railway,
        Self::VendorPages,
    ];

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Problem => "problem of the checks",
            Self::Activity => "activity of the database",
            Self::Locks => "lock tree",
            Self::Doctor => "doctor",
            Self::Log => "lines of the log",
            Self::Deployment => "deployment",
            Self::Railway => "deployments and logs at Railway",
            Self::VendorPages => "status pages of vendors",
        }
    }
}

/// How a piece is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum MediaType {
    /// Text.
    #[serde(rename = "text/plain")]
    Text,
    /// JSON.
    #[serde(rename = "application/json")]
    Json,
    /// A picture.
    #[serde(rename = "image/png")]
    Png,
    /// A picture.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// A picture.
    #[serde(rename = "image/webp")]
    Webp,
    /// A document.
    #[serde(rename = "application/pdf")]
    Pdf,
}

impl MediaType {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Json,
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Pdf,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// What the names of such files end with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }

    /// Whether it can hold words that are to be masked.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Json)
    }

    /// What a content is by how it begins, or, of a text, by all of it: its name may say anything. Nothing where
    /// it is none of these.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        let begins = |with: &[u8]| content.starts_with(with);
        if begins(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if begins(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        if begins(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
            return Some(Self::Webp);
        }
        if begins(b"%PDF-") {
            return Some(Self::Pdf);
        }
        let text = std::str::from_utf8(content).ok()?;
        // Colours of a terminal are part of what is copied from one.
        let is_written = |c: char| !c.is_control() || "\n\r\t\u{1b}".contains(c);
        if text.trim().is_empty() || !text.chars().all(is_written) {
            return None;
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) if text.trim_start().starts_with(['{', '[']) => Some(Self::Json),
            Ok(_) | Err(_) => Some(Self::Text),
        }
    }
}

/// What is remembered of a piece, beside its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    /// What it shows.
    pub name: String,
    /// What its content was hashed to.
    pub sha256: String,
    /// How large that is.
    pub bytes: u64,
    /// How it is to be read.
    pub media_type: MediaType,
    /// Whether it is only a part of what there was.
    #[serde(default)]
    #[schema(required = true)]
    pub is_cut: bool,
    /// When it was taken; nothing where somebody has attached it.
    #[serde(default)]
    pub occasion: Option<CaptureWhen>,
}

/// A piece, with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// That of its entry.
    pub id: String,
    /// The incident.
    pub incident: Name,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Who has taken it.
    pub taken_by: String,
    /// What is remembered of it.
    pub piece: Piece,
    /// What is to be seen in it, masked and redacted.
    pub content: Vec<u8>,
}

impl Piece {
    /// Of this content, which is all that there was.
    #[must_use]
    pub fn of(name: &str, media_type: MediaType, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            sha256: hash(content),
            bytes: content.len() as u64,
            media_type,
            is_cut: false,
            occasion: None,
        }
    }
}

impl Piece {
    /// Whether it can be remembered.
    ///
    /// # Errors
    ///
    /// DFE-VAL-001 naming what is wrong.
    pub(super) fn check(&self) -> Result<(), Fault> {
        plain("name of the evidence", &self.name, LONGEST_NAME)?;
        let is_hash = self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        match is_hash {
            true => Ok(()),
            false => Err(refuse("The hash of the evidence is no SHA-256.")),
        }
    }
}

impl Evidence {
    /// Whether the content is what was hashed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.piece.bytes == self.content.len() as u64 && hash(&self.content) == self.piece.sha256
    }
}

fn hash(content: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(content);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How large something is, for people.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

/// At most so many bytes of a text, from its beginning on, and whether anything was left out.
#[must_use]
pub fn cut(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    (&text[..end.unwrap_or(0)], true)
}
