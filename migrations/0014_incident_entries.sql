-- What happened in each incident, thing by thing, for good.
--
-- Its id tells whether it is here already, so that what is shipped late, twice or by two replicas is here once. Both clocks
-- are kept: of whoever saw it, and of this database.

CREATE TABLE ops.incident_entries (
    id          text        PRIMARY KEY,
    incident    text,                     -- nothing of what concerns no one of them, such as quiet windows
    number      integer     NOT NULL,     -- its place in the incident
    at          timestamptz NOT NULL,     -- when it happened
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who         text        NOT NULL,
    how         text        NOT NULL,     -- how it is known
    kind        text        NOT NULL,     -- such as acknowledged
    what        jsonb       NOT NULL,     -- what it says, whole
    text        text        NOT NULL      -- the same in words
);

CREATE INDEX incident_entries_incident ON ops.incident_entries (incident, number);

-- Whoever starts asks for what was recorded lately.
CREATE INDEX incident_entries_recorded_at ON ops.incident_entries (recorded_at);

CREATE FUNCTION ops.refuse_entry_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ops.incident_entries is append-only: what was wrong is corrected by an entry of its own'
        USING ERRCODE = 'restrict_violation';
END
$$;

REVOKE ALL ON FUNCTION ops.refuse_entry_change() FROM PUBLIC;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.incident_entries
FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_entry_change();

COMMENT ON TABLE ops.incident_entries IS
    'Append-only: the timeline of each incident.';
