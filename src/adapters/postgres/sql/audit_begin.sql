-- The row that an action begins with, unless an order with the same key has one already.
INSERT INTO ops.audit_log
    (phase, action, request, actor, reason, environment, request_id, idempotency_key, before, after)
VALUES ($1, $2, $3::text::jsonb, $4, $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb)
ON CONFLICT (idempotency_key) WHERE follows IS NULL DO NOTHING
RETURNING id::int8 AS id
