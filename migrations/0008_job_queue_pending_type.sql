-- What waits, by its type: whether jobs of a paused type are pending is asked with every report, and while a type is
-- paused the others may wait by the million.
--
-- As with 0007, it may be built beforehand with CREATE INDEX CONCURRENTLY.

DROP INDEX IF EXISTS ops.job_queue_pending_type;

CREATE INDEX job_queue_pending_type ON ops.job_queue (job_type)
    WHERE status = 'pending';
