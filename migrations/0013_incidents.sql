-- What has happened to production, an incident a row: what its entries in ops.incident_entries add up to.
--
-- It is kept for whoever asks in SQL. The entries are what is remembered: a row here is written anew from them whenever
-- one is added.

CREATE TABLE ops.incidents (
    name            text        PRIMARY KEY,   -- such as DB-17
    title           text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('open', 'acknowledged', 'mitigated', 'resolved', 'closed')),
    severity        text        NOT NULL CHECK (severity IN ('P1', 'P2', 'P3', 'P4')),
    codes           text []     NOT NULL,      -- the causes, the first one first
    began_at        timestamptz NOT NULL,      -- as far as that is known
    detected_at     timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    mitigated_at    timestamptz,
    resolved_at     timestamptz,
    closed_at       timestamptz,
    flaps           integer     NOT NULL,      -- how often it came back
    merged_into     text,                      -- the incident that it turned out to be
    entries         bigint      NOT NULL       -- of how many entries this is the sum
);

-- What is not over is asked for.
CREATE INDEX incidents_detected_at ON ops.incidents (detected_at);

COMMENT ON TABLE ops.incidents IS
    'One row per incident: what its entries add up to.';
