-- The tables and views outside the system's schemas, and which of them only show the rows of others.
SELECT
    n.nspname::text AS schema_name,
    c.relname::text AS relation_name,
    c.relkind IN ('v', 'm') AS is_view
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
    AND n.nspname <> 'information_schema'
