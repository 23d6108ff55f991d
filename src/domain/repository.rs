//! The repository that issues are filed in.

use std::str::FromStr;

use url::Url;

/// A repository at GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    owner: String,
    name: String,
}

/// It is no `owner/name` of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a repository is named owner/name")]
pub struct NoRepository;

impl Repository {
    /// One of this owner and name; nothing where GitHub has none that is called so.
    #[must_use]
    pub fn new(owner: &str, name: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        // Two dots would lead elsewhere in an address.
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(is_plain) && !word.chars().all(|c| c == '.')
        };
        (is_word(owner) && is_word(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The address of the form for a new issue, filled in.
    #[must_use]
    pub fn new_issue(&self, title: &str, body: &str) -> String {
        let Self { owner, name } = self;
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("title", title)
            .append_pair("body", body)
            .finish();
        format!("https://github.com/{owner}/{name}/issues/new?{fields}")
    }
}

impl FromStr for Repository {
    type Err = NoRepository;

    /// `owner/name`, or its address at GitHub.
    fn from_str(text: &str) -> Result<Self, NoRepository> {
        let path = match Url::parse(text) {
            Ok(url) if url.host_str() == Some("github.com") => url.path().to_owned(),
            Ok(_) => return Err(NoRepository),
            Err(_) => text.to_owned(),
        };
        let path = path.trim_matches('/');
        let (owner, name) = path.split_once('/').ok_or(NoRepository)?;
        Self::new(owner, name.strip_suffix(".git").unwrap_or(name)).ok_or(NoRepository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_owner_and_name_or_its_address() {
        let expected = Repository::new("dragonfly", "ops.rs");
        assert!(expected.is_some());
        for text in [
            "dragonfly/ops.rs",
            "https://github.com/dragonfly/ops.rs",
            "https://github.com/dragonfly/ops.rs.git/",
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        for text in [
            "",
            "dragonfly",
            "/ops",
            "a/b/c",
            "a/..",
            "a/b?x",
            "https://example.com/a/b",
            "javascript:alert(1)/x",
        ] {
            assert_eq!(text.parse::<Repository>(), Err(NoRepository), "{text}");
        }
    }

    #[test]
    fn what_an_issue_is_called_stays_within_its_field() {
        let repository = Repository::new("a", "b").expect("a repository");
        let title = "x&body=y#z\n<b> %26";
        let url = Url::parse(&repository.new_issue(title, "said")).expect("an address");
        assert_eq!(
            (url.host_str(), url.path()),
            (Some("github.com"), "/a/b/issues/new")
        );
        assert_eq!(url.fragment(), None);
        let fields: Vec<_> = url.query_pairs().collect();
        let said = fields.iter().map(|(name, value)| (&**name, &**value));
        assert_eq!(
            said.collect::<Vec<_>>(),
            [("title", title), ("body", "said")]
        );
    }
}
