-- Client connections of the whole server, as that is what max_connections limits: how many are in each state, and
-- who holds most of them. A session that this role may not see has a user, a database and an application, but
-- neither backend type nor state. Only a session of this database, and none of ours, can be ended from here.
WITH limits AS (
    SELECT
        pg_catalog.current_setting('max_connections')::int8
        - pg_catalog.current_setting('superuser_reserved_connections')::int8
        - coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) AS ceiling
),

sessions AS (
    SELECT
        a.pid,
        a.backend_start::text AS backend_start,
        a.usename::text AS user_name,
        pg_catalog.host(a.client_addr) AS client,
        a.application_name::text AS application,
        a.backend_type IS NULL AS hidden,
        CASE WHEN a.backend_type IS NOT NULL THEN coalesce(a.state, 'starting') END AS state,
        greatest(
            extract(epoch FROM statement_timestamp() - coalesce(a.state_change, a.backend_start)), 0
        )::float8 AS seconds,
        a.backend_type IS NOT NULL AND a.datname = pg_catalog.current_database()
        AND a.application_name <> :own_application AS can_be_ended
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
        OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL)
),

states AS (
    SELECT s.hidden, s.state, count(*) AS sessions
    FROM sessions AS s
    GROUP BY s.hidden, s.state
),

holders AS (
    SELECT
        s.application,
        s.user_name,
        s.client,
        s.hidden,
        s.state,
        count(*) AS sessions,
        max(s.seconds) AS oldest_seconds,
        (pg_catalog.array_agg(s.pid ORDER BY s.seconds DESC) FILTER (WHERE s.can_be_ended))[1] AS oldest_pid,
        (pg_catalog.array_agg(s.backend_start ORDER BY s.seconds DESC)
            FILTER (WHERE s.can_be_ended))[1] AS oldest_backend_start
    FROM sessions AS s
    GROUP BY s.application, s.user_name, s.client, s.hidden, s.state
    ORDER BY sessions DESC, oldest_seconds DESC NULLS LAST
    LIMIT :listed_holders
)

SELECT
    l.ceiling,
    false AS is_holder,
    coalesce(s.hidden, false) AS hidden,
    s.state,
    coalesce(s.sessions, 0) AS sessions,
    NULL::text AS application,
    NULL::text AS user_name,
    NULL::text AS client,
    NULL::float8 AS oldest_seconds,
    NULL::int4 AS oldest_pid,
    NULL::text AS oldest_backend_start
FROM limits AS l
LEFT JOIN states AS s ON true

UNION ALL

SELECT
    l.ceiling,
    true,
    h.hidden,
    h.state,
    h.sessions,
    h.application,
    h.user_name,
    h.client,
    h.oldest_seconds,
    h.oldest_pid,
    h.oldest_backend_start
FROM limits AS l
CROSS JOIN holders AS h
ORDER BY is_holder, sessions DESC, oldest_seconds DESC NULLS LAST
