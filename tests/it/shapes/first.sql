-- A queue and heartbeats as somebody else began: enums, uuids, a row per process start, and no word for a paused job.
CREATE SCHEMA ops;
CREATE TYPE ops.job_type AS ENUM ('enrich', 'outreach', 'judgment');
CREATE TYPE ops.job_status AS ENUM ('pending', 'processing', 'completed', 'failed');
CREATE TABLE ops.job_queue (
    id         uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
    job_type   ops.job_type   NOT NULL,
    payload    jsonb          NOT NULL DEFAULT '{}',
    status     ops.job_status NOT NULL DEFAULT 'pending',
    attempts   integer        NOT NULL DEFAULT 0,
    locked_at  timestamptz,
    last_error text,
    created_at timestamptz    NOT NULL DEFAULT now(),
    updated_at timestamptz    NOT NULL DEFAULT now()
);
CREATE INDEX idx_job_queue_status_created ON ops.job_queue (status, created_at);
CREATE TABLE ops.worker_heartbeats (
    worker_id    text        PRIMARY KEY,
    worker_type  text        NOT NULL,
    hostname     text,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    status       text        NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'stopped', 'error')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION ops.claim_pending_job() RETURNS SETOF ops.job_queue
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    UPDATE ops.job_queue AS q
    SET status = 'processing', attempts = q.attempts + 1, locked_at = now(), updated_at = now()
    WHERE q.id = (
        SELECT c.id FROM ops.job_queue AS c
        WHERE c.status = 'pending'
        ORDER BY c.created_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING q.*;
END
$$;
REVOKE EXECUTE ON FUNCTION ops.claim_pending_job() FROM PUBLIC;
