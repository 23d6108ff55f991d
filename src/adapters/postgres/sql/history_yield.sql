-- Gives the lease up: whoever comes next need not wait.
UPDATE ops.leases AS l SET expires_at = clock_timestamp()
WHERE l.name = :lease AND l.holder = :holder
RETURNING l.term
