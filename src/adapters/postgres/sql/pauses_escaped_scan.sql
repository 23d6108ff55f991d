-- The same, where no index leads there: the table is read one time for all pauses.
SELECT
    p.id::int8 AS id,
    coalesce(sum(w.jobs), 0)::int8 AS escaped
FROM ops.queue_pauses AS p
LEFT JOIN (
    SELECT
        :job_type::text AS job_type,
        count(*) AS jobs
    FROM :queue AS q
    WHERE :may_be_held
    GROUP BY 1
) AS w ON p.job_type IS NULL OR p.job_type = w.job_type
WHERE p.resumed_at IS NULL
GROUP BY p.id
ORDER BY p.id
LIMIT :listed_pauses
