-- The backlog, and what of it is covered by a pause of the type $1 (nothing: every type), or held by the pause $2. What is
-- never due is held back, whoever did that.
SELECT
    count(*) FILTER (WHERE :may_be_held) AS pending,
    count(*) FILTER (WHERE :is_held_back) AS paused,
    count(*) FILTER (WHERE :is_processing) AS processing,
    count(*) FILTER (WHERE :may_be_held AND ($1::text IS NULL OR :job_type::text = $1)) AS covered,
    (SELECT count(*) FROM ops.queue_holds AS b WHERE b.pause_id = $2::int8) AS held
FROM :queue AS q
WHERE :is_backlog
