-- Those of the tables :wanted whose rows row level security may keep from this role, to read (r) or to change (w): it is in
-- force for it, and no policy lets it do that with all of them.
SELECT
    n.nspname::text AS schema_name,
    c.relname::text AS table_name,
    current_user::text AS role_name,
    m.command::text AS command
FROM (VALUES :wanted) AS w (schema_name, table_name)
INNER JOIN pg_catalog.pg_namespace AS n ON w.schema_name = n.nspname
INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND w.table_name = c.relname
CROSS JOIN (VALUES ('r'), ('w')) AS m (command)
WHERE pg_catalog.row_security_active(c.oid)
    AND (
        NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p
            WHERE p.polrelid = c.oid
                AND p.polpermissive
                AND p.polcmd::text IN (m.command, '*')
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(p.polroles) AS r (role_oid)
                    WHERE r.role_oid = 0 OR pg_catalog.pg_has_role(r.role_oid, 'USAGE')
                )
                AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'
        )
        OR EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p
            WHERE p.polrelid = c.oid
                AND NOT p.polpermissive
                AND p.polcmd::text IN (m.command, '*')
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(p.polroles) AS r (role_oid)
                    WHERE r.role_oid = 0 OR pg_catalog.pg_has_role(r.role_oid, 'USAGE')
                )
        )
    )
ORDER BY 1, 2, 4
