-- The backlog. Each number comes from a partial index; finished jobs are never looked at.
SELECT
    (SELECT count(*) FROM ops.job_queue WHERE status = 'pending') AS pending,
    (SELECT count(*) FROM ops.job_queue WHERE status = 'paused') AS paused,
    (SELECT count(*) FROM ops.job_queue WHERE status = 'processing') AS processing,
    (
        SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8
        FROM ops.job_queue
        WHERE status = 'pending'
    ) AS oldest_pending_seconds,
    (
        SELECT count(*)
        FROM ops.job_queue
        WHERE status = 'processing'
            AND (started_at IS NULL OR started_at < clock_timestamp() - interval '15 minutes')
    ) AS stuck_processing,
    (
        SELECT count(*)
        FROM ops.job_queue
        WHERE status = 'failed' AND finished_at > clock_timestamp() - interval '24 hours'
    ) AS failed_24h
