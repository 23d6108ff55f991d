-- Who of several replicas does what only one may do.
--
-- The database's clock decides. The term rises whenever the lease was not held without a gap, so that what was begun
-- under an old one can be told from what is begun now.

CREATE TABLE ops.leases (
    name       text        PRIMARY KEY,
    holder     text        NOT NULL,
    term       bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE ops.leases IS
    'Which replica writes the history, and until when it is the one.';
