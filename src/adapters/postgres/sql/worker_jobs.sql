-- What the queue knows of the workers :names, where an index leads from a worker to what it finished: when it last
-- finished a job, and whether it holds one that it began lately. Of the jobs in processing the newest 100,001 are looked
-- at, once for all workers.
WITH busy AS MATERIALIZED (
    SELECT DISTINCT w.worker
    FROM (
        SELECT
            :job_worker AS worker,
            :job_started AS started_at
        FROM :queue AS q
        WHERE :is_processing
        ORDER BY :job_created DESC
        LIMIT :counted
    ) AS w
    WHERE w.started_at > statement_timestamp() - make_interval(secs => :idle_after)
)

SELECT
    h.name,
    extract(epoch FROM statement_timestamp() - done.finished_at)::float8 AS seconds_since_finished_job,
    busy.worker IS NOT NULL AS has_recent_job
FROM (SELECT n.name FROM pg_catalog.unnest(ARRAY[:names]::text[]) AS n (name)) AS h
LEFT JOIN LATERAL (
    SELECT :job_finished AS finished_at
    FROM :queue AS q
    WHERE :job_worker = h.name:worker_cast AND :has_finished
    ORDER BY :job_finished DESC
    LIMIT 1
) AS done ON true
LEFT JOIN busy ON h.name:worker_cast = busy.worker
