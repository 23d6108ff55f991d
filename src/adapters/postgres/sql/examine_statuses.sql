-- What limits the status of a job: whether it may be null, the constraints on that column alone, the labels of its type.
WITH status AS (
    SELECT
        a.attrelid,
        a.attnum,
        a.atttypid,
        a.attnotnull
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON a.attrelid = c.oid
    INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    WHERE n.nspname = 'ops' AND c.relname = 'job_queue' AND a.attname = 'status' AND NOT a.attisdropped
)

SELECT
    'column' AS kind,
    CASE WHEN s.attnotnull THEN 'not null' ELSE 'null' END AS content
FROM status AS s
UNION ALL
SELECT
    'constraint' AS kind,
    pg_catalog.pg_get_constraintdef(k.oid) AS content
FROM status AS s
INNER JOIN pg_catalog.pg_constraint AS k ON s.attrelid = k.conrelid
WHERE k.contype = 'c' AND k.conkey = ARRAY[s.attnum]
UNION ALL
SELECT
    'label' AS kind,
    e.enumlabel::text AS content
FROM status AS s
INNER JOIN pg_catalog.pg_enum AS e ON s.atttypid = e.enumtypid
