//! Which tables are the queue's and the heartbeats', and what their columns and states are.

use crate::domain::fault::Fault;
use crate::domain::tables::TableSettings;
use crate::settings::raw::SettingsReader;
use crate::settings::variables;

/// Reads what the operator says of the tables. Where one thing cannot be understood nothing is: a
/// guess in its place would read something else.
pub(super) fn read(reader: &mut SettingsReader<'_>) -> Result<TableSettings, Fault> {
    let queue = reader.said(&variables::QUEUE_TABLE);
    let heartbeats = reader.said(&variables::HEARTBEATS_TABLE);
    let queue_columns = reader.said(&variables::QUEUE_COLUMNS);
    let heartbeat_columns = reader.said(&variables::HEARTBEAT_COLUMNS);
    let queue_states = reader.said(&variables::QUEUE_STATES);
    let claims_heed_due = reader.said(&variables::QUEUE_CLAIMS_HEED_DUE);
    Ok(TableSettings {
        queue: queue?,
        heartbeats: heartbeats?,
        queue_columns: queue_columns?.unwrap_or_default(),
        heartbeat_columns: heartbeat_columns?.unwrap_or_default(),
        queue_states: queue_states?.unwrap_or_default(),
        claims_heed_due: claims_heed_due?,
    })
}
