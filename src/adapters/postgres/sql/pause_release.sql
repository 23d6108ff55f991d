-- Releases those of the jobs $1 that the pause $2 still holds. Where another pause covers a job, the trigger keeps it
-- paused and hands it over.
WITH taken AS MATERIALIZED (
    SELECT q.id
    FROM ops.job_queue AS q
    WHERE q.id = any($1::int8[]) AND q.status = 'paused' AND q.held_by = $2::int8
    FOR UPDATE SKIP LOCKED
)

UPDATE ops.job_queue AS q
SET status = 'pending', held_by = NULL
FROM taken AS t
WHERE q.id = t.id
RETURNING q.status::text AS status
