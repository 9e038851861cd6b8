-- Of the contacts there were only those months are read that a rule can look back
-- on; what is to come is read too, since it stands in the way of later moments.
BEGIN;
SELECT kobra.create_creditor('scan') > 0 AND kobra.create_portfolio('scan', 'scan', 'CLP', 'CL', 'America/Santiago') > 0 AS made;
SELECT kobra.make_partitions('2025-03-01') > 0 AS made;
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) SELECT kobra.creditor_id('scan'), 'D' || d, 923000 + d FROM generate_series(1, 100) d;
INSERT INTO kobra.debtor (debtor_id, creditor_id) SELECT 923000 + d, kobra.creditor_id('scan') FROM generate_series(1, 100) d;
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id) SELECT 923000 + d, kobra.portfolio_id('scan'), 'A' FROM generate_series(1, 100) d;
INSERT INTO kobra.contact_event (debtor_id, at, channel, purpose, direction, stage, reserved_until)
SELECT 923000 + d, timestamptz '2025-03-05 15:00Z' + n * interval '1 week', 'phone', 'collection', 'outbound',
	CASE WHEN n < 13 THEN 'answered' ELSE 'reserved' END, CASE WHEN n >= 13 THEN timestamptz 'infinity' END
  FROM generate_series(1, 100) d, generate_series(0, 15) n;

-- how often each month was read since this was last asked; one scan of an array of
-- ids is as many as there are ids
CREATE TEMP TABLE seen (relname name PRIMARY KEY, n bigint);
PREPARE months AS
WITH now AS (
	SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) AS n FROM pg_stat_xact_user_tables
	 WHERE schemaname = 'kobra' AND relname ~ '^contact_event_(2025_\d\d|default)$'), kept AS (
	INSERT INTO seen SELECT relname, n FROM now ON CONFLICT (relname) DO UPDATE SET n = excluded.n)
SELECT now.relname FROM now LEFT JOIN seen USING (relname) WHERE now.n > coalesce(seen.n, 0) ORDER BY 1;
PREPARE refused AS
SELECT count(*) FILTER (WHERE NOT allowed) AS refused, min(next_permitted_at) AT TIME ZONE 'America/Santiago' AS next FROM kobra.contact_permitted_many(
	(SELECT array_agg(923000 + d::bigint) FROM generate_series(1, 100) d), 'phone', 'collection', $1);

EXECUTE months \g /dev/null
EXECUTE refused ('2025-06-18 15:00Z');
EXECUTE months;
-- a week that begins in the month before
EXECUTE refused ('2025-06-02 15:00Z');
EXECUTE months;
-- one debtor alone
SELECT (kobra.contact_permitted(923001, 'phone', 'collection', '2025-05-28 15:00Z')).allowed;
EXECUTE months;
ROLLBACK;
