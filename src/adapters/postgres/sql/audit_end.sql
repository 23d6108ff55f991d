-- The row that an action ends with: it says what the row $1 said, and how it ended. The first end counts.
INSERT INTO ops.audit_log
    (follows, phase, action, request, actor, reason, environment, request_id, idempotency_key, before, after)
SELECT a.id, $2, a.action, a.request, $3, a.reason, a.environment, $4, a.idempotency_key, a.before, $5::text::jsonb
FROM ops.audit_log AS a
WHERE a.id = $1::int8
ON CONFLICT DO NOTHING
