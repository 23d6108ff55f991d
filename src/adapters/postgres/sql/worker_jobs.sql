-- What the queue knows of each worker: when it last finished a job, and whether it holds one that it began lately.
SELECT
    h.worker_name::text AS name,
    extract(epoch FROM clock_timestamp() - done.finished_at)::float8 AS seconds_since_finished_job,
    busy.worker_name IS NOT NULL AS has_recent_job
FROM (
    SELECT w.worker_name
    FROM ops.worker_heartbeats AS w
    ORDER BY w.last_heartbeat ASC NULLS FIRST, w.worker_name
    LIMIT 201
) AS h
LEFT JOIN LATERAL (
    SELECT q.finished_at
    FROM ops.job_queue AS q
    WHERE q.worker_name = h.worker_name AND q.finished_at IS NOT NULL
    ORDER BY q.finished_at DESC
    LIMIT 1
) AS done ON true
LEFT JOIN LATERAL (
    SELECT q.worker_name
    FROM ops.job_queue AS q
    WHERE q.status = 'processing'
        AND q.worker_name = h.worker_name
        AND q.started_at > clock_timestamp() - interval '15 minutes'
    LIMIT 1
) AS busy ON true
