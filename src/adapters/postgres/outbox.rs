//! The outbox in Postgres: who sends what.
//!
//! # Design notes
//!
//! A row comes with the entry that made it, and is settled with the entry that says what became of it, in
//! the statement that keeps them (`incidents_keep.sql`). Here it is only agreed who sends it now. Where
//! nobody answers, nothing is agreed, and whoever knows of a notice sends it.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::incidents::at_tables;
use crate::domain::fault::Fault;
use crate::domain::incident::{Channel, Owed};

const CLAIM: &str = include_str!("sql/notices_claim.sql");
const PUT_OFF: &str = include_str!("sql/notices_put_off.sql");

/// For how long a claim lasts: longer than it takes to send something, and to keep that it was sent.
const CLAIM_LASTS: Duration = Duration::from_secs(60);

/// Where it is agreed who sends what.
#[derive(Debug)]
pub(crate) struct Outbox {
    aside: Aside,
    /// Under which name it is claimed.
    holder: String,
}

/// How it stands with a notice that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is ours to send.
    Ours,
    /// It was sent or given up; its entry is to be read yet.
    Settled,
    /// Somebody else sends it, or it is to be tried after so long.
    Later(Duration),
    /// It is not there yet.
    Absent,
}

/// Every statement by its name, for the test that prepares them.
pub(super) fn statements() -> Vec<(&'static str, String)> {
    vec![
        ("notices_claim", claim("", "")),
        (
            "notices_put_off",
            put_off("", Channel::Slack, "", Duration::ZERO),
        ),
    ]
}

impl Outbox {
    /// In this database, under this name.
    pub(crate) fn new(database: Database, holder: String) -> Self {
        Self {
            aside: Aside::new(database, "the notices", at_tables),
            holder,
        }
    }

    /// Claims a notice.
    ///
    /// # Errors
    ///
    /// The classified cause; then nothing is agreed.
    pub(crate) async fn claim(&self, owed: &Owed) -> Result<Claim, Fault> {
        let sql = claim(&owed.id(), &self.holder);
        let understand = |rows: &[PgRow]| {
            let Some(row) = rows.first() else {
                return Ok(Claim::Absent);
            };
            if row.try_get("is_ours")? {
                return Ok(Claim::Ours);
            }
            if row.try_get("is_settled")? {
                return Ok(Claim::Settled);
            }
            let wait: i64 = row.try_get("wait")?;
            let wait = Duration::from_millis(wait.try_into().unwrap_or_default());
            Ok(Claim::Later(wait))
        };
        self.aside.ask("claim", &sql, understand).await
    }

    /// Lets go of a notice that could not be sent, and leaves its channel alone for so long.
    ///
    /// # Errors
    ///
    /// The classified cause; then the claim ends by itself.
    pub(crate) async fn put_off(
        &self,
        owed: &Owed,
        error: &str,
        wait: Duration,
    ) -> Result<(), Fault> {
        let sql = put_off(&owed.id(), owed.dispatch.channel, error, wait);
        self.aside.ask("put_off", &sql, |_| Ok(())).await
    }
}

fn claim(id: &str, holder: &str) -> String {
    Filling::default()
        .with("id", literal(id))
        .with("holder", literal(holder))
        .with("lasts", CLAIM_LASTS.as_secs().to_string())
        .fill(CLAIM)
}

fn put_off(id: &str, channel: Channel, error: &str, wait: Duration) -> String {
    Filling::default()
        .with("id", literal(id))
        .with("channel", literal(channel.as_str()))
        .with("error", literal(error))
        .with("wait", wait.as_secs_f64().to_string())
        .fill(PUT_OFF)
}
