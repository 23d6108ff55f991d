-- What the queue knows of each worker: when it last finished a job, and whether it holds one that it began lately. Of
-- the jobs in processing the newest 100,001 are looked at, once for all workers.
WITH heartbeats AS MATERIALIZED (
    SELECT w.worker_name
    FROM ops.worker_heartbeats AS w
    ORDER BY w.last_heartbeat ASC NULLS FIRST, w.worker_name
    LIMIT :listed
),

busy AS MATERIALIZED (
    SELECT DISTINCT processing.worker_name
    FROM (
        SELECT
            q.worker_name,
            q.started_at
        FROM ops.job_queue AS q
        WHERE q.status = 'processing'
        ORDER BY q.created_at DESC
        LIMIT :counted
    ) AS processing
    WHERE processing.started_at > statement_timestamp() - make_interval(secs => :idle_after)
)

SELECT
    h.worker_name::text AS name,
    extract(epoch FROM statement_timestamp() - done.finished_at)::float8 AS seconds_since_finished_job,
    busy.worker_name IS NOT NULL AS has_recent_job
FROM heartbeats AS h
LEFT JOIN LATERAL (
    SELECT q.finished_at
    FROM ops.job_queue AS q
    WHERE q.worker_name = h.worker_name AND q.finished_at IS NOT NULL
    ORDER BY q.finished_at DESC
    LIMIT 1
) AS done ON true
LEFT JOIN busy ON h.worker_name = busy.worker_name
