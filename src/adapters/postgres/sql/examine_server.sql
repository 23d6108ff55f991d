-- What the server says of itself, and of our session.
SELECT
    pg_catalog.current_setting('server_version_num')::int4 AS version,
    pg_catalog.pg_is_in_recovery() AS is_standby,
    pg_catalog.current_setting('default_transaction_read_only')::bool AS is_read_only,
    pg_catalog.inet_server_port() AS port,
    a.pid AS backend,
    extract(epoch FROM statement_timestamp() - a.backend_start)::float8 AS backend_age,
    CASE WHEN s.ssl THEN s.version::text END AS tls,
    pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN pg_catalog.pg_stat_ssl AS s ON a.pid = s.pid
WHERE a.pid = pg_catalog.pg_backend_pid()
