-- What incidents have taught about error codes: it is read at the start of each process, and by whoever asks about a code
-- on the terminal, however long ago the incident was.

CREATE INDEX incident_entries_runbook ON ops.incident_entries (recorded_at)
    WHERE kind IN ('runbook_suggested', 'runbook_withdrawn');
