-- Takes off the record those of the jobs $1 that the pause $2 does not hold any more: they are gone, or somebody else has
-- changed them while no trigger was there to see it. Each is looked for by its id, as in pause_release.sql.
DELETE FROM ops.queue_holds AS b
WHERE b.job_id = any($1::text[])
    AND b.pause_id = $2::int8
    AND NOT EXISTS (
        SELECT FROM (SELECT q.* FROM :queue AS q WHERE :job_id = b.job_id:id_cast OFFSET 0) AS q
        WHERE :is_held
    )
