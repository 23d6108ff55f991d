-- A view that breaks on its data: somebody wrote a word where a number belongs.
ALTER TABLE public.plaintiff_contacts ADD COLUMN priority text NOT NULL DEFAULT 'urgent';
CREATE OR REPLACE VIEW public.v_plaintiff_call_queue AS
SELECT p.id, p.name, c.priority::int AS priority
FROM public.plaintiffs AS p
INNER JOIN public.plaintiff_contacts AS c ON p.id = c.plaintiff_id;
