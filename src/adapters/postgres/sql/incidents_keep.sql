-- Keeps what is new of these entries, and writes anew what they add up to. What is here already counts once.
WITH summed AS (
    INSERT INTO ops.incidents AS i (
        name, title, state, severity, codes, began_at, detected_at, acknowledged_at, acknowledged_by, mitigated_at,
        resolved_at, closed_at, flaps, merged_into, entries
    )
    SELECT
        s.name,
        s.title,
        s.state,
        s.severity,
        s.codes,
        s.began_at,
        s.detected_at,
        s.acknowledged_at,
        s.acknowledged_by,
        s.mitigated_at,
        s.resolved_at,
        s.closed_at,
        s.flaps,
        s.merged_into,
        s.entries
    FROM pg_catalog.jsonb_populate_recordset(NULL::ops.incidents, :incidents::jsonb) AS s
    ON CONFLICT (name) DO UPDATE
        SET
            title = excluded.title,
            state = excluded.state,
            severity = excluded.severity,
            codes = excluded.codes,
            began_at = excluded.began_at,
            detected_at = excluded.detected_at,
            acknowledged_at = excluded.acknowledged_at,
            acknowledged_by = excluded.acknowledged_by,
            mitigated_at = excluded.mitigated_at,
            resolved_at = excluded.resolved_at,
            closed_at = excluded.closed_at,
            flaps = excluded.flaps,
            merged_into = excluded.merged_into,
            entries = excluded.entries
        -- Another replica may know more of it.
        WHERE i.entries <= excluded.entries
),

items AS (
    INSERT INTO ops.action_items (id, incident, title, owner, due, issue)
    SELECT
        s.id,
        s.incident,
        s.title,
        s.owner,
        s.due,
        s.issue
    FROM pg_catalog.jsonb_populate_recordset(NULL::ops.action_items, :items::jsonb) AS s
    ON CONFLICT (id) DO UPDATE
        SET title = excluded.title, owner = excluded.owner, due = excluded.due, issue = excluded.issue
),

windows AS (
    INSERT INTO ops.quiet_windows (id, begins_at, ends_at, zone, reason, made_by)
    SELECT
        s.id,
        s.begins_at,
        s.ends_at,
        s.zone,
        s.reason,
        s.made_by
    FROM pg_catalog.jsonb_populate_recordset(NULL::ops.quiet_windows, :windows::jsonb) AS s
    ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at
),

notices AS (
    INSERT INTO ops.notices AS n (id, incident, kind, nth, channel, created_at, sent_at, given_up_at, error)
    SELECT
        s.id,
        s.incident,
        s.kind,
        s.nth,
        s.channel,
        s.created_at,
        s.sent_at,
        s.given_up_at,
        s.error
    FROM pg_catalog.jsonb_populate_recordset(NULL::ops.notices, :notices::jsonb) AS s
    ON CONFLICT (id) DO UPDATE
        SET
            sent_at = excluded.sent_at,
            given_up_at = excluded.given_up_at,
            error = CASE WHEN excluded.sent_at IS NULL THEN coalesce(excluded.error, n.error) END
        -- What was told by one replica was told.
        WHERE n.sent_at IS NULL
)

INSERT INTO ops.incident_entries (id, incident, number, at, who, how, kind, what, text)
SELECT
    s.id,
    s.incident,
    s.number,
    s.at,
    s.who,
    s.how,
    s.kind,
    s.what,
    s.text
FROM pg_catalog.jsonb_populate_recordset(NULL::ops.incident_entries, :entries::jsonb) AS s
ON CONFLICT (id) DO NOTHING
