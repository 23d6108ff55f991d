-- The functions that claim jobs of the table :table_word, as far as their text shows: they name it and pass over what
-- is locked. Of each whether it speaks of the column :due_word.
SELECT
    p.oid::regprocedure::text AS signature,
    b.body ~* :due_word AS heeds_due
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
CROSS JOIN LATERAL (
    SELECT coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body
) AS b
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND b.body ~* :table_word
    AND b.body ~* '\mskip\s+locked\M'
    AND NOT (n.nspname = 'ops' AND p.proname IN ('hold_job', 'forget_hold', 'forget_holds'))
ORDER BY 1
LIMIT 100
