-- When nobody is told, on purpose: what the entries about each window add up to.

CREATE TABLE ops.quiet_windows (
    id        text        PRIMARY KEY,   -- that of its entry
    begins_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    zone      text        NOT NULL,      -- in which it was said
    reason    text        NOT NULL,
    made_by   text        NOT NULL,
    CHECK (begins_at <= ends_at)
);

COMMENT ON TABLE ops.quiet_windows IS
    'Windows in which nobody is told. They end by themselves.';
