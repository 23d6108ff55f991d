-- The outbox: a row for each notice of an incident in each channel, and what became of it. What it says is worded when it
-- is sent, from the incident.
--
-- Its id is made of incident, kind, number and channel, so that nobody is told twice. A row is claimed before it is sent;
-- a claim whose holder has died ends by the clock of this database.

CREATE TABLE ops.notices (
    id              text        PRIMARY KEY,   -- such as DB-17/told/1/slack
    incident        text        NOT NULL,
    kind            text        NOT NULL,
    nth             integer     NOT NULL,
    channel         text        NOT NULL,
    created_at      timestamptz NOT NULL,      -- when it became due
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts        integer     NOT NULL DEFAULT 0,
    attempted_at    timestamptz,               -- the last time that it was claimed
    claimed_by      text,
    claimed_until   timestamptz,
    sent_at         timestamptz,
    given_up_at     timestamptz,               -- it is not tried any more
    error           text                       -- what the last attempt came to, where it failed
);

CREATE INDEX notices_incident ON ops.notices (incident, channel, created_at);

-- What was tried last in a channel, and what is still to be told there.
CREATE INDEX notices_attempted_at ON ops.notices (channel, attempted_at);

COMMENT ON TABLE ops.notices IS
    'The outbox: what is told in Slack and Discord, and what became of it.';
