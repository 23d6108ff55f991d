-- Releases those of the jobs $1 that the pause $2 still holds, as they were. The triggers take what is released off the
-- record, and where another pause covers a job, they hold it again for that one.
WITH taken AS MATERIALIZED (
    SELECT
        :job_id AS id,
        b.by_due,
        b.state,
        b.due:due_restored AS due
    FROM ops.queue_holds AS b
    INNER JOIN :queue AS q ON b.job_id:id_cast = :job_id
    WHERE b.job_id = any($1::text[]) AND b.pause_id = $2::int8 AND :is_held
    FOR UPDATE OF q SKIP LOCKED
)

UPDATE :queue AS q
SET :set_released
FROM taken AS t
WHERE :job_id = t.id
