//! What foreign text means: logs, error messages, workflows, statements, alerts. Pure: text in, findings out. And
//! what a chat is told, where foreign text stands in it.
//!
//! None of it is trusted, and none of it is repeated without [`redact`] or [`sql_mask`] having seen it.

pub mod alerts;
pub mod chat;
pub(crate) mod flows;
pub(crate) mod logs;
pub(crate) mod multipart;
pub(crate) mod records;
pub mod redact;
pub mod sql_mask;
pub(crate) mod triage;
pub(crate) mod vendor_page;
