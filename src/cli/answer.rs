//! What a command answers: a page for people, or one JSON document for programs.
//!
//! # Design notes
//!
//! A file with an answer is evidence: it says by itself what was looked at, when, and by which version. These three members
//! stand beside those of the answer, and not around them, so that what an endpoint answers is read alike from a terminal, and
//! a problem stays one (RFC 9457 allows for more members). No answer has members of these names itself.
//!
//! A command that fails answers on stdout, too: with the problem that HTTP would send, but for what only a request has.
//! What people read of it goes to stderr, whatever was asked for.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::cli::render;
use crate::cli::version::version;
use crate::domain::check::{Check, worst};
use crate::domain::fault::Fault;
use crate::domain::rfc3339;
use crate::domain::target::Proven;
use crate::domain::verdict::Verdict;
use crate::http::problem_document;

/// How a command answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    #[default]
    Table,
    /// For programs: one document on stdout, also where it fails
    Json,
}

/// What a command looks at. Holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct LookedAt {
    /// The environment, where something names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    /// The ref of the project at Supabase.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// The database as `host:port/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// The address of a running instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The service at Railway.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The file; `-` is stdin.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// This program, where it looked at nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'static str>,
}

impl LookedAt {
    /// A file, or stdin.
    pub(super) fn file(name: impl Into<String>) -> Self {
        Self {
            file: Some(name.into()),
            ..Self::default()
        }
    }

    /// A folder.
    pub(super) fn folder(name: impl Into<String>) -> Self {
        Self {
            folder: Some(name.into()),
            ..Self::default()
        }
    }

    /// A running instance, by its URL: nothing of it but where it is.
    pub(super) fn instance(self, url: &str) -> Self {
        let url = Url::parse(url).ok();
        let url = url.filter(|url| ["http", "https"].contains(&url.scheme()));
        Self {
            instance: url.map(|url| url.origin().ascii_serialization()),
            ..self
        }
    }

    /// What names the target, where it does not agree: nothing but the database.
    pub(super) fn in_dispute(self, database: Option<String>) -> Self {
        Self { database, ..self }
    }

    /// The target of the settings, too.
    pub(super) fn proven(self, proven: &Proven) -> Self {
        let Proven {
            environment,
            project,
            database,
        } = proven.clone();
        Self {
            environment: Some(environment),
            project,
            database,
            ..self
        }
    }

    /// It is of this environment.
    pub(super) fn of_environment(self, environment: &str) -> Self {
        Self {
            environment: Some(environment.to_owned()),
            ..self
        }
    }

    /// This service at Railway.
    pub(super) fn service(self, service: Option<&str>) -> Self {
        Self {
            service: service.map(ToOwned::to_owned),
            ..self
        }
    }

    /// As it is said.
    fn said(&self) -> Self {
        match *self == Self::default() {
            true => Self {
                program: Some(env!("CARGO_PKG_NAME")),
                ..Self::default()
            },
            false => self.clone(),
        }
    }
}

/// What stands beside each answer.
#[derive(Debug, Serialize)]
struct Evidence<'a, T> {
    target: LookedAt,
    #[serde(serialize_with = "rfc3339::serialize")]
    time: Timestamp,
    version: String,
    #[serde(flatten)]
    answer: &'a T,
}

/// What a command is going to answer.
#[derive(Debug)]
pub(super) struct Answer {
    output: Output,
    looked_at: LookedAt,
}

impl Answer {
    /// In this form; nothing has been looked at yet.
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            looked_at: LookedAt::default(),
        }
    }

    /// Says what is looked at from now on.
    pub(super) fn looks_at(&mut self, target: LookedAt) {
        self.looked_at = target;
    }

    /// Says what else is known of what is looked at.
    pub(super) fn knows(&mut self, more: impl FnOnce(LookedAt) -> LookedAt) {
        self.looked_at = more(std::mem::take(&mut self.looked_at));
    }

    /// Whether somebody reads the page while it is written.
    pub(super) fn is_live(&self) -> bool {
        self.output == Output::Table && io::stdout().is_terminal()
    }

    /// Writes what was found: this document, or this page.
    pub(super) fn give(&self, document: &impl Serialize, page: impl FnOnce() -> String) {
        match self.output {
            Output::Table => render::print(&page()),
            Output::Json => self.document(document),
        }
    }

    /// Writes the rows, and gives the exit code of the worst.
    pub(super) fn checks(&self, checks: &[Check]) -> ExitCode {
        render::exit_code(self.rows(checks))
    }

    /// The same of those rows alone that are not well.
    pub(super) fn problems(&self, checks: &[Check]) -> ExitCode {
        let of_interest = |check: &&Check| check.verdict != Verdict::Ok;
        let shown: Vec<_> = checks.iter().filter(of_interest).cloned().collect();
        render::exit_code(self.some(&shown, checks))
    }

    /// Writes the rows, and gives the worst verdict.
    pub(super) fn rows(&self, checks: &[Check]) -> Verdict {
        self.some(checks, checks)
    }

    /// Writes some rows; the verdict is that of all.
    fn some(&self, shown: &[Check], all: &[Check]) -> Verdict {
        let verdict = worst(all);
        let document = serde_json::json!({ "verdict": verdict, "checks": shown });
        self.give(&document, || render::table(shown, all));
        verdict
    }

    /// Says what stands in the way, why, and what to look at first; gives the exit code.
    pub(super) fn fail(&self, fault: &Fault, code: u8) -> ExitCode {
        render::fault(fault);
        self.problem(fault);
        ExitCode::from(code)
    }

    /// The problem, where that is how it answers: for what people have been told of already.
    pub(super) fn problem(&self, fault: &Fault) {
        if self.output == Output::Json {
            self.document(&problem_document(fault));
        }
    }

    /// Indented where a person looks at it.
    fn document(&self, answer: &impl Serialize) {
        let evidence = Evidence {
            target: self.looked_at.said(),
            time: Timestamp::now(),
            version: version(),
            answer,
        };
        let text = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(&evidence)
        } else {
            serde_json::to_string(&evidence)
        };
        // Our own types cannot fail to serialise: no maps with keys that are no strings.
        render::print(&format!("{}\n", text.unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_nothing_is_said_but_where_it_is() {
        for (url, expected) in [
            (
                "http://u:hunter22@[::1]:8080/a?token=b#c",
                Some("http://[::1]:8080"),
            ),
            ("https://ops.example.com/", Some("https://ops.example.com")),
            ("ftp://u:hunter22@ops.example.com", None),
            ("u:hunter22@ops.example.com", None),
        ] {
            let looked_at = LookedAt::default().instance(url);
            assert_eq!(looked_at.instance.as_deref(), expected);
        }
    }

    #[test]
    fn something_is_always_named() {
        let said = |looked_at: LookedAt| serde_json::json!(looked_at.said());
        let own = serde_json::json!({ "program": "dragonfly-ops" });
        assert_eq!(said(LookedAt::default()), own);
        assert_eq!(said(LookedAt::default().instance("nowhere")), own);
        let file = serde_json::json!({ "file": "-" });
        assert_eq!(said(LookedAt::file("-")), file);
    }
}
