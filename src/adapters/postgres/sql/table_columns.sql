-- The columns of the tables that the service reads and writes, as they are.
SELECT
    c.relname::text AS table_name,
    a.attname::text AS column_name,
    pg_catalog.format_type(a.atttypid, NULL) AS column_type
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'ops'
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND c.relname IN ('worker_heartbeats', 'job_queue', 'audit_log', 'queue_pauses')
ORDER BY 1, 2
