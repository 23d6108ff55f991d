-- The pauses that last, and those that were lifted and still hold jobs; with each how many jobs it holds, and how many
-- wait although it covers them. Beyond 100,000 it is many, and not worth the time to count. Which pauses hold jobs is
-- asked of the index, one look per pause, so that the pauses that are over are not gone through.
WITH RECURSIVE holding AS (
    (SELECT b.pause_id FROM ops.queue_holds AS b ORDER BY b.pause_id LIMIT 1)
    UNION ALL
    SELECT (SELECT b.pause_id FROM ops.queue_holds AS b WHERE b.pause_id > h.pause_id ORDER BY b.pause_id LIMIT 1)
    FROM holding AS h
    WHERE h.pause_id IS NOT NULL
),

listed AS MATERIALIZED (
    SELECT a.id
    FROM ops.queue_pauses AS a
    WHERE a.resumed_at IS NULL
    UNION
    SELECT h.pause_id
    FROM holding AS h
    WHERE h.pause_id IS NOT NULL
    ORDER BY 1
    LIMIT :listed_pauses
)

SELECT
    p.id::int8 AS id,
    p.job_type::text AS job_type,
    p.reason::text AS reason,
    p.paused_by::text AS paused_by,
    p.resumed_at IS NULL AS is_active,
    extract(epoch FROM statement_timestamp() - p.paused_at)::float8 AS seconds_since_paused,
    extract(epoch FROM p.expires_at - statement_timestamp())::float8 AS seconds_until_expiry,
    (
        SELECT count(*)
        FROM (SELECT FROM ops.queue_holds AS b WHERE b.pause_id = p.id LIMIT :counted) AS held
    ) AS held
FROM listed AS l
INNER JOIN ops.queue_pauses AS p ON l.id = p.id
ORDER BY p.id
