-- The functions in the schema ops that run as their owner, whoever calls them.
SELECT
    p.oid::regprocedure::text AS signature,
    pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE') AS is_open,
    EXISTS (
        SELECT 1
        FROM pg_catalog.unnest(p.proconfig) AS o (setting)
        WHERE pg_catalog.starts_with(o.setting, 'search_path=')
    ) AS has_path
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname = 'ops' AND p.prosecdef
ORDER BY 1
LIMIT 200
