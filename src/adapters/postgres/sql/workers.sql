-- The workers, the longest silent first, and beside each the youngest heartbeat of all. Where a process start has a row of
-- its own, those that a younger one of their kind has followed, and those that said that they stopped, are only counted
-- after a day: the last of a kind that went silent stays, for however long. Ages are by the database's clock.
WITH beats AS MATERIALIZED (
    SELECT
        :worker_name::text AS name,
        :worker_kind::text AS kind,
        :worker_state::text AS status,
        :worker_beat AS beat,
        :worker_processed::int8 AS jobs_processed,
        :worker_errors::int8 AS error_count,
        lower(:worker_state::text) = any(ARRAY[:stopped_words]) AS is_stopped,
        row_number() OVER (
            PARTITION BY coalesce(:worker_kind::text, :worker_name::text)
            ORDER BY :worker_beat DESC NULLS LAST, :worker_name::text
        ) AS place
    FROM :heartbeats AS h
),

judged AS MATERIALIZED (
    SELECT
        b.*,
        coalesce(
            b.beat < statement_timestamp() - make_interval(secs => :listed_for) AND (b.place > 1 OR b.is_stopped), false
        ) AS is_gone
    FROM beats AS b
)

SELECT
    j.name,
    j.kind,
    j.status,
    coalesce(j.is_stopped, false) AS is_stopped,
    extract(epoch FROM statement_timestamp() - j.beat)::float8 AS seconds_since_heartbeat,
    extract(epoch FROM statement_timestamp() - max(j.beat) OVER ())::float8 AS seconds_since_any_heartbeat,
    j.jobs_processed,
    j.error_count,
    (SELECT count(*) FROM judged AS g WHERE g.is_gone) AS gone
FROM judged AS j
WHERE NOT j.is_gone
ORDER BY j.beat ASC NULLS FIRST, j.name
LIMIT :listed
