-- The pauses that last, and those that were lifted and still hold jobs; with each how many jobs it holds, and how many
-- are pending although it covers them. Beyond 100,000 it is many, and not worth the time to count. Which pauses hold
-- jobs is asked of the index, one look per pause, so that the pauses that are over are not gone through.
WITH RECURSIVE holding AS (
    (
        SELECT q.held_by
        FROM ops.job_queue AS q
        WHERE q.status = 'paused' AND q.held_by IS NOT NULL
        ORDER BY q.held_by
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT q.held_by
        FROM ops.job_queue AS q
        WHERE q.status = 'paused' AND q.held_by > h.held_by
        ORDER BY q.held_by
        LIMIT 1
    )
    FROM holding AS h
    WHERE h.held_by IS NOT NULL
),

listed AS MATERIALIZED (
    SELECT a.id
    FROM ops.queue_pauses AS a
    WHERE a.resumed_at IS NULL
    UNION
    SELECT h.held_by
    FROM holding AS h
    WHERE h.held_by IS NOT NULL
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
        FROM (
            SELECT q.held_by
            FROM ops.job_queue AS q
            WHERE q.status = 'paused' AND q.held_by = p.id
            LIMIT :counted
        ) AS held
    ) AS held,
    CASE
        WHEN p.resumed_at IS NOT NULL THEN 0
        WHEN p.job_type IS NULL THEN (
            SELECT count(*)
            FROM (
                SELECT q.created_at
                FROM ops.job_queue AS q
                WHERE q.status = 'pending'
                ORDER BY q.created_at
                LIMIT :counted
            ) AS escaped
        )
        ELSE (
            SELECT count(*)
            FROM (
                SELECT q.job_type
                FROM ops.job_queue AS q
                WHERE q.status = 'pending' AND q.job_type = p.job_type
                LIMIT :counted
            ) AS escaped
        )
    END AS escaped
FROM listed AS l
INNER JOIN ops.queue_pauses AS p ON l.id = p.id
ORDER BY p.id
