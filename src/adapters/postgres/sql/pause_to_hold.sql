-- Jobs for a pause of the type $1 (nothing: every type) to hold, the oldest first: workers begin there, too.
SELECT q.id::int8 AS id
FROM ops.job_queue AS q
WHERE q.status = 'pending' AND ($1::text IS NULL OR q.job_type = $1)
ORDER BY q.created_at
LIMIT 100000
