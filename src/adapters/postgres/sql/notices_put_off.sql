-- Lets a notice go that could not be sent, until it is tried again; where the channel is to be left alone, with all others
-- of the channel.
UPDATE ops.notices AS n
SET
    next_attempt_at = greatest(
        n.next_attempt_at, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => :wait)
    ),
    claimed_by = CASE WHEN n.id <> :id THEN n.claimed_by END,
    claimed_until = CASE WHEN n.id <> :id THEN n.claimed_until END,
    error = CASE WHEN n.id = :id THEN :error ELSE n.error END
WHERE n.channel = :channel
    AND n.sent_at IS NULL
    AND n.given_up_at IS NULL
