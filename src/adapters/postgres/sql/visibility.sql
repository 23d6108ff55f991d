-- Those of the tables :wanted whose rows row level security may keep from who has to read (r), add (a) or change (w) all of
-- them, or hold what arrives (h): it is in force for that role, and no policy lets it do that with every row. The tables are
-- looked at as this role, what is below a view as the view's owner, unless it says otherwise, and what arrives is held as
-- the owner of the triggers.
WITH RECURSIVE looked_at AS (
    SELECT
        w.schema_name,
        w.table_name,
        c.oid AS table_oid,
        r.oid AS role_oid,
        m.command AS access,
        m.command
    FROM (VALUES :wanted) AS w (schema_name, table_name)
    INNER JOIN pg_catalog.pg_namespace AS n ON w.schema_name = n.nspname
    INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND w.table_name = c.relname
    INNER JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user
    CROSS JOIN (VALUES ('r'), ('a'), ('w')) AS m (command)
    UNION ALL
    SELECT
        w.schema_name,
        w.table_name,
        t.tgrelid AS table_oid,
        p.proowner AS role_oid,
        'h' AS access,
        m.command
    FROM (VALUES :wanted) AS w (schema_name, table_name)
    INNER JOIN pg_catalog.pg_namespace AS n ON w.schema_name = n.nspname
    INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND w.table_name = c.relname
    INNER JOIN pg_catalog.pg_trigger AS t ON c.oid = t.tgrelid AND t.tgname = 'hold_new_job'
    INNER JOIN pg_catalog.pg_proc AS p ON t.tgfoid = p.oid AND p.proname = 'hold_job'
    CROSS JOIN (VALUES ('r'), ('w')) AS m (command)
    UNION
    SELECT
        l.schema_name,
        l.table_name,
        d.refobjid AS table_oid,
        CASE
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_options_to_table(v.reloptions) AS o
                WHERE o.option_name = 'security_invoker' AND o.option_value::boolean
            ) THEN l.role_oid
            ELSE v.relowner
        END AS role_oid,
        l.access,
        l.command
    FROM looked_at AS l
    INNER JOIN pg_catalog.pg_class AS v ON l.table_oid = v.oid
    INNER JOIN pg_catalog.pg_rewrite AS w ON v.oid = w.ev_class
    INNER JOIN pg_catalog.pg_depend AS d ON w.oid = d.objid AND d.refobjid <> v.oid
    WHERE v.relkind = 'v'
        AND l.command = 'r'
        AND d.classid = 'pg_catalog.pg_rewrite'::regclass
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
)

SELECT DISTINCT
    l.schema_name::text AS schema_name,
    l.table_name::text AS table_name,
    n.nspname::text AS hiding_schema,
    c.relname::text AS hiding_table,
    r.rolname::text AS role_name,
    l.access::text AS access
FROM looked_at AS l
INNER JOIN pg_catalog.pg_class AS c ON l.table_oid = c.oid
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
INNER JOIN pg_catalog.pg_roles AS r ON l.role_oid = r.oid
WHERE c.relrowsecurity
    AND NOT r.rolsuper
    AND NOT r.rolbypassrls
    AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE'))
    AND (
        NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p
            WHERE p.polrelid = c.oid
                AND p.polpermissive
                AND p.polcmd::text IN (l.command, '*')
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(p.polroles) AS o (role_oid)
                    WHERE o.role_oid = 0 OR pg_catalog.pg_has_role(r.oid, o.role_oid, 'USAGE')
                )
                AND CASE l.command
                    WHEN 'a' THEN pg_catalog.pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid)
                    ELSE pg_catalog.pg_get_expr(p.polqual, p.polrelid)
                END = 'true'
        )
        OR EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p
            WHERE p.polrelid = c.oid
                AND NOT p.polpermissive
                AND p.polcmd::text IN (l.command, '*')
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(p.polroles) AS o (role_oid)
                    WHERE o.role_oid = 0 OR pg_catalog.pg_has_role(r.oid, o.role_oid, 'USAGE')
                )
        )
    )
ORDER BY 1, 2, 6, 3, 4
