//! Exceptions, by what their names are made of.
//!
//! # Design notes
//!
//! There are more exceptions than tables can list, and most are named after what went wrong. So where
//! nothing else is known of one, the parts of its name decide, and where they say nothing, either, it
//! is an error that nobody foresaw. That weighs less than anything a program or a person says.

use crate::domain::taxonomy::Code;
use crate::reading::triage::named::variables::Mention;
use crate::reading::triage::sign::BROKE;

/// The parts of names, in small letters, and what they say; the first that fits counts.
const PARTS: &[(Code, &str)] = &[
    (
        Code::VendorRateLimited,
        "ratelimit throttl toomanyrequests quota",
    ),
    (
        Code::ResourceExhausted,
        "outofmemory memory exhausted capacity overloaded diskfull storagefull toomanyopen stackoverflow",
    ),
    (
        Code::Cancelled,
        "cancel abort interrupted shutdown terminated",
    ),
    (
        Code::DbPoolExhausted,
        "pooltimeout poolexhausted maxconnections",
    ),
    (
        Code::DbTransaction,
        "deadlock serializationfailure transaction rollback lockacqui locknot",
    ),
    (
        Code::DbIntegrity,
        "integrity constraint uniqueviolation foreignkey duplicatekey",
    ),
    (Code::NetTimeout, "timeout timedout deadline"),
    (Code::NetTls, "certificate ssl tls handshake"),
    (Code::NetDns, "dns nameresolution hostname unknownhost"),
    (
        Code::AuthForbidden,
        "forbidden permission accessdenied authorization privilege notauthorized notallowed",
    ),
    (
        Code::AuthInvalid,
        "unauthorized authenticat token credential signature jwt jwk jose login session",
    ),
    (
        Code::ConfigInvalid,
        "configuration config settings environment improperlyconfigured",
    ),
    (
        Code::ValData,
        "checksum corrupt conflict stale consisten optimistic concurrency",
    ),
    (
        Code::ValSchema,
        "migration schema column mapping deserializ serializ contract",
    ),
    (
        Code::ValInput,
        "validation validator parse parser format decod encod json xml csv input parameter payload badrequest \
         unsupportedmedia unidentified multipart syntax",
    ),
    (
        Code::NetRefused,
        "connect connection socket network proxy transport unavailable broker remote gateway disconnect",
    ),
];

/// Names of exceptions that only wrap what else is said, or are too plain to say what went wrong.
const PLAIN: &str = "syntaxerror operationalerror programmingerror databaseerror interfaceerror sqlerror \
    sqlexception psqlexception postgreserror apierror httperror clienterror \
    requesterror axioserror fetcherror urlerror typeerror nodeapierror \
    nodeoperationerror dataaccessexception";

/// What the name of an exception says, where one was thrown and not only spoken of.
pub(super) fn sign(mention: Mention<'_>, is_bad: bool) -> Option<(Code, u8, String)> {
    let written = mention.name;
    let token = written.to_ascii_lowercase();
    let stem = token
        .strip_suffix("error")
        .or_else(|| token.strip_suffix("exception"))?;
    // `raise KeyError`, `ValueError: ...`; a name in the middle of a line may only be spoken of.
    let is_thrown = is_bad
        || mention.behind.is_empty()
        || mention.front.trim_end().is_empty()
        || mention
            .front
            .trim_end()
            .ends_with(|c: char| !c.is_ascii_alphanumeric())
        || mention.behind.starts_with(|c: char| !c.is_whitespace());
    let is_name = written.starts_with(|c: char| c.is_ascii_uppercase())
        && written.bytes().any(|b| b.is_ascii_lowercase())
        && written.ends_with("Error") | written.ends_with("Exception")
        && written.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_name
        || !is_thrown
        || stem.is_empty()
        || PLAIN.split_whitespace().any(|plain| plain == token)
    {
        return None;
    }
    let known = PARTS
        .iter()
        .find(|(_, parts)| parts.split_whitespace().any(|part| stem.contains(part)));
    Some(match known {
        Some((code, _)) => (*code, BROKE + 2, format!("an exception is named {written}")),
        None => (
            Code::Internal,
            BROKE - 2,
            format!("nobody foresaw a {written}"),
        ),
    })
}
