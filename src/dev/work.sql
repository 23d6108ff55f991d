-- The four live demo workers beat; one of them finishes the oldest pending job, and a new one arrives.
UPDATE ops.worker_heartbeats
SET last_heartbeat = now(), jobs_processed = jobs_processed + 1
WHERE worker_name <> 'enrichment-1';

UPDATE ops.job_queue
SET status = 'completed', worker_name = 'intake-1', started_at = coalesce(started_at, now()), finished_at = now()
WHERE id = (
    SELECT id FROM ops.job_queue WHERE status = 'pending' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
);

INSERT INTO ops.job_queue (job_type) VALUES ('intake');

-- The demo may run for days: its history stays short.
DELETE FROM ops.job_queue WHERE status = 'completed' AND finished_at < now() - interval '1 hour'
