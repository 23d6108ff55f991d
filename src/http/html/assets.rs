//! Style and script, each under a name that changes with its content: it may be kept for ever.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::http::link;

/// How many bytes of the hash are in the name.
const SHORT: usize = 6;

/// A file that pages refer to.
#[derive(Debug)]
pub(in crate::http) struct Asset {
    /// Its name, with the hash.
    pub(in crate::http) name: String,
    /// Its media type.
    pub(in crate::http) media: &'static str,
    /// What stands in it.
    pub(in crate::http) content: &'static str,
}

/// The style of all pages.
pub(in crate::http) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", include_str!("page.css")));

/// The script of all pages.
pub(in crate::http) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "js",
        "text/javascript; charset=utf-8",
        include_str!("page.js"),
    )
});

impl Asset {
    fn new(kind: &str, media: &'static str, content: &'static str) -> Self {
        let mut name = "page.".to_owned();
        for byte in Sha256::digest(content).iter().take(SHORT) {
            // Writing into a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name.push('.');
        name.push_str(kind);
        Self {
            name,
            media,
            content,
        }
    }

    /// Where it is.
    pub(in crate::http) fn path(&self) -> String {
        link::to(&format!("/assets/{}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content() {
        let asset = |content| Asset::new("css", "text/css", content).name;
        assert_eq!(asset("a"), asset("a"));
        assert_ne!(asset("a"), asset("b"));
        assert!(SCRIPT.path().starts_with("/assets/page."));
    }

    #[test]
    fn the_script_is_small_and_nothing_is_loaded_from_elsewhere() {
        assert!(SCRIPT.content.len() <= 5_000, "{}", SCRIPT.content.len());
        for asset in [&*SCRIPT, &*STYLE] {
            assert!(!asset.content.contains("//cdn"), "{}", asset.name);
            assert!(!asset.content.contains("http:"), "{}", asset.name);
            assert!(!asset.content.contains("https:"), "{}", asset.name);
            assert!(!asset.content.contains("@import"), "{}", asset.name);
        }
    }
}
