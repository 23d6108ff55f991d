-- The same, where no index leads there: the table is read one time.
SELECT
    w.job_type,
    w.jobs,
    w.seconds_since_finished_job
FROM (
    SELECT
        :job_type::text AS job_type,
        least(
            count(*) FILTER (WHERE :is_pending AND (:job_due IS NULL OR :job_due <= statement_timestamp())), :counted
        )::int8 AS jobs,
        extract(epoch FROM statement_timestamp() - max(:job_finished) FILTER (WHERE :is_finished))::float8
            AS seconds_since_finished_job
    FROM :queue AS q
    GROUP BY 1
) AS w
WHERE w.jobs > 0
ORDER BY w.jobs DESC, w.job_type
LIMIT :listed_types
