-- Jobs that the pause $1 holds.
SELECT b.job_id AS id
FROM ops.queue_holds AS b
WHERE b.pause_id = $1::int8
LIMIT 100000
