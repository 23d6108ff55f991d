-- Every worker that ever sent a heartbeat, the longest silent first, and beside each the youngest heartbeat of all. Ages
-- are by the database's clock.
SELECT
    h.worker_name::text AS name,
    h.status::text AS status,
    extract(epoch FROM statement_timestamp() - h.last_heartbeat)::float8 AS seconds_since_heartbeat,
    extract(epoch FROM statement_timestamp() - max(h.last_heartbeat) OVER ())::float8 AS seconds_since_any_heartbeat,
    h.jobs_processed::int8 AS jobs_processed,
    h.error_count::int8 AS error_count
FROM ops.worker_heartbeats AS h
ORDER BY h.last_heartbeat ASC NULLS FIRST, h.worker_name
LIMIT :listed
