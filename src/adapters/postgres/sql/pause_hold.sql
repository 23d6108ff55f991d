-- Holds those of the jobs $1 that are still pending, for the pause $2 of the type $3. What a worker has locked is passed
-- over and never waited for; once the pause is lifted, nothing more is held.
WITH pause AS MATERIALIZED (
    SELECT p.id
    FROM ops.queue_pauses AS p
    WHERE p.id = $2::int8 AND p.resumed_at IS NULL
    FOR SHARE
),

taken AS MATERIALIZED (
    SELECT q.id
    FROM ops.job_queue AS q
    WHERE q.id = any($1::int8[]) AND q.status = 'pending' AND ($3::text IS NULL OR q.job_type = $3)
    FOR UPDATE SKIP LOCKED
)

UPDATE ops.job_queue AS q
SET status = 'paused', held_by = p.id
FROM taken AS t, pause AS p
WHERE q.id = t.id
RETURNING q.status::text AS status
