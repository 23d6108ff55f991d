-- Holds those of the jobs $1 that still wait, for the pause $2 of the type $3. What a worker has locked is passed over
-- and never waited for; once the pause is lifted, nothing more is held. What the job was is kept, to be restored exactly.
WITH pause AS MATERIALIZED (
    SELECT p.id
    FROM ops.queue_pauses AS p
    WHERE p.id = $2::int8 AND p.resumed_at IS NULL
    FOR SHARE
),

taken AS MATERIALIZED (
    SELECT
        q.tableoid AS found_in,
        q.ctid AS found_at,
        :job_id AS id,
        :job_state::text AS state,
        :job_due AS due
    FROM :queue AS q
    WHERE :job_id = any($1::text[]:id_cast[]) AND :may_be_held AND ($3::text IS NULL OR :job_type::text = $3)
    FOR UPDATE SKIP LOCKED
),

held AS (
    UPDATE :queue AS q
    SET :set_held
    FROM taken AS t, pause AS p
    -- By its place: an id need not be unique.
    WHERE q.ctid = t.found_at AND q.tableoid = t.found_in
    RETURNING t.id, t.state, t.due, p.id AS pause_id, :has_been_held AS has_been_held
)

INSERT INTO ops.queue_holds AS b (job_id, pause_id, by_due, state, due)
SELECT h.id::text, h.pause_id, :holds_by_due, h.state, h.due:due_kept
FROM held AS h
-- A trigger of the queue's own may have decided otherwise.
WHERE h.has_been_held
ON CONFLICT (job_id) DO UPDATE
SET pause_id = excluded.pause_id, by_due = excluded.by_due, state = excluded.state, due = excluded.due
