//! The error taxonomy: one table, twenty-five codes, the only place where a code is described.
//!
//! The enum, its rustdoc, the JSON of problems and of `/errors`, the HTML pages, the `OpenAPI`
//! document and the tests are all renderings of the table at the end of this file.
//!
//! # Design notes
//!
//! The wire id is an explicit column and not derived from the variant's name: a rename in Rust must
//! not change what monitors and runbooks match on. Rows are retired, never removed or reused. The
//! text is that of the incident checklist (sections 2, 3, 4 and its reference), so that a code
//! leads to the next step without opening another document.

pub(crate) mod optional;
mod retry;
mod schema;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

pub use self::retry::Retry;
pub use self::schema::Category;

/// One row of the taxonomy: all that is said of a code anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The id on the wire, `DFE-{CATEGORY}-{NUMBER}`.
    pub id: &'static str,
    /// What the code is called.
    pub title: &'static str,
    /// Whether trying again can help.
    pub retry: Retry,
    /// The HTTP status where the service's own API fails with it. A failed check is always 503.
    pub status: u16,
    /// What it means.
    pub meaning: &'static str,
    /// What an engineer sees of it.
    pub symptom: &'static str,
    /// The first thing to look at.
    pub first_check: &'static str,
    /// What mends it.
    pub fix: &'static str,
}

/// A code that is not in the taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such error code")]
pub struct UnknownCode;

impl Code {
    /// The row of this code.
    #[must_use]
    pub const fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// The id on the wire, such as `DFE-DB-002`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.entry().id
    }

    /// The middle of the id, such as `DB`.
    #[must_use]
    pub fn category(self) -> Category {
        Category(self.id().split('-').nth(1).unwrap_or_default())
    }

    /// Where the code's page stands: a relative reference that resolves on this service.
    #[must_use]
    pub fn page(self) -> String {
        format!("/errors/{}", self.id())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Reads an id without regard to case: people type codes by hand.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.id().eq_ignore_ascii_case(text))
            .ok_or(UnknownCode)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

const fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase()
}

/// `DFE-`, two to four capital letters, `-`, three digits.
const fn is_well_formed(id: &str) -> bool {
    let b = id.as_bytes();
    let n = b.len();
    if n < 10 || n > 12 || b[0] != b'D' || b[1] != b'F' || b[2] != b'E' || b[3] != b'-' {
        return false;
    }
    let mut i = 4;
    while i < n - 4 {
        if !is_upper(b[i]) {
            return false;
        }
        i += 1;
    }
    b[n - 4] == b'-'
        && b[n - 3].is_ascii_digit()
        && b[n - 2].is_ascii_digit()
        && b[n - 1].is_ascii_digit()
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A malformed table does not compile.
const _: () = {
    let mut i = 0;
    while i < TABLE.len() {
        let row = &TABLE[i];
        assert!(is_well_formed(row.id), "an id is not DFE-CATEGORY-NUMBER");
        assert!(
            row.status >= 400 && row.status < 600,
            "a status is no error"
        );
        assert!(
            !row.title.is_empty()
                && !row.meaning.is_empty()
                && !row.symptom.is_empty()
                && !row.first_check.is_empty()
                && !row.fix.is_empty(),
            "a column is empty"
        );
        let mut j = 0;
        while j < i {
            assert!(!same(row.id, TABLE[j].id), "an id stands twice");
            j += 1;
        }
        i += 1;
    }
};

macro_rules! taxonomy {
    ($(
        $(#[doc = $meaning:literal])+
        $variant:ident {
            id: $id:literal,
            title: $title:literal,
            retry: $retry:ident,
            status: $status:literal,
            symptom: $symptom:literal,
            first_check: $first_check:literal,
            fix: $fix:literal $(,)?
        }
    )+) => {
        /// A stable error code: what monitors, logs and runbooks call a cause.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $( $(#[doc = $meaning])+ $variant, )+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];
        }

        const TABLE: &[Entry] = &[$(Entry {
            id: $id,
            title: $title,
            retry: Retry::$retry,
            status: $status,
            meaning: concat!($($meaning),+).trim_ascii(),
            symptom: $symptom,
            first_check: $first_check,
            fix: $fix,
        }),+];
    };
}

taxonomy! {
    /// A variable that the service needs is not set, or is set to nothing.
    ConfigMissing {
        id: "DFE-CFG-001",
        title: "Missing environment variable",
        retry: No,
        status: 500,
        symptom: "One endpoint fails at once and names a variable; the others work.",
        first_check: "Railway env configuration",
        fix: "Add the variable in the Railway dashboard, then redeploy.",
    }
    /// A setting is there but cannot be right: it does not parse, names something unknown, or is a
    /// credential that the other side rejected.
    ConfigInvalid {
        id: "DFE-CFG-002",
        title: "Invalid configuration value",
        retry: No,
        status: 500,
        symptom: "A variable is named as invalid, or a login is rejected.",
        first_check: "The variable that is named, then config file syntax",
        fix: "Correct the named variable in the Railway dashboard, then redeploy. After a rejected login no \
              further attempt is made for a while; a redeploy starts clean.",
    }
    /// The configuration file that was asked for could not be opened.
    ConfigFileMissing {
        id: "DFE-CFG-003",
        title: "Configuration file not found",
        retry: No,
        status: 500,
        symptom: "The start-up log says that the file named by --config was not found.",
        first_check: "The path behind --config, and that the file is part of the image",
        fix: "Correct the path or add the file, or set the variables in the environment; then redeploy.",
    }
    /// The database could not be reached, or was reached and is starting or stopping.
    DbConnection {
        id: "DFE-DB-001",
        title: "Database connection failed",
        retry: Yes,
        status: 503,
        symptom: "Connection refused",
        first_check: "Database pooler status",
        fix: "Check https://status.supabase.com/ and the project's state; restart the pooler or the project if it \
              stays down.",
    }
    /// The database accepted the work and did not finish it in time.
    DbTimeout {
        id: "DFE-DB-002",
        title: "Query timeout",
        retry: Yes,
        status: 503,
        symptom: "Query timeout",
        first_check: "Long-running queries, pool exhaustion",
        fix: "Look at long-running queries and lock trees (dragonfly-ops pg long, dragonfly-ops pg locks); end the root \
              blocker, by the command that is printed below them; check for connection leaks.",
    }
    /// A transaction could not be carried through: serialization failure, deadlock, a lock that was
    /// not to be had, or a transaction that had failed before.
    DbTransaction {
        id: "DFE-DB-003",
        title: "Transaction failed",
        retry: Yes,
        status: 503,
        symptom: "Deadlock detected, could not serialize, or lock not available",
        first_check: "Lock trees in /api/health/ops",
        fix: "Retry the transaction; if it recurs, end the root blocker and order the statements alike everywhere.",
    }
    /// There was no free connection: the server's or the pooler's slots are used up.
    DbPoolExhausted {
        id: "DFE-DB-004",
        title: "Pool exhausted",
        retry: Yes,
        status: 503,
        symptom: "Too many connections, or waiting for a pool slot",
        first_check: "Connections by state in /api/health/ops",
        fix: "Look who holds them (dragonfly-ops pg connections), and end one by the command that is printed below; \
              restart the worker pods (dragonfly-ops restart SERVICE --reason \"no connection is left\"); check for \
              connection leaks.",
    }
    /// A write would have broken a constraint of the schema.
    DbIntegrity {
        id: "DFE-DB-005",
        title: "Integrity constraint violation",
        retry: No,
        status: 409,
        symptom: "Duplicate key, or a foreign key, check or not-null violation",
        first_check: "The constraint named in the log",
        fix: "Correct the data or the code that writes it. After a bad migration: apply the inverse migration, then \
              push again.",
    }
    /// A service reached over HTTP did not answer in time.
    NetTimeout {
        id: "DFE-NET-001",
        title: "HTTP request timeout",
        retry: Yes,
        status: 504,
        symptom: "HTTP timeout",
        first_check: "External service status",
        fix: "Check the vendor's status page (https://status.supabase.com/) and test from a different network.",
    }
    /// The connection to an HTTP service was refused or broken.
    NetRefused {
        id: "DFE-NET-002",
        title: "Connection refused",
        retry: Yes,
        status: 502,
        symptom: "Connection refused or reset by an HTTP service",
        first_check: "External service status",
        fix: "Check that the service runs and that the URL and port are right; restart it if it is ours.",
    }
    /// A host name could not be resolved.
    NetDns {
        id: "DFE-NET-003",
        title: "DNS resolution failed",
        retry: Yes,
        status: 502,
        symptom: "Could not resolve host",
        first_check: "The host name in the variable that names the service",
        fix: "Correct the host name; if it is right, test from a different network.",
    }
    /// The encrypted connection could not be established: the handshake failed or the certificate
    /// is not to be trusted.
    NetTls {
        id: "DFE-NET-004",
        title: "SSL/TLS error",
        retry: No,
        status: 502,
        symptom: "Certificate expired, unknown or of another host; TLS required but not offered",
        first_check: "The certificate's host name, expiry and issuer",
        fix: "Renew the certificate, trust its issuer (sslrootcert), or correct the host name; then redeploy.",
    }
    /// Supabase was reached and answered with an error.
    VendorSupabase {
        id: "DFE-VND-001",
        title: "Supabase API error",
        retry: Yes,
        status: 502,
        symptom: "Supabase 401/403, a 5xx, or an answer that is not the JSON asked for",
        first_check: "Supabase status page",
        fix: "Check https://status.supabase.com/; verify the API keys in Railway's variables; test from a different \
              network.",
    }
    /// Railway's API was reached and answered with an error, or says that a service has crashed.
    VendorRailway {
        id: "DFE-VND-002",
        title: "Railway API error",
        retry: Yes,
        status: 502,
        symptom: "A restart or a log request fails; a service is CRASHED",
        first_check: "Railway deployment status",
        fix: "Check Railway's status and the project token; act in the dashboard (https://railway.app/dashboard) \
              meanwhile.",
    }
    /// An n8n workflow or webhook answered with an error, or n8n is not ready.
    VendorN8n {
        id: "DFE-VND-003",
        title: "n8n webhook error",
        retry: Yes,
        status: 502,
        symptom: "A workflow does not run, or its webhook fails; /healthz/readiness is not 200",
        first_check: "The workflow's last execution in n8n",
        fix: "Validate the flow's configuration, correct it, and run the workflow again.",
    }
    /// A vendor asked us to send fewer requests.
    VendorRateLimited {
        id: "DFE-VND-004",
        title: "Vendor rate limited",
        retry: Backoff,
        status: 503,
        symptom: "HTTP 429",
        first_check: "Which caller sends the most requests",
        fix: "Reduce concurrency, add backoff in the worker.",
    }
    /// The request needs a token and carries none.
    AuthMissing {
        id: "DFE-AUTH-001",
        title: "Missing authentication token",
        retry: No,
        status: 401,
        symptom: "401 on an operation that needs a token",
        first_check: "The Authorization header of the request",
        fix: "Send the operator's token: Authorization: Bearer ...",
    }
    /// The request carries a token that is wrong, malformed or expired.
    AuthInvalid {
        id: "DFE-AUTH-002",
        title: "Invalid/expired token",
        retry: No,
        status: 401,
        symptom: "Auth token expired",
        first_check: "Service role key",
        fix: "Issue a new key or token, set it in Railway's variables, redeploy.",
    }
    /// The credential is good but may not do what was asked.
    AuthForbidden {
        id: "DFE-AUTH-003",
        title: "Insufficient permissions",
        retry: No,
        status: 403,
        symptom: "Permission denied",
        first_check: "The grants of the role",
        fix: "Grant the role what the detail names, or use the token that may do it.",
    }
    /// What was sent is not what is expected.
    ValInput {
        id: "DFE-VAL-001",
        title: "Input validation failed",
        retry: No,
        status: 400,
        symptom: "400 on a request",
        first_check: "The detail names what is wrong",
        fix: "Correct the request.",
    }
    /// The database's or the API's schema is not what is expected: a table, column or function is
    /// missing or of another shape.
    ValSchema {
        id: "DFE-VAL-002",
        title: "Schema validation error",
        retry: No,
        status: 422,
        symptom: "Relation or column does not exist, or is not in PostgREST's schema cache",
        first_check: "Whether all migrations are applied",
        fix: "Run dragonfly-ops migrate; where PostgREST's schema cache is stale, reload it: dragonfly-ops \
              reload-schema --reason \"its schema cache is stale\".",
    }
    /// Data contradicts itself, or an order takes something for granted that is not so any more.
    ValData {
        id: "DFE-VAL-003",
        title: "Data integrity check failed",
        retry: No,
        status: 409,
        symptom: "A value is missing or impossible where the service relies on it, or an order is refused as outdated",
        first_check: "The rows that the detail names",
        fix: "Correct the rows and find out what wrote them.",
    }
    /// Something that nobody foresaw.
    Internal {
        id: "DFE-INT-001",
        title: "Unexpected internal error",
        retry: Maybe,
        status: 500,
        symptom: "An error without a better code",
        first_check: "The log line with the same request_id",
        fix: "Save the log line and file an issue; restart the service if it persists.",
    }
    /// Memory, disk or a limit of the server is used up.
    ResourceExhausted {
        id: "DFE-INT-002",
        title: "Resource exhausted",
        retry: Yes,
        status: 503,
        symptom: "Out of memory, disk full, or a limit exceeded",
        first_check: "Memory and disk metrics in Railway and Supabase",
        fix: "Free or enlarge the resource; check for OOM kills; restart what leaks.",
    }
    /// The work was given up on purpose: the service is shutting down.
    Cancelled {
        id: "DFE-INT-003",
        title: "Operation cancelled",
        retry: Yes,
        status: 503,
        symptom: "503 from /api/health/ready during a deploy",
        first_check: "Whether a deploy or restart is under way",
        fix: "Nothing, if it passes: the new deployment answers. Otherwise check Railway deployment status.",
    }
}

#[cfg(test)]
mod tests;
