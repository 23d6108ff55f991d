-- What the samples of a stretch of time add up to: five minutes, an hour, a day (of UTC).
--
-- The histogram has 32 slots whose bounds are a factor of the square root of two apart, from 0.5 ms on; it is merged by
-- addition. Time for which there is no sample is in none of the sums.

CREATE TABLE ops.check_buckets (
    series           text             NOT NULL,
    grain            text             NOT NULL CHECK (grain IN ('5m', '1h', '1d')),
    start            timestamptz      NOT NULL,
    ok_seconds       integer          NOT NULL,
    warning_seconds  integer          NOT NULL,
    unknown_seconds  integer          NOT NULL,   -- somebody looked, and could not see
    critical_seconds integer          NOT NULL,
    looks            integer          NOT NULL,
    sum_ms           double precision NOT NULL,
    min_ms           double precision NOT NULL,
    max_ms           double precision NOT NULL,
    worst            smallint         NOT NULL,   -- 0 ok, 1 warning, 2 unknown, 3 critical
    worst_code       text,                        -- the latest cause of the worst, where it has a code
    histogram        integer[]        NOT NULL,
    PRIMARY KEY (series, grain, start)
);

-- What a page shows, and what is deleted, is of one grain and from one time on.
CREATE INDEX check_buckets_grain_start ON ops.check_buckets (grain, start);

COMMENT ON TABLE ops.check_buckets IS
    'Sums of ops.check_samples: 5 min for 8 days, 1 h for 400 days, 1 day for 3 years.';
