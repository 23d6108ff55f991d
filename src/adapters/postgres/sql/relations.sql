-- The names of all tables, views and functions, those of the system left out.
SELECT
    n.nspname::text AS schema_name,
    c.relname::text AS object_name,
    false AS is_function
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
    AND n.nspname <> 'information_schema'
UNION
SELECT
    n.nspname::text AS schema_name,
    p.proname::text AS object_name,
    true AS is_function
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE p.prokind = 'f'
    AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
    AND n.nspname <> 'information_schema'
