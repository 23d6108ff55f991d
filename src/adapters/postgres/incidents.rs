//! Incidents in Postgres: their entries, and what these add up to.
//!
//! # Design notes
//!
//! An entry is named by what it says, so what is sent late, twice or by two replicas is kept once, and
//! nobody has to be the one who writes. Sums of them stand beside them for whoever asks in SQL; of these
//! it is only read back which incidents go on, to know which entries to read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::notices;
use crate::adapters::postgres::visibility::{Hidden, visibility_of};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::{Book, Entry, Incident};
use crate::domain::taxonomy::Code;

const KEEP: &str = include_str!("sql/incidents_keep.sql");
const READ: &str = include_str!("sql/incidents_read.sql");
const READ_RUNBOOK: &str = include_str!("sql/runbook_read.sql");

/// The tables that are read.
const READ_FROM: &[&str] = &["incident_entries", "incidents"];

/// How many entries are read at once, at most.
const PAGE: usize = 5_000;
/// How many suggestions for the runbook are read, at most, and how many of what was taken back with them.
const MOST_SUGGESTIONS: usize = 1_000;

/// Where incidents are kept.
#[derive(Debug)]
pub(crate) struct IncidentStore {
    aside: Aside,
}

/// Entries that are kept at once.
#[derive(Debug)]
pub(crate) struct Batch(String);

/// Which entries are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// What was recorded after this.
    pub(crate) since: Timestamp,
    /// Whether all of each incident that is not over is wanted, however old it is.
    pub(crate) whole: bool,
}

/// Every statement by its name, for the test that prepares them.
pub(super) fn statements() -> Vec<(&'static str, String)> {
    let since = Timestamp::UNIX_EPOCH;
    let wanted = Wanted { since, whole: true };
    vec![
        ("incidents_keep", keep(&[], &Book::default())),
        ("incidents_read", read(wanted, 0)),
        ("runbook_read", read_runbook()),
    ]
}

impl IncidentStore {
    /// In this database.
    pub(crate) fn new(database: Database) -> Self {
        Self {
            aside: Aside::new(database, "the incidents", at_tables),
        }
    }

    /// Keeps what is new of a batch, and what its entries and all others add up to.
    ///
    /// # Errors
    ///
    /// The classified cause; then nothing was kept, or nobody knows: keeping it again is right.
    pub(crate) async fn keep(&self, batch: &Batch) -> Result<(), Fault> {
        self.aside.ask("keep", &batch.0, |_| Ok(())).await
    }

    /// Reads all entries that are wanted, the one first that was recorded first.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn read(&self, wanted: Wanted) -> Result<Vec<Entry>, Fault> {
        let mut all = Vec::new();
        // Entries only come to be, and at the end: what was read already stays where it is.
        for page in 0.. {
            let understand = |rows: &[PgRow]| Ok((entries(rows)?, rows.len()));
            let sql = read(wanted, page * PAGE);
            let (entries, rows) = self.aside.ask("read", &sql, understand).await?;
            all.extend(entries);
            if rows < PAGE {
                break;
            }
        }
        Ok(all)
    }

    /// Reads what incidents have taught, however long ago they were.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn read_runbook(&self) -> Result<Vec<Entry>, Fault> {
        self.aside.ask("runbook", &read_runbook(), entries).await
    }

    /// That no row is kept from our role: row level security hides them without an error, and an outage
    /// that goes on would look like none.
    ///
    /// # Errors
    ///
    /// The classified cause, DFE-AUTH-003 where rows may be hidden.
    pub(crate) async fn refuse_hidden(&self) -> Result<(), Fault> {
        let sql = visibility_of(READ_FROM);
        let hidden = self.aside.ask("visibility", &sql, Hidden::read).await?;
        hidden.refuse_each(READ_FROM)
    }
}

impl Batch {
    /// These entries, and what they add up to with all others in the book.
    pub(crate) fn of(entries: &[Entry], book: &Book) -> Self {
        Self(keep(entries, book))
    }
}

/// Says how to get the tables.
pub(super) fn at_tables(fault: Fault) -> Fault {
    let detail = match fault.code {
        Code::ValSchema if fault.kind == Some(FaultKind::NoTable) => {
            "The tables of the incidents do not exist: run dragonfly-ops migrate."
        }
        Code::ValSchema => {
            "The tables of the incidents are of another shape: ops.incidents, ops.incident_entries, ops.action_items, \
             ops.quiet_windows and ops.notices have to be those of dragonfly-ops migrate."
        }
        Code::AuthForbidden => {
            "The database role may not keep the incidents: it needs USAGE on the schema ops, and SELECT, INSERT and UPDATE \
             on ops.incidents, ops.incident_entries, ops.action_items, ops.quiet_windows and ops.notices, and where row level \
             security is in force, a policy FOR ALL ... USING (true)."
        }
        _ => return fault,
    };
    Fault {
        detail: detail.into(),
        ..fault
    }
}

fn keep(entries: &[Entry], book: &Book) -> String {
    let names = entries.iter().filter_map(|entry| entry.incident.as_ref());
    let names: BTreeSet<_> = names.collect();
    let touched: Vec<&Incident> = names
        .iter()
        .filter_map(|name| book.incident(name))
        .collect();
    let sums: Vec<_> = touched.iter().map(|one| sum(one, book)).collect();
    let items = touched.iter().flat_map(|one| {
        one.report.items.iter().map(|(id, item)| {
            json!({
                "id": id, "incident": one.name, "title": item.title, "owner": item.owner,
                "due": item.due.map(|due| due.to_string()), "issue": item.issue,
            })
        })
    });
    let items: Vec<_> = items.collect();
    let says_quiet = entries.iter().any(|entry| entry.incident.is_none());
    let windows = book.windows().filter(|_| says_quiet).map(|(id, window)| {
        let ends = window.ended.map_or(window.end, |ended| ended.min(window.end));
        json!({
            "id": id, "begins_at": window.begin, "ends_at": ends.max(window.begin), "zone": window.zone,
            "reason": window.reason, "made_by": window.by,
        })
    });
    let windows: Vec<_> = windows.collect();
    let rows: Vec<_> = entries.iter().map(row_of).collect();
    let text = |rows: &[Value]| literal(&json!(rows).to_string());
    Filling::default()
        .with("entries", text(&rows))
        .with("incidents", text(&sums))
        .with("items", text(&items))
        .with("windows", text(&windows))
        .with("notices", text(&notices::rows(entries, book)))
        .fill(KEEP)
}

fn row_of(entry: &Entry) -> Value {
    json!({
        "id": entry.id, "incident": entry.incident, "number": entry.number, "at": entry.at, "who": entry.who,
        "how": entry.how, "kind": entry.what.kind(), "what": entry.what, "text": entry.text,
    })
}

fn sum(incident: &Incident, book: &Book) -> Value {
    let codes = incident.own().flat_map(|(_, member)| &member.codes);
    let codes: BTreeSet<_> = codes.map(|code| code.id()).collect();
    json!({
        "name": incident.name, "title": incident.title, "state": incident.state,
        "severity": incident.severity, "codes": codes, "began_at": incident.began_at,
        "detected_at": incident.detected_at, "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledgement.as_ref().map(|held| &held.by),
        "mitigated_at": incident.mitigated_at, "resolved_at": incident.resolved_at,
        "closed_at": incident.closed_at, "flaps": incident.reopened,
        "merged_into": incident.merged_into, "entries": book.timeline(&incident.name).len(),
    })
}

fn read(wanted: Wanted, skipped: usize) -> String {
    Filling::default()
        .with(
            "since",
            wanted.since.as_duration().as_secs_f64().to_string(),
        )
        .with("whole", wanted.whole.to_string())
        .with("page", PAGE.to_string())
        .with("skipped", skipped.to_string())
        .fill(READ)
}

fn read_runbook() -> String {
    Filling::default()
        .with("most", MOST_SUGGESTIONS.to_string())
        .fill(READ_RUNBOOK)
}

fn entries(rows: &[PgRow]) -> Result<Vec<Entry>, sqlx::Error> {
    rows.iter()
        .filter_map(|row| entry(row).transpose())
        .collect()
}

/// An entry; nothing where it says what is not known here, as a newer version may say more.
fn entry(row: &PgRow) -> Result<Option<Entry>, sqlx::Error> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let incident: Option<String> = row.try_get("incident")?;
    let number: i32 = row.try_get("number")?;
    let what: Value = serde_json::from_str(&text("what")?).unwrap_or_default();
    let time = |name: &str| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(Timestamp::from_millisecond(row.try_get(name)?).ok())
    };
    let entry = json!({
        "id": text("id")?, "incident": incident, "number": number, "at": time("at")?,
        "recorded_at": time("recorded_at")?, "who": text("who")?, "how": text("how")?, "what": what,
        "text": text("text")?,
    });
    Ok(serde_json::from_value(entry).ok())
}
