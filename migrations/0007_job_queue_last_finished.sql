-- When anybody last finished a job: that jobs wait while nobody does is how a standstill is noticed.
--
-- The predicate names the states, and not that finished_at is there, so that this index never stands in for the one by
-- worker: for a worker that has finished nothing, all of it would be read.
--
-- It is built while the queue can be read and not written, for as long as it takes to read it once. To spare the
-- workers even that, build it beforehand, with CREATE INDEX CONCURRENTLY and otherwise these words; then this step finds it
-- and leaves it alone. One that such a build left behind unfinished is replaced.

DROP INDEX IF EXISTS ops.job_queue_last_finished;

CREATE INDEX job_queue_last_finished ON ops.job_queue (finished_at)
    WHERE status IN ('completed', 'failed');
