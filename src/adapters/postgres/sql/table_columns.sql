-- The columns of the tables that the service reads and writes, and the indexes of these that can be used, as they are.
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
UNION ALL
SELECT
    c.relname::text AS table_name,
    ic.relname::text AS column_name,
    '(index)' AS column_type
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
INNER JOIN pg_catalog.pg_index AS x ON c.oid = x.indrelid AND x.indisvalid
INNER JOIN pg_catalog.pg_class AS ic ON x.indexrelid = ic.oid
WHERE n.nspname = 'ops' AND c.relname = 'job_queue'
ORDER BY 1, 2
