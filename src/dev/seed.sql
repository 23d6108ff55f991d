-- The application's table that the Supabase check reads.
CREATE TABLE public.plaintiffs (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO public.plaintiffs (name) VALUES ('Example Plaintiff');

-- What `smoke` reads beside it, so that an incident can get its all-clear here, too.
CREATE TABLE public.plaintiff_contacts (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plaintiff_id bigint NOT NULL REFERENCES public.plaintiffs (id),
    email        text NOT NULL
);
INSERT INTO public.plaintiff_contacts (plaintiff_id, email) SELECT id, 'plaintiff@example.com' FROM public.plaintiffs;
CREATE VIEW public.v_plaintiffs_overview AS
SELECT p.id, p.name, c.email
FROM public.plaintiffs AS p
LEFT JOIN public.plaintiff_contacts AS c ON p.id = c.plaintiff_id;
CREATE VIEW public.v_plaintiff_call_queue AS
SELECT p.id, p.name
FROM public.plaintiffs AS p;

-- Five workers, one of which went silent eleven minutes ago.
INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat, status, jobs_processed, error_count) VALUES
    ('intake-1', now(), 'running', 1204, 3),
    ('intake-2', now(), 'running', 1187, 5),
    ('documents-1', now(), 'running', 431, 0),
    ('mailer-1', now(), 'running', 2210, 12),
    ('enrichment-1', now() - interval '11 minutes', 'running', 96, 1);

-- Jobs in every state.
INSERT INTO ops.job_queue (job_type, status, created_at, worker_name, started_at, finished_at, last_error) VALUES
    ('intake', 'pending', now() - interval '20 seconds', NULL, NULL, NULL, NULL),
    ('mail', 'pending', now() - interval '8 seconds', NULL, NULL, NULL, NULL),
    ('enrichment', 'paused', now() - interval '3 hours', NULL, NULL, NULL, NULL),
    ('documents', 'processing', now() - interval '2 minutes', 'documents-1', now() - interval '90 seconds', NULL, NULL),
    ('mail', 'failed', now() - interval '5 hours', 'mailer-1', now() - interval '5 hours', now() - interval '5 hours',
        'mailbox unavailable'),
    ('intake', 'completed', now() - interval '4 minutes', 'intake-1', now() - interval '4 minutes',
        now() - interval '3 minutes', NULL),
    ('intake', 'completed', now() - interval '3 minutes', 'intake-2', now() - interval '3 minutes',
        now() - interval '2 minutes', NULL),
    ('mail', 'completed', now() - interval '2 minutes', 'mailer-1', now() - interval '2 minutes',
        now() - interval '1 minute', NULL);
