-- Pauses of the job queue, on record: who, why, until when, and which jobs each of them holds.
--
-- While a pause lasts, triggers hold what arrives: a new job, and one that a worker gives back. A job knows the pause
-- that holds it; lifting that pause sets exactly its jobs to pending again, and where another pause covers a job, the
-- trigger hands it over. A job that somebody set to paused by other means has no pause and is never touched.

CREATE TABLE ops.queue_pauses (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_type      text,                                        -- nothing: every type
    reason        text        NOT NULL CHECK (reason <> ''),
    paused_by     text        NOT NULL,
    paused_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz,                                 -- from then on it warns; it is never lifted in silence
    resumed_at    timestamptz,
    resumed_by    text,
    resume_reason text
);

CREATE INDEX queue_pauses_active ON ops.queue_pauses (id) WHERE resumed_at IS NULL;

-- No foreign key: it would be checked for each of a million jobs, and pauses are never deleted.
ALTER TABLE ops.job_queue ADD COLUMN held_by bigint;

-- What each pause holds. Built from a table in which nothing is held yet, but all of that is read once.
CREATE INDEX job_queue_held ON ops.job_queue (held_by)
    WHERE status = 'paused' AND held_by IS NOT NULL;

-- As its owner: whoever adds a job need not be allowed to read the pauses.
CREATE FUNCTION ops.hold_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    pause bigint;
BEGIN
    -- Before the look at the pauses: whoever records a pause waits for all transactions that have an id by then, and so
    -- for every job that was added without having seen it. (One in REPEATABLE READ sees the pauses of its beginning;
    -- what it adds later shows as pending in spite of a pause.)
    PERFORM pg_catalog.pg_current_xact_id();
    SELECT p.id INTO pause
    FROM ops.queue_pauses AS p
    WHERE p.resumed_at IS NULL AND (p.job_type IS NULL OR p.job_type = NEW.job_type)
    ORDER BY p.id
    LIMIT 1;
    IF FOUND THEN
        NEW.status := 'paused';
        NEW.held_by := pause;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER hold_new_job BEFORE INSERT ON ops.job_queue
FOR EACH ROW WHEN (NEW.status = 'pending')
EXECUTE FUNCTION ops.hold_job();

CREATE TRIGGER hold_returned_job BEFORE UPDATE OF status ON ops.job_queue
FOR EACH ROW WHEN (NEW.status = 'pending' AND OLD.status <> 'pending')
EXECUTE FUNCTION ops.hold_job();

COMMENT ON TABLE ops.queue_pauses IS
    'One row per pause of the job queue; active while resumed_at is null.';
