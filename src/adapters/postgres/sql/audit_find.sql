-- The order with the key $1, and how far it got.
SELECT
    a.id::int8 AS id,
    a.action::text AS action,
    a.request::text AS request,
    a.before::text AS before,
    coalesce(e.phase, a.phase)::text AS phase,
    a.after::text AS begun_after,
    coalesce(e.after, a.after)::text AS after
FROM ops.audit_log AS a
LEFT JOIN LATERAL (
    SELECT
        f.phase,
        f.after
    FROM ops.audit_log AS f
    WHERE f.follows = a.id
    ORDER BY f.id
    LIMIT 1
) AS e ON true
WHERE a.idempotency_key = $1 AND a.follows IS NULL
