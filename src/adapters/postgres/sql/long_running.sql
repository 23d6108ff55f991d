-- Client backends of this database that have been at one statement, or idle inside a transaction, for too long;
-- beside them the number of sessions that this role may not see. Walsenders and autovacuum are no client backends.
WITH sessions AS (
    SELECT
        a.pid,
        a.state,
        a.backend_start::text AS backend_start,
        a.state LIKE 'idle in transaction%' AS idle,
        extract(epoch FROM statement_timestamp() - CASE
            WHEN a.state LIKE 'idle in transaction%' THEN a.state_change
            ELSE a.query_start
        END)::float8 AS seconds,
        extract(epoch FROM statement_timestamp() - a.xact_start)::float8 AS transaction_seconds,
        a.usename::text AS user_name,
        pg_catalog.host(a.client_addr) AS client,
        a.application_name AS application,
        a.query
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = pg_catalog.current_database()
        AND a.backend_type = 'client backend'
        AND a.pid <> pg_catalog.pg_backend_pid()
        AND (a.state IN ('active', 'fastpath function call') OR a.state LIKE 'idle in transaction%')
),

long AS (
    SELECT s.*
    FROM sessions AS s
    WHERE s.seconds > :long_after
    ORDER BY s.seconds DESC
    LIMIT :listed_long
),

unseen AS (
    SELECT count(*) AS sessions
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = pg_catalog.current_database()
        AND a.backend_type IS NULL
        AND a.usesysid IS NOT NULL
)

SELECT u.sessions AS hidden, l.*
FROM unseen AS u
LEFT JOIN long AS l ON true
ORDER BY l.seconds DESC
