-- The tables of the queue and the heartbeats whose rows row level security may hide from this role: it is in force for
-- it, and no policy lets it read all of them.
SELECT
    c.relname::text AS table_name,
    current_user::text AS role_name
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = 'ops'
    AND c.relname IN ('worker_heartbeats', 'job_queue', 'queue_pauses')
    AND pg_catalog.row_security_active(c.oid)
    AND (
        NOT EXISTS (
            SELECT FROM pg_catalog.pg_policy AS p
            WHERE p.polrelid = c.oid
                AND p.polpermissive
                AND p.polcmd IN ('r', '*')
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
                AND p.polcmd IN ('r', '*')
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(p.polroles) AS r (role_oid)
                    WHERE r.role_oid = 0 OR pg_catalog.pg_has_role(r.role_oid, 'USAGE')
                )
        )
    )
