-- How many jobs wait although a pause that lasts covers them, where an index leads to them.
SELECT
    p.id::int8 AS id,
    CASE
        WHEN p.job_type IS NULL THEN (
            SELECT count(*)
            FROM (SELECT FROM :queue AS q WHERE :may_be_held LIMIT :counted) AS w
        )
        ELSE (
            SELECT count(*)
            FROM (SELECT FROM :queue AS q WHERE :may_be_held AND :job_type_is_paused LIMIT :counted) AS w
        )
    END AS escaped
FROM ops.queue_pauses AS p
WHERE p.resumed_at IS NULL
ORDER BY p.id
LIMIT :listed_pauses
