-- Which types of jobs wait, and when anybody last finished one of each, where indexes lead there. Of the finished jobs the
-- newest are looked at: how long ago one of a type was finished that is not among them follows the history.
WITH waiting AS MATERIALIZED (
    SELECT
        w.job_type,
        count(*) AS jobs
    FROM (
        SELECT :job_type::text AS job_type
        FROM :queue AS q
        WHERE :is_pending AND (:job_due IS NULL OR :job_due <= statement_timestamp())
        LIMIT :counted
    ) AS w
    GROUP BY 1
),

finished AS MATERIALIZED (
    SELECT
        w.job_type,
        max(w.finished_at) AS finished_at
    FROM (
        SELECT
            :job_type::text AS job_type,
            :job_finished AS finished_at
        FROM :queue AS q
        WHERE :is_finished AND :job_finished IS NOT NULL
        ORDER BY :job_finished DESC
        LIMIT :remembered
    ) AS w
    GROUP BY 1
)

SELECT
    waiting.job_type,
    waiting.jobs,
    extract(epoch FROM statement_timestamp() - finished.finished_at)::float8 AS seconds_since_finished_job
FROM waiting
LEFT JOIN finished ON waiting.job_type = finished.job_type
ORDER BY waiting.jobs DESC, waiting.job_type
LIMIT :listed_types
