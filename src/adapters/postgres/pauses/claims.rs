//! Whether those who claim jobs leave alone what is not due yet.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::journal::Journal;
use crate::domain::fault::Fault;
use crate::domain::pause::Claims;
use crate::domain::tables::{JobRole, QueueLayout, TableSettings};

/// Who claims the jobs of a queue, as far as the operator or the functions of the database say.
pub(super) async fn claims(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    queue: &QueueLayout,
) -> Result<Claims, Fault> {
    let (None, Some(sql)) = (tables.claims_heed_due, claims_statement(queue)) else {
        return Ok(said_claims(tables));
    };
    journal
        .run("the functions that claim jobs", async |connection| {
            let mut transaction = begin(connection).await?;
            let rows = sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_all(&mut *transaction)
                .await?;
            read_claims(&rows)
        })
        .await
}

/// The statement that looks for functions which claim jobs; nothing where it does not matter.
pub(in crate::adapters::postgres) fn claims_statement(queue: &QueueLayout) -> Option<String> {
    let due = queue.column(JobRole::Due)?;
    let filling = Filling::default()
        .with("table_word", literal(&whole_word(&queue.table.name)))
        .with("due_word", literal(&whole_word(due)));
    let sql = filling.fill(include_str!("../sql/claims.sql"));
    queue.paused_word().is_none().then_some(sql)
}

/// A regular expression for a name that is no part of a longer one.
fn whole_word(name: &str) -> String {
    let mut pattern = String::from("(^|[^[:alnum:]_])");
    for c in name.chars() {
        if !c.is_alphanumeric() && c != '_' {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "($|[^[:alnum:]_])"
}

/// What the operator says of them.
pub(in crate::adapters::postgres) fn said_claims(tables: &TableSettings) -> Claims {
    match tables.claims_heed_due {
        Some(true) => Claims::HeedDue,
        Some(false) => {
            Claims::IgnoreDue("as QUEUE_CLAIMS_HEED_DUE=false says, somebody".to_owned())
        }
        None => Claims::Unknown,
    }
}

/// What [`claims_statement`] has found.
pub(in crate::adapters::postgres) fn read_claims(rows: &[PgRow]) -> Result<Claims, sqlx::Error> {
    for row in rows {
        if !row.try_get::<bool, _>("heeds_due")? {
            return Ok(Claims::IgnoreDue(row.try_get("signature")?));
        }
    }
    Ok(match rows {
        [] => Claims::Unknown,
        [_, ..] => Claims::HeedDue,
    })
}
