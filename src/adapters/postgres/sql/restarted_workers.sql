-- The workers of the service $1, and whether each has sent a heartbeat, and started, since the row $2 of the audit log
-- (nothing: ever). A worker belongs to a service by its name: the service's, or the service's and something behind it.
SELECT
    h.worker_name::text AS name,
    extract(epoch FROM statement_timestamp() - h.last_heartbeat)::float8 AS seconds_since_heartbeat,
    h.last_heartbeat > coalesce(a.at, '-infinity') AS is_fresh,
    -- Before the migration that adds it, there is no such column.
    (to_jsonb(h) ->> 'started_at')::timestamptz > coalesce(a.at, '-infinity') AS is_new
FROM ops.worker_heartbeats AS h
LEFT JOIN ops.audit_log AS a ON a.id = $2::int8
WHERE lower(h.worker_name) = lower($1) OR starts_with(lower(h.worker_name), lower($1) || '-')
ORDER BY h.worker_name
LIMIT 200
