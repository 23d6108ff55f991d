-- Who has locked a table so that nobody can read it: the longest one for each of the tables.
SELECT DISTINCT ON (w.purpose)
    w.purpose,
    n.nspname || '.' || c.relname AS relation,
    coalesce(l.pid, :prepared) AS pid,
    s.state,
    s.backend_start::text AS backend_start,
    extract(epoch FROM statement_timestamp() - s.xact_start)::float8 AS transaction_seconds
FROM (
    VALUES :wanted
) AS w (purpose, place, schema_name, table_name)
INNER JOIN pg_catalog.pg_namespace AS n ON w.schema_name = n.nspname
INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND w.table_name = c.relname
INNER JOIN pg_catalog.pg_locks AS l ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_stat_activity AS s ON l.pid = s.pid
WHERE l.granted
    AND l.mode = 'AccessExclusiveLock'
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
ORDER BY w.purpose, s.xact_start
