-- What the service reads and writes, as it is: the columns of its tables, their indexes, its functions with whether
-- everybody may execute them and what they do, and its triggers with the tables that they watch.
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
    AND c.relname IN (
        'worker_heartbeats', 'job_queue', 'audit_log', 'queue_pauses', 'queue_holds', 'check_samples', 'check_buckets',
        'leases', 'incidents', 'incident_entries', 'action_items', 'quiet_windows', 'notices', 'evidence'
    )
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
UNION ALL
SELECT
    'source' AS kind,
    '' AS owner_name,
    p.proname::text AS object_name,
    p.prosrc AS content
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname = 'ops' AND p.pronargs = 0 AND p.proname IN ('hold_job', 'forget_hold', 'forget_holds')
UNION ALL
SELECT
    'trigger' AS kind,
    '"' || pg_catalog.replace(tn.nspname, '"', '""') || '"."' || pg_catalog.replace(c.relname, '"', '""') || '"' AS owner_name,
    t.tgname::text AS object_name,
    t.tgenabled::text AS content
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_class AS c ON t.tgrelid = c.oid
INNER JOIN pg_catalog.pg_namespace AS tn ON c.relnamespace = tn.oid
INNER JOIN pg_catalog.pg_proc AS p ON t.tgfoid = p.oid
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname = 'ops' AND p.proname IN ('hold_job', 'forget_hold', 'forget_holds')
    -- Those of a partition came with those of its table.
    AND NOT t.tgisinternal AND t.tgparentid = 0
ORDER BY 1, 2, 3
