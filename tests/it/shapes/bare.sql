-- A queue with nothing but what it takes.
CREATE SCHEMA ops;
CREATE TABLE ops.job_queue (
    id         bigint      PRIMARY KEY,
    status     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
