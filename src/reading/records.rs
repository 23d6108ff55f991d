//! From lines to records: the one way in which a text is cut into events, whoever asks what it means.
//!
//! # Design notes
//!
//! A line is freed of its colours and of what carried it ([`envelope`]), then read as JSON, as
//! `key=value`, or as text with a time in front ([`text`]), whichever it is: nobody's format is
//! required. Lines that belong together make a [`record`], with its trace.
//!
//! Line by line and with bounded memory: a log may be larger than it.

mod continuation;
mod envelope;
mod level;
mod line;
mod object;
mod pairs;
mod reader;
mod record;
mod stack_trace;
mod text;
pub(super) mod time;

pub(crate) use self::continuation::warns_of_code;
pub(crate) use self::level::Level;
pub(super) use self::line::code_in;
#[cfg(test)]
pub(crate) use self::reader::records;
pub(crate) use self::reader::{Given, RecordReader};
pub(crate) use self::record::Record;
pub(crate) use self::stack_trace::{Exception, Language};

#[cfg(test)]
mod tests;
