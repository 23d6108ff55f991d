-- Releases those of the jobs $1 that the pause $2 still holds, as they were. The triggers take what is released off the
-- record, and where another pause covers a job, they hold it again for that one.
--
-- Each job is looked for by its id (OFFSET keeps it so): statistics of before a pause say that hardly any is held, and a
-- planner that believes them goes through all that are, for each. What was found is changed by its place: an id need not be
-- unique.
WITH taken AS MATERIALIZED (
    SELECT
        q.found_in,
        q.found_at,
        b.by_due,
        b.state,
        b.due:due_restored AS due
    FROM ops.queue_holds AS b
    CROSS JOIN LATERAL (
        SELECT
            q.*,
            q.tableoid AS found_in,
            q.ctid AS found_at
        FROM :queue AS q
        WHERE :job_id = b.job_id:id_cast
        OFFSET 0
        FOR UPDATE SKIP LOCKED
    ) AS q
    WHERE b.job_id = any($1::text[]) AND b.pause_id = $2::int8 AND :is_held
)

UPDATE :queue AS q
SET :set_released
FROM taken AS t
WHERE q.ctid = t.found_at AND q.tableoid = t.found_in
