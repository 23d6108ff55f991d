-- Pauses of the job queue, on record: who, why, until when.
--
-- While a pause lasts, triggers hold what arrives: a new job, and one that a worker gives back. Which jobs a pause holds
-- stands in ops.queue_holds (0009); lifting it gives exactly these back, and where another pause covers a job, that one
-- holds it from then on. A job that somebody has held back by other means is in no pause and is never touched.

CREATE SCHEMA IF NOT EXISTS ops;

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

COMMENT ON TABLE ops.queue_pauses IS
    'One row per pause of the job queue; active while resumed_at is null.';
