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
    WHERE :job_id = t.id
    RETURNING t.id, t.state, t.due, p.id AS pause_id
)

INSERT INTO ops.queue_holds AS b (job_id, pause_id, by_due, state, due)
SELECT h.id::text, h.pause_id, :holds_by_due, h.state, h.due:due_kept
FROM held AS h
ON CONFLICT (job_id) DO UPDATE
SET pause_id = excluded.pause_id, by_due = excluded.by_due, state = excluded.state, due = excluded.due
