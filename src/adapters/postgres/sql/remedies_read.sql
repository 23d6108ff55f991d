-- What was begun since then that may mend something, the oldest first, after what was read of it already.
SELECT
    a.id::bigint AS id,
    (extract(epoch FROM a.at) * 1000)::bigint AS at,
    a.action::text AS action,
    a.request::text AS request,
    a.actor::text AS actor
FROM ops.audit_log AS a
WHERE a.follows IS NULL AND a.action IN (:actions) AND a.at >= pg_catalog.to_timestamp(:since) AND a.id > :after
ORDER BY a.id
LIMIT :page
