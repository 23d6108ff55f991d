-- The job queue of the workers.
--
-- Finished jobs stay as history and soon outnumber the backlog by far, so every index that the health service
-- relies on is partial: what it costs follows the backlog, not the history.

CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE ops.job_queue (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_type    text        NOT NULL,
    payload     jsonb       NOT NULL DEFAULT '{}',
    status      text        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'paused', 'processing', 'completed', 'failed')),
    attempts    integer     NOT NULL DEFAULT 0,
    worker_name text,                                -- who claimed it last
    last_error  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,                         -- when it was claimed last
    finished_at timestamptz                          -- when it was completed or failed
);

-- The backlog: what waits, is held, or is being worked on, by age.
CREATE INDEX job_queue_backlog ON ops.job_queue (status, created_at)
    WHERE status IN ('pending', 'paused', 'processing');

-- What failed lately.
CREATE INDEX job_queue_failed ON ops.job_queue (finished_at)
    WHERE status = 'failed';

-- When each worker last finished something: one look at the newest entry per worker.
CREATE INDEX job_queue_finished ON ops.job_queue (worker_name, finished_at DESC)
    WHERE finished_at IS NOT NULL;

COMMENT ON TABLE ops.job_queue IS
    'Background jobs; status is pending, paused, processing, completed or failed.';
