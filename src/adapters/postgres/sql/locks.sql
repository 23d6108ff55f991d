-- Who waits for whom, one row per edge, with what is known of the session that blocks.
-- Driven from the locks that are not granted: pg_blocking_pids takes a lock itself and is called for waiters only.
WITH waiting AS MATERIALIZED (
    SELECT DISTINCT ON (l.pid)
        l.pid,
        l.locktype,
        l.mode,
        l.database,
        l.relation,
        l.waitstart
    FROM pg_catalog.pg_locks AS l
    INNER JOIN pg_catalog.pg_stat_activity AS a ON l.pid = a.pid
    WHERE NOT l.granted AND a.datname = pg_catalog.current_database()
    ORDER BY l.pid, l.waitstart
    LIMIT :listed
)

SELECT
    w.pid AS waiting_pid,
    b.pid AS blocking_pid,
    extract(epoch FROM statement_timestamp() - w.waitstart)::float8 AS wait_seconds,
    w.locktype AS lock_type,
    w.mode,
    (
        SELECT n.nspname || '.' || c.relname
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
        WHERE c.oid = w.relation
            AND w.database = (
                SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
            )
    ) AS relation,
    s.state,
    s.backend_start::text AS backend_start,
    extract(epoch FROM statement_timestamp() - s.xact_start)::float8 AS transaction_seconds,
    s.usename::text AS user_name,
    pg_catalog.host(s.client_addr) AS client,
    s.application_name AS application,
    s.query
FROM waiting AS w
CROSS JOIN LATERAL (
    SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(w.pid)) AS pid
) AS b
LEFT JOIN pg_catalog.pg_stat_activity AS s ON b.pid = s.pid
ORDER BY w.pid, b.pid
