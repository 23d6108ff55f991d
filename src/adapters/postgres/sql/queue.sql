-- The backlog. Each number comes from a partial index and has an end: beyond 100,000 it is many, and not worth the time
-- to count. Of the finished jobs only those that failed lately are looked at, and the newest: by the index of migration
-- 0007, and before it is there not at all.
SELECT
    (
        SELECT count(*)
        FROM (
            SELECT q.created_at
            FROM ops.job_queue AS q
            WHERE q.status = 'pending'
            ORDER BY q.created_at
            LIMIT :counted
        ) AS pending
    ) AS pending,
    (
        SELECT count(*)
        FROM (
            SELECT q.created_at
            FROM ops.job_queue AS q
            WHERE q.status = 'paused'
            ORDER BY q.created_at
            LIMIT :counted
        ) AS paused
    ) AS paused,
    (
        SELECT count(*)
        FROM (
            SELECT q.created_at
            FROM ops.job_queue AS q
            WHERE q.status = 'processing'
            ORDER BY q.created_at
            LIMIT :counted
        ) AS processing
    ) AS processing,
    (
        SELECT extract(epoch FROM statement_timestamp() - min(q.created_at))::float8
        FROM ops.job_queue AS q
        WHERE q.status = 'pending'
    ) AS oldest_pending_seconds,
    (
        SELECT count(*)
        FROM (
            SELECT q.started_at
            FROM ops.job_queue AS q
            WHERE q.status = 'processing'
            ORDER BY q.created_at
            LIMIT :counted
        ) AS processing
        WHERE processing.started_at IS NULL
            OR processing.started_at < statement_timestamp() - make_interval(secs => :stuck_after)
    ) AS stuck_processing,
    (
        SELECT count(*)
        FROM (
            SELECT q.finished_at
            FROM ops.job_queue AS q
            WHERE q.status = 'failed' AND q.finished_at > statement_timestamp() - make_interval(secs => :failed_within)
            ORDER BY q.finished_at DESC
            LIMIT :counted
        ) AS failed
    ) AS failed_24h,
    (
        SELECT extract(epoch FROM statement_timestamp() - max(q.finished_at))::float8
        FROM ops.job_queue AS q
        WHERE q.status IN ('completed', 'failed') AND pg_catalog.to_regclass('ops.job_queue_last_finished') IS NOT NULL
    ) AS seconds_since_finished_job,
    pg_catalog.to_regclass('ops.job_queue_last_finished') IS NOT NULL AS knows_finished
