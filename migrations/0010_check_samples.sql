-- What the watch has seen, look by look: a few days of it.
--
-- A sample stands for a slot of the clock. Its series and the beginning of that slot are its name, so that whatever is
-- shipped late, twice or by two replicas is there once, and is added to ops.check_buckets only when it is new.

CREATE TABLE ops.check_samples (
    series       text             NOT NULL,   -- db, supabase, workers, queue, connections, long_running, locks
    at           timestamptz      NOT NULL,   -- when its slot began
    covers       integer          NOT NULL CHECK (covers > 0),   -- how long the slot is, in seconds
    verdict      text             NOT NULL CHECK (verdict IN ('ok', 'warning', 'unknown', 'critical')),
    code         text,                        -- the cause, where it has a code
    latency_ms   double precision NOT NULL,   -- how long the look took
    latency_slot smallint         NOT NULL CHECK (latency_slot BETWEEN 0 AND 31),   -- where that stands in a histogram
    PRIMARY KEY (series, at)
);

-- What is old is deleted by this.
CREATE INDEX check_samples_at ON ops.check_samples (at);

COMMENT ON TABLE ops.check_samples IS
    'One row per look of the watch; kept for three days.';
