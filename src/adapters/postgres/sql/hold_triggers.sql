-- Holds what arrives while a pause lasts, and forgets what is held no longer.
--
-- A job that cannot be held, as a constraint or a trigger of the queue forbids it, is added all the same, and shows as
-- pending in spite of the pause: whoever adds jobs must not fail for a pause. Only where a transaction has to begin anew
-- (class 40) it does.
--
-- They come after the row is written, so that what an insert gives up (ON CONFLICT DO NOTHING) is never on record. Each
-- runs as its owner: whoever adds a job need not be allowed to read the pauses. Nothing of a job is touched while no pause
-- lasts.

CREATE OR REPLACE FUNCTION ops.hold_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS :body_quote
DECLARE
    pause bigint;
    is_held boolean;
BEGIN
    -- Called where :new_is_said_to_wait.
    -- Before the look at the pauses: whoever records a pause waits for all transactions that have an id by then, and so
    -- for every job that was added without having seen it. (One in REPEATABLE READ sees the pauses of its beginning;
    -- what it adds later shows as pending in spite of a pause.)
    PERFORM pg_catalog.pg_current_xact_id();
    IF NOT EXISTS (SELECT FROM ops.queue_pauses AS p WHERE p.resumed_at IS NULL) THEN
        RETURN NULL;
    END IF;
    BEGIN
        SELECT p.id INTO pause
        FROM ops.queue_pauses AS p
        WHERE p.resumed_at IS NULL AND (p.job_type IS NULL OR p.job_type = :new_type::text)
        ORDER BY p.id
        LIMIT 1;
        IF FOUND THEN
            UPDATE :queue AS q SET :set_held WHERE :job_id = NEW.:id_column AND :may_be_held
            RETURNING :has_been_held INTO is_held;
            -- A trigger of the queue's own may have decided otherwise.
            IF is_held THEN
                INSERT INTO ops.queue_holds AS b (job_id, pause_id, by_due, state, due)
                VALUES (NEW.:id_column::text, pause, :holds_by_due, NEW.:state_column::text, :new_due)
                ON CONFLICT (job_id) DO UPDATE
                SET pause_id = excluded.pause_id, by_due = excluded.by_due, state = excluded.state, due = excluded.due;
            END IF;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        IF pg_catalog.starts_with(SQLSTATE, '40') THEN
            RAISE;
        END IF;
    END;
    RETURN NULL;
END
:body_quote;

CREATE OR REPLACE FUNCTION ops.forget_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS :body_quote
BEGIN
    -- Called where :hold_is_said_to_end.
    DELETE FROM ops.queue_holds AS b WHERE b.job_id = OLD.:id_column::text;
    RETURN NULL;
END
:body_quote;

CREATE OR REPLACE FUNCTION ops.forget_holds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS :body_quote
BEGIN
    DELETE FROM ops.queue_holds;
    RETURN NULL;
END
:body_quote;

-- From whomever the defaults of the schema have given it to, not from everybody alone: who may execute one of them may attach
-- it to a table of their own (see 0006).
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT
            p.oid::regprocedure AS signature,
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee
        FROM pg_catalog.pg_proc AS p
        CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
        WHERE p.oid IN ('ops.hold_job()'::regprocedure, 'ops.forget_hold()'::regprocedure, 'ops.forget_holds()'::regprocedure)
            AND a.grantee <> p.proowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM %s', given.signature, given.grantee);
    END LOOP;
END
$$;

-- By their names the first two come before the third: what one pause gives back another may hold.
DROP TRIGGER IF EXISTS forget_changed_job ON :queue;
CREATE TRIGGER forget_changed_job AFTER UPDATE ON :queue
FOR EACH ROW WHEN (:was_held AND NOT :stays_held)
EXECUTE FUNCTION ops.forget_hold();

DROP TRIGGER IF EXISTS forget_deleted_job ON :queue;
CREATE TRIGGER forget_deleted_job AFTER DELETE ON :queue
FOR EACH ROW WHEN (:was_held)
EXECUTE FUNCTION ops.forget_hold();

DROP TRIGGER IF EXISTS forget_all_jobs ON :queue;
CREATE TRIGGER forget_all_jobs AFTER TRUNCATE ON :queue
FOR EACH STATEMENT EXECUTE FUNCTION ops.forget_holds();

DROP TRIGGER IF EXISTS hold_new_job ON :queue;
CREATE TRIGGER hold_new_job AFTER INSERT ON :queue
FOR EACH ROW WHEN (:new_may_be_held)
EXECUTE FUNCTION ops.hold_job();

DROP TRIGGER IF EXISTS hold_returned_job ON :queue;
CREATE TRIGGER hold_returned_job AFTER UPDATE ON :queue
FOR EACH ROW WHEN (:new_may_be_held AND NOT :old_may_be_held)
EXECUTE FUNCTION ops.hold_job();
