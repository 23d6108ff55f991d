-- Ends the client backend $1 that started at $2; no row where there is none any more.
SELECT pg_catalog.pg_terminate_backend(a.pid) AS signalled
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = $1::int4
    AND a.backend_start = $2::text::timestamptz
    AND a.backend_type = 'client backend'
    AND a.datname = pg_catalog.current_database()
    AND a.pid <> pg_catalog.pg_backend_pid()
