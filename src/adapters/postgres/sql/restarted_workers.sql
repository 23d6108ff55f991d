-- The workers of the service $1, and whether each has sent a heartbeat, and started, since the row $2 of the audit log
-- (nothing: ever). A worker belongs to a service by its kind or its name: the service's, or the service's and something
-- behind it. Of several of a kind the one that was heard last counts: the others are of before.
SELECT DISTINCT ON (coalesce(:worker_kind::text, :worker_name::text))
    :worker_name::text AS name,
    extract(epoch FROM statement_timestamp() - :worker_beat)::float8 AS seconds_since_heartbeat,
    :worker_beat > coalesce(a.at, '-infinity') AS is_fresh,
    :worker_started > coalesce(a.at, '-infinity') AS is_new
FROM :heartbeats AS h
LEFT JOIN ops.audit_log AS a ON a.id = $2::int8
WHERE lower(:worker_name::text) = lower($1) OR starts_with(lower(:worker_name::text), lower($1) || '-')
    OR lower(:worker_kind::text) = lower($1) OR starts_with(lower(:worker_kind::text), lower($1) || '-')
ORDER BY coalesce(:worker_kind::text, :worker_name::text), :worker_beat DESC NULLS LAST, :worker_name::text
LIMIT 200
