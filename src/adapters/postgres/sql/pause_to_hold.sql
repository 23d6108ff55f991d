-- Jobs for a pause of the type $1 (nothing: every type) to hold, the oldest first: workers begin there, too.
SELECT :job_id::text AS id
FROM :queue AS q
WHERE :may_be_held AND :job_id IS NOT NULL AND ($1::text IS NULL OR :job_type::text = $1)
ORDER BY :job_created
LIMIT 100000
