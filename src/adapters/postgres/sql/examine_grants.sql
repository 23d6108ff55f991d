-- What this role may read and write in the schema ops.
SELECT
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use,
    c.relname::text AS table_name,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_read,
    pg_catalog.has_table_privilege(c.oid, 'INSERT') AS may_insert,
    pg_catalog.has_table_privilege(c.oid, 'UPDATE') AS may_update,
    pg_catalog.has_table_privilege(c.oid, 'DELETE') AS may_delete
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
WHERE n.nspname = 'ops'
ORDER BY 2
