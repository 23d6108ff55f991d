-- Deletes what is older than it is kept, some rows at a time: nobody waits for this.
WITH old_samples AS (
    DELETE FROM ops.check_samples AS s
    WHERE (s.series, s.at) IN (
        SELECT o.series, o.at FROM ops.check_samples AS o
        WHERE o.at < clock_timestamp() - pg_catalog.make_interval(days => :sample_days)
        ORDER BY o.at
        LIMIT :at_once
    )
    RETURNING 1 AS one
),

old_buckets AS (
    DELETE FROM ops.check_buckets AS b
    USING (VALUES :kept) AS k (grain, days)
    WHERE b.grain = k.grain AND (b.series, b.grain, b.start) IN (
        SELECT o.series, o.grain, o.start FROM ops.check_buckets AS o
        WHERE o.grain = k.grain AND o.start < clock_timestamp() - pg_catalog.make_interval(days => k.days)
        ORDER BY o.start
        LIMIT :at_once
    )
    RETURNING 1 AS one
)

SELECT (SELECT pg_catalog.count(*) FROM old_samples) + (SELECT pg_catalog.count(*) FROM old_buckets) AS deleted
