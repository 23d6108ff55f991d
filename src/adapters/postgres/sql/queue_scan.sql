-- All of it at once, where no index leads to it: the table is read one time, whatever is asked.
SELECT
    least(
        count(*) FILTER (WHERE :is_pending AND (:job_due IS NULL OR :job_due <= statement_timestamp())), :counted
    )::int8 AS pending,
    least(
        count(*) FILTER (WHERE :is_pending AND :job_due > statement_timestamp() AND :job_due < 'infinity'), :counted
    )::int8 AS scheduled,
    least(count(*) FILTER (WHERE :is_paused OR (:is_pending AND :job_due = 'infinity')), :counted)::int8 AS paused,
    least(count(*) FILTER (WHERE :is_processing), :counted)::int8 AS processing,
    extract(epoch FROM statement_timestamp() - min(greatest(:job_created, :job_due)) FILTER (
        WHERE :is_pending AND (:job_due IS NULL OR :job_due <= statement_timestamp())
    ))::float8 AS oldest_pending_seconds,
    least(count(*) FILTER (
        WHERE :is_processing
        AND (:job_started IS NULL OR :job_started < statement_timestamp() - make_interval(secs => :stuck_after))
    ), :counted)::int8 AS stuck_processing,
    least(count(*) FILTER (
        WHERE :is_failed AND :job_failed > statement_timestamp() - make_interval(secs => :failed_within)
    ), :counted)::int8 AS failed_24h,
    extract(epoch FROM statement_timestamp() - max(:job_finished) FILTER (WHERE :is_finished))::float8
        AS seconds_since_finished_job
FROM :queue AS q
