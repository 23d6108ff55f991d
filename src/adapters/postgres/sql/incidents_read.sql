-- What was recorded since then of the incidents, the oldest first, and of each that is not over, or of which something
-- was recorded since then, all of it.
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
WHERE
    e.recorded_at > pg_catalog.to_timestamp(:since)
    OR (:whole AND e.incident IN (
        SELECT i.name
        FROM ops.incidents AS i
        WHERE i.state IN ('open', 'acknowledged', 'mitigated') OR i.detected_at > pg_catalog.to_timestamp(:since)
        UNION
        SELECT n.incident
        FROM ops.incident_entries AS n
        WHERE n.recorded_at > pg_catalog.to_timestamp(:since)
    ))
ORDER BY e.recorded_at, e.id
LIMIT :page OFFSET :skipped
