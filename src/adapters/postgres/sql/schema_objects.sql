-- What the service reads and writes, as it is: the columns of its tables, their indexes, and its functions with whether
-- everybody may execute them.
SELECT
    'column' AS kind,
    c.relname::text AS owner_name,
    a.attname::text AS object_name,
    pg_catalog.format_type(a.atttypid, NULL) AS content
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'ops'
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND c.relname IN ('worker_heartbeats', 'job_queue', 'audit_log', 'queue_pauses')
UNION ALL
SELECT
    'index' AS kind,
    t.relname::text AS owner_name,
    c.relname::text AS object_name,
    NULL AS content
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON i.indexrelid = c.oid
INNER JOIN pg_catalog.pg_class AS t ON i.indrelid = t.oid
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = 'ops' AND i.indisvalid
UNION ALL
SELECT
    'function' AS kind,
    '' AS owner_name,
    p.proname::text AS object_name,
    CASE WHEN pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE') THEN 'open' ELSE 'closed' END AS content
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname = 'ops' AND p.pronargs = 0
ORDER BY 1, 2, 3
