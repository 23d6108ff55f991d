-- The indexes of the job queue that can be used, each with its columns in their order. One row without columns where
-- there is none.
SELECT
    i.columns,
    i.predicate
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
LEFT JOIN LATERAL (
    SELECT
        (
            SELECT pg_catalog.string_agg(coalesce(a.attname::text, ''), ',' ORDER BY k.place)
            FROM unnest(x.indkey) WITH ORDINALITY AS k (attnum, place)
            LEFT JOIN pg_catalog.pg_attribute AS a ON x.indrelid = a.attrelid AND k.attnum = a.attnum
        ) AS columns,
        pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate
    FROM pg_catalog.pg_index AS x
    INNER JOIN pg_catalog.pg_class AS ic ON x.indexrelid = ic.oid
    INNER JOIN pg_catalog.pg_am AS m ON ic.relam = m.oid
    WHERE x.indrelid = c.oid AND x.indisvalid AND m.amname = 'btree'
) AS i ON true
WHERE n.nspname = 'ops' AND c.relname = 'job_queue' AND c.relkind IN ('r', 'p')
