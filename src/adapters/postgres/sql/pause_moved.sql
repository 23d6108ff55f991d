-- What has become of the jobs $1 that the pause $2 was to give back: how many wait again, and how many another pause holds
-- now.
SELECT
    pg_catalog.cardinality($1::text[]) - count(*) AS released,
    count(*) FILTER (WHERE b.pause_id <> $2::int8) AS handed_over
FROM ops.queue_holds AS b
WHERE b.job_id = any($1::text[])
