//! What waits by its type, where work stands still.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::activity::section::{Subject, age, section_within};
use crate::adapters::postgres::sections::Sections;
use crate::domain::activity::WaitingType;
use crate::domain::fault::Fault;
use crate::domain::tables::QueueLayout;

/// Reads it. It says more of what is judged already, so that it could not be read in time is no news.
/// The fault means that the connection is of no more use.
pub(super) async fn read_waiting_types(
    sections: &mut Sections<'_>,
    layout: &QueueLayout,
    sql: &str,
    limit: Duration,
) -> Result<Option<Vec<WaitingType>>, Fault> {
    let subject = Subject::of(&layout.table, &layout.roles);
    let name = ("waiting_types", &subject);
    let types = section_within(sections, name, Some(limit), sql, understand);
    Ok(types.await?.ok())
}

fn understand(rows: &[PgRow]) -> Result<Vec<WaitingType>, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(WaitingType {
            job_type: row.try_get("job_type")?,
            jobs: row.try_get("jobs")?,
            seconds_since_finished_job: age(row, "seconds_since_finished_job")?,
        })
    };
    rows.iter().map(read).collect()
}
