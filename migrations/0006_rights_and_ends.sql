-- Nobody gains by the functions of this schema, and an action ends once.
--
-- Postgres lets everybody execute a new function. ops.hold_job() runs as its owner: whoever may execute it may attach
-- it to a table of their own, whose columns have types that run code, and is the owner then. A trigger needs no right
-- on its function when it fires, only when it is created: jobs are held as before.

DO $$
DECLARE
    ours regprocedure;
BEGIN
    FOR ours IN
        SELECT p.oid
        FROM pg_catalog.pg_proc AS p
        INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
        WHERE n.nspname = 'ops' AND p.proname IN ('hold_job', 'refuse_change') AND p.pronargs = 0
    LOOP
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', ours);
        -- An empty path would look for types in the caller's temporary schema first.
        EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', ours);
    END LOOP;
END
$$;

-- One end per beginning: an order that is given twice at the same time is ended by whoever is first. Ends that were
-- written twice before this stay as they are, as the log is append-only.
DO $$
DECLARE
    doubled bigint;
BEGIN
    SELECT coalesce(max(twice.follows), 0) INTO doubled
    FROM (SELECT a.follows FROM ops.audit_log AS a GROUP BY a.follows HAVING count(*) > 1) AS twice;
    EXECUTE pg_catalog.format(
        'CREATE UNIQUE INDEX IF NOT EXISTS audit_log_follows ON ops.audit_log (follows) WHERE follows > %s', doubled
    );
END
$$;
