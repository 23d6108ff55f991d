-- Keeps a piece of evidence. One that is here already counts once.
INSERT INTO ops.evidence (
    id, sha256, incident, name, occasion, taken_at, taken_by, media_type, is_cut, content
)
SELECT
    s.id,
    s.sha256,
    s.incident,
    s.name,
    s.occasion,
    s.taken_at,
    s.taken_by,
    s.media_type,
    s.is_cut,
    pg_catalog.decode(:content, 'base64')
FROM pg_catalog.jsonb_populate_record(NULL::ops.evidence, :piece::jsonb) AS s
ON CONFLICT (id, sha256) DO NOTHING
