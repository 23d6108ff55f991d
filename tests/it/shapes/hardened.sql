-- The same after its queue was hardened: jobs are due, belong to a worker, and are claimed by a function that heeds both.
ALTER TABLE ops.job_queue
    ADD COLUMN priority integer NOT NULL DEFAULT 0,
    ADD COLUMN run_at timestamptz,
    ADD COLUMN max_attempts integer NOT NULL DEFAULT 5,
    ADD COLUMN next_run_at timestamptz,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN worker_id text,
    ADD COLUMN reap_count integer NOT NULL DEFAULT 0;
ALTER TABLE ops.job_queue RENAME COLUMN job_type TO kind;
DROP FUNCTION ops.claim_pending_job();
CREATE FUNCTION ops.claim_pending_job(worker text) RETURNS SETOF ops.job_queue
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    UPDATE ops.job_queue AS q
    SET status = 'processing', attempts = q.attempts + 1, started_at = now(), locked_at = now(), worker_id = worker,
        updated_at = now()
    WHERE q.id = (
        SELECT c.id FROM ops.job_queue AS c
        WHERE c.status = 'pending' AND (c.next_run_at IS NULL OR c.next_run_at <= now())
        ORDER BY c.priority DESC, c.created_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING q.*;
END
$$;
CREATE FUNCTION ops.finish_job(job uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE ops.job_queue SET status = 'completed', updated_at = now() WHERE id = job $$;
CREATE FUNCTION ops.return_job(job uuid, later interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE ops.job_queue SET status = 'pending', next_run_at = now() + later, updated_at = now() WHERE id = job $$;
REVOKE EXECUTE ON FUNCTION ops.claim_pending_job(text), ops.finish_job(uuid), ops.return_job(uuid, interval) FROM PUBLIC;
