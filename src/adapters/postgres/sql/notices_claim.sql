-- Claims a notice for whoever sends it now, or says how it stands: nobody else sends it while the claim lasts, and a
-- channel is told one thing a second.
WITH free AS (
    SELECT n.id
    FROM ops.notices AS n
    WHERE n.id = :id
        AND n.sent_at IS NULL
        AND n.given_up_at IS NULL
        AND n.next_attempt_at <= pg_catalog.clock_timestamp()
        AND (n.claimed_until IS NULL OR n.claimed_until <= pg_catalog.clock_timestamp())
        AND NOT EXISTS (
            SELECT 1
            FROM ops.notices AS o
            WHERE o.channel = n.channel AND o.attempted_at > pg_catalog.clock_timestamp() - interval '1 second'
        )
    FOR UPDATE SKIP LOCKED
),

claimed AS (
    UPDATE ops.notices AS n
    SET
        claimed_by = :holder,
        claimed_until = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => :lasts),
        attempted_at = pg_catalog.clock_timestamp(),
        attempts = n.attempts + 1
    FROM free
    WHERE n.id = free.id
    RETURNING n.id
)

SELECT
    claimed.id IS NOT NULL AS is_ours,
    n.sent_at IS NOT NULL OR n.given_up_at IS NOT NULL AS is_settled,
    (1000 * extract(epoch FROM greatest(n.next_attempt_at, n.claimed_until) - pg_catalog.clock_timestamp()))::bigint AS wait
FROM ops.notices AS n
LEFT JOIN claimed ON n.id = claimed.id
WHERE n.id = :id
