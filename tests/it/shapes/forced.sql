-- The same with row level security forced on both, which lets one role of the service through and no other.
CREATE ROLE dragonfly_service NOLOGIN;
CREATE ROLE dragonfly_app LOGIN PASSWORD 'app-password-1';
ALTER TABLE ops.job_queue ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ops.worker_heartbeats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY service ON ops.job_queue FOR ALL TO dragonfly_service USING (true);
CREATE POLICY service ON ops.worker_heartbeats FOR ALL TO dragonfly_service USING (true);
GRANT USAGE ON SCHEMA ops TO dragonfly_app;
GRANT SELECT ON ops.job_queue, ops.worker_heartbeats TO dragonfly_app;
