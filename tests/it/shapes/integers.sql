-- Integer ids, states in free text, times without a zone, and other names.
CREATE SCHEMA ops;
CREATE TABLE ops.jobs (
    id           serial    PRIMARY KEY,
    task         text      NOT NULL,
    state        text      NOT NULL DEFAULT 'queued',
    enqueued_at  timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    scheduled_at timestamp,
    started_at   timestamp,
    finished_at  timestamp,
    locked_by    text
);
CREATE TABLE ops.heartbeats (
    name              text        PRIMARY KEY,
    last_heartbeat_at timestamptz NOT NULL DEFAULT now(),
    jobs_processed    integer     NOT NULL DEFAULT 0,
    jobs_failed       integer     NOT NULL DEFAULT 0
);
