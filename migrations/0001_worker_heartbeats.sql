-- The heartbeats of the workers: one row per worker, written by the worker itself.
--
--   INSERT INTO ops.worker_heartbeats (worker_name, status) VALUES ('intake-1', 'running')
--   ON CONFLICT (worker_name) DO UPDATE SET last_heartbeat = now(), status = excluded.status, ...
--
-- A worker that has gone silent keeps its row: that it once existed is how its silence is noticed.

CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE ops.worker_heartbeats (
    worker_name    text        PRIMARY KEY,
    last_heartbeat timestamptz NOT NULL DEFAULT now(),
    status         text        NOT NULL DEFAULT 'running',
    jobs_processed bigint      NOT NULL DEFAULT 0,
    error_count    bigint      NOT NULL DEFAULT 0
);

COMMENT ON TABLE ops.worker_heartbeats IS
    'One row per background worker; /api/health/ops judges the age of last_heartbeat.';
