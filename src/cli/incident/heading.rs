//! The headings of the report, as they are typed.

use clap::ValueEnum;

/// A heading of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum HeadingArg {
    /// Summary of impact
    Impact,
    /// Root cause analysis
    RootCause,
    /// What worked, and what did not
    WhatWorked,
}

impl HeadingArg {
    /// The word on the wire.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Impact => "impact",
            Self::RootCause => "root_cause",
            Self::WhatWorked => "what_worked",
        }
    }
}
