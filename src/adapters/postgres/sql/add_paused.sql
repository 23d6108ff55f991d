-- What lets the state of a job be paused: one statement for each enum or constraint that does not allow it. $1 is the
-- table, $2 the column of the state.
WITH state AS (
    SELECT
        c.oid AS table_oid,
        a.attnum,
        a.attname,
        t.oid AS type_oid,
        t.typtype,
        CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END AS base_oid
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_attribute AS a ON c.oid = a.attrelid
    INNER JOIN pg_catalog.pg_type AS t ON a.atttypid = t.oid
    WHERE c.oid = pg_catalog.to_regclass($1) AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
)

SELECT
    'enum' AS kind,
    pg_catalog.format('ALTER TYPE %s ADD VALUE IF NOT EXISTS %L', pg_catalog.format_type(s.base_oid, NULL), 'paused')
        AS statement
FROM state AS s
WHERE EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = s.base_oid)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = s.base_oid AND e.enumlabel = 'paused')
UNION ALL
SELECT
    'constraint' AS kind,
    pg_catalog.format(
        'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I CHECK (%s OR %s = %L) NOT VALID; '
        'ALTER TABLE %s VALIDATE CONSTRAINT %I',
        s.table_oid::regclass, k.conname, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid),
        -- No operator takes a domain over an enum.
        pg_catalog.format(CASE WHEN s.typtype = 'd' THEN '%I::%s' ELSE '%I' END, s.attname, pg_catalog.format_type(s.base_oid, -1)),
        'paused',
        s.table_oid::regclass, k.conname
    ) AS statement
FROM state AS s
INNER JOIN pg_catalog.pg_constraint AS k ON s.table_oid = k.conrelid AND k.conkey = ARRAY[s.attnum]
WHERE k.contype = 'c'
    AND pg_catalog.pg_get_constraintdef(k.oid) ~ '= (ANY \(|'')'
    AND pg_catalog.strpos(pg_catalog.pg_get_constraintdef(k.oid), '''paused''') = 0
UNION ALL
SELECT
    'constraint' AS kind,
    pg_catalog.format(
        'ALTER DOMAIN %s DROP CONSTRAINT %I; ALTER DOMAIN %s ADD CONSTRAINT %I CHECK (%s OR VALUE = %L)',
        pg_catalog.format_type(s.type_oid, NULL), k.conname, pg_catalog.format_type(s.type_oid, NULL), k.conname,
        pg_catalog.pg_get_expr(k.conbin, 0), 'paused'
    ) AS statement
FROM state AS s
INNER JOIN pg_catalog.pg_constraint AS k ON s.type_oid = k.contypid
WHERE k.contype = 'c'
    AND pg_catalog.pg_get_constraintdef(k.oid) ~ '= (ANY \(|'')'
    AND pg_catalog.strpos(pg_catalog.pg_get_constraintdef(k.oid), '''paused''') = 0
-- The enum first: what a constraint lists has to be a value of it.
ORDER BY 1 DESC, 2
