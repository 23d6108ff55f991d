-- The session whose backend has the process id $1, whoever it is.
SELECT
    a.backend_start::text AS backend_start,
    a.backend_type::text AS backend_type,
    a.datname = pg_catalog.current_database() AS is_here,
    a.pid = pg_catalog.pg_backend_pid() AS is_self,
    a.state::text AS state,
    extract(epoch FROM statement_timestamp() - a.xact_start)::float8 AS transaction_seconds,
    a.usename::text AS user_name,
    pg_catalog.host(a.client_addr) AS client,
    a.application_name::text AS application,
    a.query::text AS query
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid = $1::int4
