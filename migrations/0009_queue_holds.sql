-- Which jobs each pause holds, and what they were: in a table of its own, as the queue may be somebody else's.
--
-- A job is held by a state that no worker claims, or, where the queue has none, by never being due. What it was is kept
-- and comes back exactly. The triggers that keep this table stand in no migration: migrate makes them for the columns that
-- the queue has.

CREATE TABLE ops.queue_holds (
    job_id   text    PRIMARY KEY,          -- of whatever type it is in the queue
    pause_id bigint  NOT NULL,             -- no foreign key: it would be checked for each of a million jobs
    by_due   boolean NOT NULL,             -- whether it is held by never being due
    state    text,                         -- what its state was
    due      timestamptz                   -- when it was due; nothing: at once
);

CREATE INDEX queue_holds_pause ON ops.queue_holds (pause_id);

COMMENT ON TABLE ops.queue_holds IS
    'One row per job that a pause of ops.queue_pauses holds.';

-- Until now a job of our own queue knew the pause that holds it.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = pg_catalog.to_regclass('ops.job_queue') AND a.attname = 'held_by' AND NOT a.attisdropped
    ) THEN
        LOCK TABLE ops.job_queue IN ACCESS EXCLUSIVE MODE;
        INSERT INTO ops.queue_holds (job_id, pause_id, by_due, state)
        SELECT q.id::text, q.held_by, false, 'pending'
        FROM ops.job_queue AS q
        WHERE q.status = 'paused' AND q.held_by IS NOT NULL;
        DROP TRIGGER IF EXISTS hold_new_job ON ops.job_queue;
        DROP TRIGGER IF EXISTS hold_returned_job ON ops.job_queue;
        ALTER TABLE ops.job_queue DROP COLUMN held_by;
    END IF;
END
$$;
