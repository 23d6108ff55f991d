-- The content of a piece of evidence.
SELECT pg_catalog.encode(e.content, 'base64') AS content
FROM ops.evidence AS e
WHERE e.id = :id AND e.sha256 = :hash
