-- Renews the lease or takes one that has run out, and, where that is ours, adds what is new of these samples to the
-- buckets: all of it or nothing. One row: the term where the lease is ours, and for how long it is whoever's it is.
WITH held AS (
    SELECT
        l.term,
        extract(epoch FROM l.expires_at - clock_timestamp())::float8 AS left_seconds
    FROM ops.leases AS l
    WHERE l.name = :lease AND l.holder <> :holder AND l.expires_at > clock_timestamp()
),

lease AS (
    INSERT INTO ops.leases AS l (name, holder, term, expires_at)
    SELECT
        :lease,
        :holder,
        1,
        clock_timestamp() + pg_catalog.make_interval(secs => :lasts)
    WHERE NOT EXISTS (SELECT FROM held)
    ON CONFLICT (name) DO UPDATE
        SET
            holder = excluded.holder,
            term = l.term + CASE WHEN l.holder = excluded.holder AND l.expires_at > clock_timestamp() THEN 0 ELSE 1 END,
            expires_at = excluded.expires_at
        -- Somebody else may have taken it in this moment.
        WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp()
    RETURNING l.term
),

sent AS (
    SELECT *
    FROM pg_catalog.jsonb_to_recordset(:samples::jsonb) AS s (
        series text, at timestamptz, covers integer, verdict text, code text, latency_ms float8, latency_slot smallint
    )
),

fresh AS (
    INSERT INTO ops.check_samples (series, at, covers, verdict, code, latency_ms, latency_slot)
    SELECT
        s.series,
        s.at,
        s.covers,
        s.verdict,
        s.code,
        s.latency_ms,
        s.latency_slot
    FROM sent AS s
    -- Of what is older than samples are kept nobody can say any more whether it was counted.
    WHERE EXISTS (SELECT FROM lease)
        AND s.at > clock_timestamp() - pg_catalog.make_interval(hours => :shipped_hours)
        AND s.at < clock_timestamp() + pg_catalog.make_interval(hours => :shipped_hours)
    ON CONFLICT (series, at) DO NOTHING
    RETURNING series, at, covers, verdict, code, latency_ms, latency_slot
),

ranked AS (
    SELECT
        f.*,
        pg_catalog.array_position(ARRAY['ok', 'warning', 'unknown', 'critical'], f.verdict) - 1 AS rank
    FROM fresh AS f
),

sums AS (
    SELECT
        r.series,
        g.grain,
        pg_catalog.to_timestamp(pg_catalog.floor(extract(epoch FROM r.at) / g.seconds) * g.seconds) AS start,
        pg_catalog.sum(r.covers) FILTER (WHERE r.verdict = 'ok') AS ok_seconds,
        pg_catalog.sum(r.covers) FILTER (WHERE r.verdict = 'warning') AS warning_seconds,
        pg_catalog.sum(r.covers) FILTER (WHERE r.verdict = 'unknown') AS unknown_seconds,
        pg_catalog.sum(r.covers) FILTER (WHERE r.verdict = 'critical') AS critical_seconds,
        pg_catalog.count(*) AS looks,
        pg_catalog.sum(r.latency_ms) AS sum_ms,
        pg_catalog.min(r.latency_ms) AS min_ms,
        pg_catalog.max(r.latency_ms) AS max_ms,
        pg_catalog.max(r.rank) AS worst,
        (pg_catalog.array_agg(r.code ORDER BY r.rank DESC, r.code IS NULL, r.at DESC))[1] AS worst_code,
        pg_catalog.array_agg(r.latency_slot) AS slots
    FROM ranked AS r
    CROSS JOIN (VALUES :grains) AS g (grain, seconds)
    GROUP BY 1, 2, 3
),

added AS (
    INSERT INTO ops.check_buckets AS b (
        series, grain, start, ok_seconds, warning_seconds, unknown_seconds, critical_seconds, looks, sum_ms, min_ms,
        max_ms, worst, worst_code, histogram
    )
    SELECT
        s.series,
        s.grain,
        s.start,
        coalesce(s.ok_seconds, 0),
        coalesce(s.warning_seconds, 0),
        coalesce(s.unknown_seconds, 0),
        coalesce(s.critical_seconds, 0),
        s.looks,
        s.sum_ms,
        s.min_ms,
        s.max_ms,
        s.worst,
        s.worst_code,
        ARRAY(
            SELECT pg_catalog.count(c.slot)::integer
            FROM pg_catalog.generate_series(0, :last_slot) AS n
            LEFT JOIN pg_catalog.unnest(s.slots) AS c (slot) ON n = c.slot
            GROUP BY n
            ORDER BY n
        )
    FROM sums AS s
    ON CONFLICT (series, grain, start) DO UPDATE
        SET
            ok_seconds = b.ok_seconds + excluded.ok_seconds,
            warning_seconds = b.warning_seconds + excluded.warning_seconds,
            unknown_seconds = b.unknown_seconds + excluded.unknown_seconds,
            critical_seconds = b.critical_seconds + excluded.critical_seconds,
            looks = b.looks + excluded.looks,
            sum_ms = b.sum_ms + excluded.sum_ms,
            min_ms = least(b.min_ms, excluded.min_ms),
            max_ms = greatest(b.max_ms, excluded.max_ms),
            worst = greatest(b.worst, excluded.worst),
            worst_code = CASE
                WHEN excluded.worst > b.worst THEN excluded.worst_code
                WHEN excluded.worst = b.worst THEN coalesce(excluded.worst_code, b.worst_code)
                ELSE b.worst_code
            END,
            histogram = ARRAY(
                SELECT coalesce(h.old, 0) + coalesce(h.more, 0)
                FROM ROWS FROM (pg_catalog.unnest(b.histogram), pg_catalog.unnest(excluded.histogram))
                    WITH ORDINALITY AS h (old, more, place)
                ORDER BY h.place
            )
)

SELECT
    (SELECT l.term FROM lease AS l) AS term,
    (SELECT h.left_seconds FROM held AS h) AS left_seconds,
    (SELECT h.term FROM held AS h) AS held_term
