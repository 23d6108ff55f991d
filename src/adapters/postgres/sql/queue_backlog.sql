-- The backlog, where an index leads to it. Each number has an end: beyond 100,000 it is many, and not worth the time to
-- count. A job whose time has not come does not wait; one that is never due is held. A job without a due time is due.
SELECT
    least(
        (
            SELECT count(*)
            FROM (SELECT FROM :queue AS q WHERE :is_pending AND :job_due IS NULL LIMIT :counted) AS w
        ) + (
            SELECT count(*)
            FROM (SELECT FROM :queue AS q WHERE :is_pending AND :job_due <= statement_timestamp() LIMIT :counted) AS w
        ),
        :counted
    )::int8 AS pending,
    (
        SELECT count(*)
        FROM (
            SELECT FROM :queue AS q
            WHERE :is_pending AND :job_due > statement_timestamp() AND :job_due < 'infinity'
            LIMIT :counted
        ) AS w
    ) AS scheduled,
    least(
        (SELECT count(*) FROM (SELECT FROM :queue AS q WHERE :is_paused LIMIT :counted) AS w)
        + (
            SELECT count(*)
            FROM (SELECT FROM :queue AS q WHERE :is_pending AND :job_due = 'infinity' LIMIT :counted) AS w
        ),
        :counted
    )::int8 AS paused,
    (SELECT count(*) FROM (SELECT FROM :queue AS q WHERE :is_processing LIMIT :counted) AS w) AS processing,
    (
        SELECT extract(epoch FROM statement_timestamp() - min(w.since))::float8
        FROM (
            (
                SELECT :job_created AS since
                FROM :queue AS q
                WHERE :is_pending AND :job_due IS NULL AND :job_created IS NOT NULL
                ORDER BY :job_created
                LIMIT 1
            )
            UNION ALL
            (
                -- The first to be due may have been added after others became due, where a due time long past stands
                -- for "at once". None that became due after it was added has waited for longer.
                SELECT greatest(:job_created, :job_due) AS since
                FROM :queue AS q
                WHERE :is_pending AND :job_due <= statement_timestamp()
                    AND :job_due <= (
                        SELECT greatest(:job_created, :job_due)
                        FROM :queue AS q
                        WHERE :is_pending AND :job_due <= statement_timestamp()
                        ORDER BY :job_due
                        LIMIT 1
                    )
                ORDER BY :job_due
                LIMIT :counted
            )
        ) AS w
    ) AS oldest_pending_seconds,
    (
        SELECT count(*)
        FROM (
            SELECT :job_started AS started_at
            FROM :queue AS q
            WHERE :is_processing
            ORDER BY :job_created
            LIMIT :counted
        ) AS w
        WHERE w.started_at IS NULL OR w.started_at < statement_timestamp() - make_interval(secs => :stuck_after)
    ) AS stuck_processing
