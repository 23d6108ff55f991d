-- What those may read who come through PostgREST: one row per role, one where it may use the schema ops, and one per
-- relation that it may read. What belongs to an extension is left out.
WITH roles AS (
    SELECT
        r.oid,
        r.rolname::text AS role_name
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('anon', 'authenticated')
),

relations AS (
    SELECT
        c.oid,
        n.oid AS schema_oid,
        n.nspname::text AS schema_name,
        c.relname::text AS relation_name,
        CASE
            WHEN c.relkind IN ('r', 'p') AND c.relrowsecurity THEN 'policies'
            WHEN c.relkind IN ('r', 'p') THEN 'no policies'
            WHEN c.relkind = 'v' AND EXISTS (
                SELECT 1
                FROM unnest(c.reloptions) AS o (text)
                WHERE o.text IN ('security_invoker=true', 'security_invoker=on', 'security_invoker=1')
            ) THEN 'invoker'
            WHEN c.relkind = 'v' THEN 'owner'
            ELSE 'impossible'
        END AS guard
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT pg_catalog.starts_with(n.nspname::text, 'pg_')
        AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT 1
            FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
)

SELECT
    'role' AS kind,
    r.role_name,
    NULL::text AS schema_name,
    NULL::text AS relation_name,
    NULL::text AS guard
FROM roles AS r
UNION ALL
SELECT
    'ops' AS kind,
    r.role_name,
    n.nspname::text AS schema_name,
    NULL AS relation_name,
    NULL AS guard
FROM roles AS r
CROSS JOIN pg_catalog.pg_namespace AS n
WHERE n.nspname = 'ops' AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
UNION ALL
SELECT
    'relation' AS kind,
    r.role_name,
    t.schema_name,
    t.relation_name,
    t.guard
FROM roles AS r
CROSS JOIN relations AS t
WHERE pg_catalog.has_schema_privilege(r.oid, t.schema_oid, 'USAGE')
    AND pg_catalog.has_any_column_privilege(r.oid, t.oid, 'SELECT')
ORDER BY 1, 3, 4, 2
