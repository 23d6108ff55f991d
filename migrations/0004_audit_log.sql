-- What was done to production through dragonfly-ops: by whom, why, and what it was before and after.
--
-- An action that takes more than one transaction has a row where it begins and one that follows it where it ends, so
-- that an action that died half-way can be seen: a row that nothing follows.

CREATE TABLE ops.audit_log (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows         bigint      REFERENCES ops.audit_log (id), -- the row of its beginning, where this is an end
    phase           text        NOT NULL CHECK (phase IN ('begun', 'done', 'failed')),
    action          text        NOT NULL,                      -- such as queue.pause
    request         jsonb       NOT NULL,                      -- what exactly was asked for
    actor           text        NOT NULL,                      -- who, as far as it is known
    reason          text        NOT NULL CHECK (reason <> ''),
    environment     text        NOT NULL,
    request_id      text        NOT NULL,                      -- as in the log
    idempotency_key text,
    before          jsonb,
    after           jsonb
);

-- One action per key, however often and from wherever it is asked for.
CREATE UNIQUE INDEX audit_log_idempotency_key ON ops.audit_log (idempotency_key) WHERE follows IS NULL;

-- What was last done to one thing: the cool-down of restarts asks.
CREATE INDEX audit_log_action ON ops.audit_log (action, at);

CREATE FUNCTION ops.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'ops.audit_log is append-only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit_log
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

COMMENT ON TABLE ops.audit_log IS
    'Append-only: each action that was taken through dragonfly-ops, with its reason, before and after.';
