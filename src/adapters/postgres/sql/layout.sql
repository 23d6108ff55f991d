-- The tables that may be those of the queue and of the heartbeats, in the order of preference: their columns with what
-- these may hold and whether this role may read them, their indexes, and how large they are. One row for each of it. What
-- Postgres writes of a constraint or a predicate takes a look at the table itself, and so waits for whoever has locked it.
WITH wanted (purpose, place, schema_name, table_name) AS (
    VALUES :wanted
),

found AS MATERIALIZED (
    SELECT
        w.purpose,
        w.place,
        c.oid,
        c.relname,
        c.relkind,
        c.reltuples,
        c.relpages,
        n.nspname,
        pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use
    FROM wanted AS w
    INNER JOIN pg_catalog.pg_namespace AS n ON w.schema_name = n.nspname
    INNER JOIN pg_catalog.pg_class AS c ON n.oid = c.relnamespace AND w.table_name = c.relname
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
),

-- A domain is what is below it.
columns AS MATERIALIZED (
    SELECT
        f.purpose,
        f.place,
        f.oid,
        f.nspname,
        f.relname,
        a.attnum,
        a.attname,
        a.attnotnull,
        a.atttypid,
        b.oid AS base_oid,
        b.typname AS base_name,
        b.typtype AS base_type,
        b.typcategory AS base_category
    FROM found AS f
    INNER JOIN pg_catalog.pg_attribute AS a ON f.oid = a.attrelid
    INNER JOIN pg_catalog.pg_type AS t ON a.atttypid = t.oid
    INNER JOIN pg_catalog.pg_type AS b ON CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END = b.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
)

SELECT
    f.purpose,
    f.place,
    'table' AS kind,
    f.nspname::text AS name,
    f.relname::text AS content,
    f.relkind::text AS detail,
    f.reltuples::float8 AS number,
    f.may_use AS flag
FROM found AS f
UNION ALL
SELECT
    f.purpose,
    f.place,
    'about' AS kind,
    current_user::text AS name,
    pg_catalog.obj_description(f.oid, 'pg_class') AS content,
    NULL AS detail,
    -- As the server last saw it, with its partitions: to measure it now would wait for whoever has locked it.
    (
        WITH RECURSIVE parts AS (
            SELECT f.oid AS part
            UNION ALL
            SELECT i.inhrelid
            FROM pg_catalog.pg_inherits AS i
            INNER JOIN parts AS p ON i.inhparent = p.part
        )

        SELECT sum(greatest(c.relpages, 0)) * pg_catalog.current_setting('block_size')::float8
        FROM parts AS p
        INNER JOIN pg_catalog.pg_class AS c ON p.part = c.oid
    ) AS number,
    NULL AS flag
FROM found AS f
UNION ALL
SELECT
    c.purpose,
    c.place,
    'column' AS kind,
    c.attname::text AS name,
    -- With -1, as `character` in a cast would be a single one. No operator takes a domain over an enum.
    pg_catalog.format_type(CASE WHEN c.base_type = 'e' THEN c.base_oid ELSE c.atttypid END, -1) AS content,
    CASE
        WHEN c.base_type = 'e' AND c.base_oid <> c.atttypid THEN 'domain over an enum'
        WHEN c.base_type = 'e' THEN 'enum'
        WHEN c.base_name IN ('timestamptz', 'timestamp') THEN c.base_name::text
        ELSE c.base_category::text
    END AS detail,
    -- In their order; below zero where it may not be null.
    CASE WHEN c.attnotnull THEN c.attnum - 10000 ELSE c.attnum END::float8 AS number,
    pg_catalog.has_column_privilege(c.oid, c.attnum, 'SELECT') AS flag
FROM columns AS c
UNION ALL
SELECT
    c.purpose,
    c.place,
    'label' AS kind,
    c.attname::text AS name,
    e.enumlabel::text AS content,
    NULL AS detail,
    e.enumsortorder::float8 AS number,
    NULL AS flag
FROM columns AS c
INNER JOIN pg_catalog.pg_enum AS e ON c.base_oid = e.enumtypid
UNION ALL
SELECT
    c.purpose,
    c.place,
    'check' AS kind,
    c.attname::text AS name,
    pg_catalog.pg_get_constraintdef(k.oid) AS content,
    NULL AS detail,
    NULL AS number,
    NULL AS flag
FROM columns AS c
INNER JOIN pg_catalog.pg_constraint AS k
    ON (c.oid = k.conrelid AND k.conkey = ARRAY[c.attnum]) OR (k.contypid <> 0 AND c.atttypid = k.contypid)
WHERE k.contype = 'c'
UNION ALL
SELECT
    c.purpose,
    c.place,
    'seen' AS kind,
    c.attname::text AS name,
    v.word AS content,
    NULL AS detail,
    NULL AS number,
    NULL AS flag
FROM columns AS c
INNER JOIN pg_catalog.pg_stats AS s ON c.nspname = s.schemaname AND c.relname = s.tablename AND c.attname = s.attname
INNER JOIN LATERAL pg_catalog.unnest(s.most_common_vals::text::text[]) AS v (word) ON true
WHERE c.base_category = 'S'
UNION ALL
SELECT
    f.purpose,
    f.place,
    'index' AS kind,
    i.relname::text AS name,
    (
        SELECT pg_catalog.string_agg(coalesce(a.attname::text, ''), ',' ORDER BY k.place)
        FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_catalog.pg_attribute AS a ON x.indrelid = a.attrelid AND k.attnum = a.attnum
    ) AS content,
    pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS detail,
    NULL AS number,
    NULL AS flag
FROM found AS f
INNER JOIN pg_catalog.pg_index AS x ON f.oid = x.indrelid
INNER JOIN pg_catalog.pg_class AS i ON x.indexrelid = i.oid
INNER JOIN pg_catalog.pg_am AS m ON i.relam = m.oid
WHERE x.indisvalid AND m.amname = 'btree'
ORDER BY 1, 2, 3, 7, 4, 5
