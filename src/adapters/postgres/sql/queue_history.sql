-- What failed lately, where an index leads to it; and when anybody last finished a job, where one does.
SELECT
    (
        SELECT count(*)
        FROM (
            SELECT FROM :queue AS q
            WHERE :is_failed AND :job_failed > statement_timestamp() - make_interval(secs => :failed_within)
            ORDER BY :job_failed DESC
            LIMIT :counted
        ) AS w
    ) AS failed_24h,
    (
        SELECT extract(epoch FROM statement_timestamp() - max(:job_finished))::float8
        FROM :queue AS q
        WHERE :is_finished
    ) AS seconds_since_finished_job
