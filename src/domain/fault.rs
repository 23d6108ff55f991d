//! The one error type of the service: a cause that has been given its code.
//!
//! # Design notes
//!
//! What anybody may read (`detail`) and what only the log and the operator may (`causes`) are two
//! fields, filled at the place that knows the difference: the adapter. The causes are kept as
//! redacted text and not as `Box<dyn Error>`: a fault is shared by all callers of a check and
//! outlives the driver's error, and nothing may re-format a driver's error later on, past the
//! redaction.

use std::borrow::Cow;
use std::time::Duration;

use crate::domain::taxonomy::{Code, Retry};

/// What a fault is, where somebody has to tell it apart from others of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// What was asked for is not in `PostgREST`'s schema cache: a reload can mend that.
    StaleSchemaCache,
    /// `PostgREST` cannot read the schema at all: a reload cannot mend that.
    RestWithoutDatabase,
    /// `PostgREST` knows the table, and it has no `id` to read.
    NoIdColumn,
    /// Nobody has set what it takes to ask: that is no mistake where nothing else needs it.
    NotAsked,
    /// Row level security may hide rows: its first cause is the policy that is lacking, to be run.
    RowsHidden,
    /// There is no such table. Where it is the queue, or that of the heartbeats, and none is named,
    /// `migrate` makes one.
    NoTable,
    /// The server was reached, and the login did not end.
    LoginUnanswered,
    /// The server let in, and did not answer the first statement.
    StatementUnanswered,
    /// What was sent is larger than what is read.
    TooLarge,
}

/// A classified failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Fault {
    /// What kind of cause it is.
    pub code: Code,
    /// Which one of its code, where that matters to somebody.
    pub kind: Option<FaultKind>,
    /// What happened, for anybody to read: no host, user, DSN, key, query or driver's text.
    pub detail: Cow<'static, str>,
    /// The first thing to look at, where the cause allows to say it better than the code's row
    /// does.
    pub first_check: Option<Cow<'static, str>>,
    /// For how long the dependency must be left alone, counted from now.
    pub retry_after: Option<Duration>,
    /// The chain of causes, outermost first, redacted. For the log and the operator.
    pub causes: Vec<String>,
}

impl Fault {
    /// A fault with nothing but a code and a detail.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            kind: None,
            detail: detail.into(),
            first_check: None,
            retry_after: None,
            causes: Vec::new(),
        }
    }

    /// Says which one of its code it is.
    #[must_use]
    pub fn of_kind(mut self, kind: FaultKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Replaces the first check of the code's row by a better one.
    #[must_use]
    pub fn check_first(mut self, first_check: impl Into<Cow<'static, str>>) -> Self {
        self.first_check = Some(first_check.into());
        self
    }

    /// Asks for silence towards the dependency for `wait`.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the redacted chain of causes, outermost first.
    #[must_use]
    pub fn caused_by(mut self, causes: Vec<String>) -> Self {
        self.causes = causes;
        self
    }

    /// The first thing to look at.
    #[must_use]
    pub fn first_check(&self) -> &str {
        let own = self.first_check.as_deref();
        own.unwrap_or(self.code.entry().first_check)
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.code.entry().retry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_its_code_and_its_detail_and_no_cause() {
        let fault = Fault::new(Code::DbTimeout, "slow").caused_by(vec!["hidden".to_owned()]);
        assert_eq!(fault.to_string(), "DFE-DB-002: slow");
        assert_eq!(fault.causes, ["hidden"]);
    }

    #[test]
    fn what_is_not_said_comes_from_the_row_of_the_code() {
        let plain = Fault::new(Code::DbTimeout, "slow");
        assert_eq!((plain.kind, plain.retry_after), (None, None));
        assert_eq!(plain.first_check(), "Long-running queries, pool exhaustion");
        assert_eq!(plain.retry(), Retry::Yes);
        assert_eq!(Fault::new(Code::ConfigInvalid, "x").retry(), Retry::No);
        let told = plain
            .check_first("the pooler")
            .retry_after(Duration::from_secs(7))
            .of_kind(FaultKind::NoIdColumn);
        assert_eq!(told.first_check(), "the pooler");
        assert_eq!(told.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(told.kind, Some(FaultKind::NoIdColumn));
    }
}
