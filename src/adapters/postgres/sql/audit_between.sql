-- What was done between two times, the first one first, and how it ended.
SELECT
    a.action::text AS action,
    a.actor::text AS actor,
    a.reason::text AS reason,
    coalesce(e.phase, a.phase)::text AS phase,
    a.request::text AS request,
    a.before::text AS before,
    coalesce(e.after, a.after)::text AS after,
    (extract(epoch FROM a.at) * 1000)::bigint AS at
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
WHERE a.follows IS NULL AND a.at BETWEEN pg_catalog.to_timestamp(:from) AND pg_catalog.to_timestamp(:to)
ORDER BY a.at, a.id
LIMIT :most
