-- What is to be done after an incident, so that it does not come again: what the entries about each add up to.

CREATE TABLE ops.action_items (
    id       text PRIMARY KEY,   -- that of its first entry
    incident text NOT NULL,
    title    text NOT NULL,
    owner    text,
    due      date,
    issue    text                -- the address of the issue that follows it
);

CREATE INDEX action_items_incident ON ops.action_items (incident);

COMMENT ON TABLE ops.action_items IS
    'What is to be done after an incident.';
