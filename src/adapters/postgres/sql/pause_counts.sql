-- The backlog, and what of it is pending and covered by a pause of the type $1 (nothing: every type), or held by the
-- pause $2.
SELECT
    count(*) FILTER (WHERE q.status = 'pending') AS pending,
    count(*) FILTER (WHERE q.status = 'paused') AS paused,
    count(*) FILTER (WHERE q.status = 'processing') AS processing,
    count(*) FILTER (WHERE q.status = 'pending' AND ($1::text IS NULL OR q.job_type = $1)) AS covered,
    count(*) FILTER (WHERE q.status = 'paused' AND q.held_by = $2::int8) AS held
FROM ops.job_queue AS q
WHERE q.status IN ('pending', 'paused', 'processing')
