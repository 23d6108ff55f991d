//! How the log is written.

/// The log.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Its shape.
    pub format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub filter: String,
}

/// The shape of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}
