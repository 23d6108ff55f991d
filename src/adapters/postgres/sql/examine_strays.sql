-- Jobs in a state that is none, by state. Where there are many, not all are counted.
SELECT
    q.status,
    count(*) AS jobs
FROM (
    SELECT j.status::text AS status
    FROM ops.job_queue AS j
    WHERE j.status IS NULL OR j.status::text NOT IN ('pending', 'paused', 'processing', 'completed', 'failed')
    LIMIT 1000
) AS q
GROUP BY q.status
ORDER BY q.status
LIMIT 10
