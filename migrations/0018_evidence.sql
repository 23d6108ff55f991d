-- What was to be seen in each incident: reports, lock trees, lines of the log, and what people have attached.
--
-- What a piece is named by tells whether it is here already. Two replicas that could not ask each other have both taken it,
-- and their own contents: each is here, and the entry in ops.incident_entries says by its hash which one it means.

CREATE TABLE ops.evidence (
    id         text        NOT NULL,      -- that of its entry
    sha256     text        NOT NULL,      -- of the content, in hexadecimal
    incident   text        NOT NULL,
    name       text        NOT NULL,      -- what it shows
    occasion   text        CHECK (occasion IN ('opening', 'before_remedy', 'recovery')),   -- null: it was attached
    taken_at   timestamptz NOT NULL,
    taken_by   text        NOT NULL,
    media_type text        NOT NULL,
    is_cut     boolean     NOT NULL,      -- whether this is only a part of it
    content    bytea       NOT NULL CHECK (octet_length(content) <= 10485760),
    PRIMARY KEY (id, sha256)
);

CREATE INDEX evidence_incident ON ops.evidence (incident);

COMMENT ON TABLE ops.evidence IS
    'What was to be seen in an incident, masked and redacted.';
