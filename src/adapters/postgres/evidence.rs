//! Evidence of incidents in Postgres.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::Evidence;
use crate::domain::long_work::on_a_thread;
use crate::domain::taxonomy::Code;

const KEEP: &str = include_str!("sql/evidence_keep.sql");
const READ: &str = include_str!("sql/evidence_read.sql");

/// How long a piece may take: a picture is larger than what is asked otherwise.
const DEADLINE: Duration = Duration::from_secs(10);

/// Where evidence is kept.
#[derive(Debug)]
pub(crate) struct EvidenceStore {
    aside: Aside,
}

/// Every statement by its name, for the test that prepares them.
pub(super) fn statements() -> Vec<(&'static str, String)> {
    vec![
        ("evidence_keep", keep("{}", "")),
        ("evidence_read", read("", "")),
    ]
}

impl EvidenceStore {
    /// In this database.
    pub(crate) fn new(database: Database) -> Self {
        Self {
            aside: Aside::new(database, "the evidence", at_table).within(DEADLINE),
        }
    }

    /// Keeps a piece.
    ///
    /// # Errors
    ///
    /// The classified cause; then nothing was kept, or nobody knows: keeping it again is right.
    pub(crate) async fn keep(&self, evidence: Evidence) -> Result<(), Fault> {
        let sql = on_a_thread(move || {
            let piece = &evidence.piece;
            let row = json!({
                "id": evidence.id, "sha256": piece.sha256, "incident": evidence.incident, "name": piece.name,
                "occasion": piece.occasion, "taken_at": evidence.taken_at, "taken_by": evidence.taken_by,
                "media_type": piece.media_type, "is_cut": piece.is_cut,
            });
            Ok(keep(&row.to_string(), &STANDARD.encode(&evidence.content)))
        });
        self.aside.ask("keep", &sql.await?, |_| Ok(())).await
    }

    /// The content of a piece; nothing where it is not here.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn read(&self, id: &str, sha256: &str) -> Result<Option<Vec<u8>>, Fault> {
        let understand = |rows: &[PgRow]| {
            let row = rows.first();
            row.map(|row| row.try_get::<String, _>("content"))
                .transpose()
        };
        let sql = read(id, sha256);
        let Some(mut text) = self.aside.ask("read", &sql, understand).await? else {
            return Ok(None);
        };
        on_a_thread(move || {
            // Postgres breaks its lines.
            text.retain(|c| !c.is_ascii_whitespace());
            // What is no base64 is not what was kept.
            Ok(Some(STANDARD.decode(text).unwrap_or_default()))
        })
        .await
    }
}

fn keep(piece: &str, content: &str) -> String {
    Filling::default()
        .with("piece", literal(piece))
        .with("content", literal(content))
        .fill(KEEP)
}

fn read(id: &str, sha256: &str) -> String {
    Filling::default()
        .with("id", literal(id))
        .with("hash", literal(sha256))
        .fill(READ)
}

/// Says how to get the table.
fn at_table(fault: Fault) -> Fault {
    let detail = match fault.code {
        Code::ValSchema if fault.kind == Some(FaultKind::NoTable) => {
            "The table of the evidence does not exist: run dragonfly-ops migrate."
        }
        Code::ValSchema => {
            "The table of the evidence is of another shape: ops.evidence has to be that of dragonfly-ops migrate."
        }
        Code::AuthForbidden => {
            "The database role may not keep evidence: it needs USAGE on the schema ops, and SELECT and INSERT on \
             ops.evidence, and where row level security is in force, a policy FOR ALL ... USING (true)."
        }
        _ => return fault,
    };
    Fault {
        detail: detail.into(),
        ..fault
    }
}
