-- What incidents have taught about error codes, and what of it was taken back, the newest first: so many of them.
SELECT
    e.id,
    e.incident,
    e.number,
    e.who,
    e.how,
    e.what::text AS what,
    e.text,
    (extract(epoch FROM e.at) * 1000)::bigint AS at,
    (extract(epoch FROM e.recorded_at) * 1000)::bigint AS recorded_at
FROM ops.incident_entries AS e
WHERE e.kind IN ('runbook_suggested', 'runbook_withdrawn')
ORDER BY e.recorded_at DESC, e.id
LIMIT :most
