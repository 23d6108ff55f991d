-- Jobs in a state whose meaning is not known, by state. Where there are many, not all are counted.
SELECT
    w.state AS status,
    count(*) AS jobs
FROM (
    SELECT :job_state::text AS state
    FROM :queue AS q
    WHERE :job_state IS NULL OR :job_state::text NOT IN (:known_words)
    LIMIT 1000
) AS w
GROUP BY w.state
ORDER BY w.state
LIMIT 10
