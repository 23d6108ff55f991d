-- The buckets of these grains, each from a time on and up to another.
SELECT
    b.series,
    b.grain,
    extract(epoch FROM b.start)::int8 AS start,
    b.ok_seconds,
    b.warning_seconds,
    b.unknown_seconds,
    b.critical_seconds,
    b.looks,
    b.sum_ms,
    b.min_ms,
    b.max_ms,
    b.worst_code,
    b.histogram
FROM (VALUES :ranges) AS r (grain, first, last)
INNER JOIN ops.check_buckets AS b
    ON r.grain = b.grain AND b.start >= pg_catalog.to_timestamp(r.first) AND b.start < pg_catalog.to_timestamp(r.last)
WHERE :of_series
ORDER BY b.start
