-- The pauses that last, and those that were lifted and still hold jobs; with each how many jobs it holds, and how many
-- are pending although it covers them. Beyond 100,000 it is many, and not worth the time to count.
SELECT
    p.id::int8 AS id,
    p.job_type::text AS job_type,
    p.reason::text AS reason,
    p.paused_by::text AS paused_by,
    p.resumed_at IS NULL AS is_active,
    extract(epoch FROM clock_timestamp() - p.paused_at)::float8 AS seconds_since_paused,
    extract(epoch FROM p.expires_at - clock_timestamp())::float8 AS seconds_until_expiry,
    h.jobs AS held,
    CASE
        WHEN p.resumed_at IS NULL THEN (
            SELECT count(*)
            FROM (
                SELECT q.status
                FROM ops.job_queue AS q
                WHERE q.status = 'pending' AND (p.job_type IS NULL OR q.job_type = p.job_type)
                LIMIT 100001
            ) AS escaped
        )
        ELSE 0
    END AS escaped
FROM ops.queue_pauses AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs
    FROM (
        SELECT q.held_by
        FROM ops.job_queue AS q
        WHERE q.status = 'paused' AND q.held_by = p.id
        LIMIT 100001
    ) AS held
) AS h
WHERE p.resumed_at IS NULL OR h.jobs > 0
ORDER BY p.id
LIMIT 101
