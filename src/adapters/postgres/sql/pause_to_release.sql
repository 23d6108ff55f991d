-- Jobs that the pause $1 holds, the oldest first.
SELECT q.id::int8 AS id
FROM ops.job_queue AS q
WHERE q.status = 'paused' AND q.held_by = $1::int8
ORDER BY q.created_at
LIMIT 100000
