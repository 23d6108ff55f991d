-- When a worker's process started, written by the worker with its first heartbeat:
--
--   INSERT INTO ops.worker_heartbeats (worker_name, status, started_at) VALUES ('intake-1', 'running', now())
--   ON CONFLICT (worker_name) DO UPDATE SET last_heartbeat = now(), started_at = excluded.started_at, ...
--
-- A heartbeat alone cannot tell the process that was restarted from the one that took its place. A worker that does
-- not write it is still watched; after a restart it can only be said that it beats.

ALTER TABLE ops.worker_heartbeats ADD COLUMN started_at timestamptz;
