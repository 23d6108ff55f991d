-- The same, where no index leads there: the table is read one time for all workers.
SELECT
    :job_worker::text AS name,
    extract(epoch FROM statement_timestamp() - max(:job_finished) FILTER (WHERE :has_finished))::float8
        AS seconds_since_finished_job,
    coalesce(
        bool_or(:is_processing AND :job_started > statement_timestamp() - make_interval(secs => :idle_after)), false
    ) AS has_recent_job
FROM :queue AS q
WHERE :job_worker::text = any(ARRAY[:names]::text[])
GROUP BY 1
