-- Client connections by state, of the whole server: that is what max_connections limits.
-- A session that this role may not see has a user and a database, but neither backend type nor state.
WITH limits AS (
    SELECT
        pg_catalog.current_setting('max_connections')::int8
        - pg_catalog.current_setting('superuser_reserved_connections')::int8
        - coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) AS ceiling
),

sessions AS (
    SELECT
        a.backend_type IS NULL AS hidden,
        coalesce(a.state, 'starting') AS state,
        count(*) AS sessions
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
        OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL)
    GROUP BY 1, 2
)

SELECT
    l.ceiling,
    coalesce(s.hidden, false) AS hidden,
    s.state,
    coalesce(s.sessions, 0) AS sessions
FROM limits AS l
LEFT JOIN sessions AS s ON true
