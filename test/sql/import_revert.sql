-- Imports taken back: as if they had not been; and what is in the way.

CREATE SCHEMA import_revert;
SET search_path = import_revert, public;
SET datestyle = ISO;
SELECT kobra.create_creditor('rev') AS creditor_id \gset
SELECT kobra.create_portfolio('rev', 'rev', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset
SELECT kobra.create_portfolio('rev-bal', 'rev', 'MXN', 'MX', 'America/Mexico_City') AS bal_id \gset
SELECT kobra.put_setting('batch_rows', '7', 'rev') > 0 AS set, kobra.put_setting('batch_rows', '7', 'rev-bal') > 0 AS set;

-- every row of the creditor's debtors in every table, but for when it changed
CREATE FUNCTION state() RETURNS TABLE (t text, r jsonb) LANGUAGE plpgsql AS $$
DECLARE
	tab text;
BEGIN
	FOR tab IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'debtor_id'
		WHERE c.relnamespace = 'kobra'::regnamespace AND c.relkind = 'r' AND c.relname <> 'unidentified_payment' ORDER BY 1
	LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, to_jsonb(x) - ''changed_at'' FROM kobra.%I x WHERE x.debtor_id IN (SELECT d.debtor_id FROM kobra.debtor_ref d
			JOIN kobra.creditor c USING (creditor_id) WHERE c.name = ''rev'')', tab, tab);
	END LOOP;
	RETURN QUERY SELECT 'unidentified_payment', to_jsonb(x) FROM kobra.unidentified_payment x JOIN kobra.portfolio p USING (portfolio_id) WHERE p.name LIKE 'rev%';
END $$;
-- the invariants of payments and items
CREATE VIEW broken AS
SELECT 'balance' AS rule, i.debtor_id, i.item_id AS id FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name LIKE 'rev%' AND i.balance IS DISTINCT FROM i.amount
	   - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id))
	   - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id))
UNION ALL
SELECT 'unallocated', c.debtor_id, c.payment_id FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name LIKE 'rev%' AND c.reverses_id IS NULL AND c.unallocated IS DISTINCT FROM
	   CASE WHEN EXISTS (SELECT FROM kobra.payment v WHERE (v.debtor_id, v.reverses_id) = (c.debtor_id, c.payment_id)) THEN 0
			ELSE c.amount - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.payment_id) = (c.debtor_id, c.payment_id)) END
UNION ALL
SELECT 'credit beside debt', c.debtor_id, c.payment_id FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name LIKE 'rev%' AND c.unallocated > 0 AND EXISTS (
	   SELECT FROM kobra.open_item i WHERE i.debtor_id = c.debtor_id AND i.portfolio_id = c.portfolio_id AND i.balance > 0
		  AND (c.account_id IS NULL OR c.account_id = i.account_id));

CREATE TABLE items (deb text, name text, acct text, prod text, item text, kind text, issued date, due date, amount numeric, disputed boolean,
	settled date, phone text, street text, lat text, lon text, tier text);
CREATE TABLE balances (deb text, acct text, bal numeric, od numeric, dpd int, asof date);
CREATE TABLE paid (deb text, acct text, pay text, amount numeric, day date, rev text);
SELECT '{"columns": {"debtor": "deb", "name": "name", "account": "acct", "product": "prod", "item": "item", "item_kind": "kind", "issued_on": "issued",
	"due_on": "due", "amount": "amount", "disputed": "disputed", "settled_on": "settled", "phone": "phone", "street": "street", "lat": "lat", "lon": "lon",
	"attributes.tier": "tier", "debtor_attributes.tier": "tier"}}' AS items \gset
SELECT '{"feed": "balances", "columns": {"debtor": "deb", "account": "acct", "balance": "bal", "overdue": "od", "days_past_due": "dpd", "as_of": "asof"}}' AS balances \gset
SELECT '{"feed": "payments", "columns": {"debtor": "deb", "account": "acct", "payment": "pay", "amount": "amount", "paid_on": "day", "reverses": "rev"}}' AS payments \gset

-- what random files say, each other than the one before; the debtors' credit and old payments stand beside
CREATE FUNCTION roll(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(n / 100.0);
	TRUNCATE items, balances, paid;
	INSERT INTO items SELECT 'd' || d, (ARRAY['Ana', 'Eva', NULL])[1 + (random() * 2)::int], 'c' || d % 3, (ARRAY['card', 'loan', NULL])[1 + (random() * 2)::int],
			'i' || i, (ARRAY['principal', 'fee', 'interest'])[1 + (random() * 2)::int], '2025-01-01', date '2025-02-01' + (random() * 20)::int,
			(random() * 50)::int * 2, random() < .2, CASE WHEN random() < .3 THEN date '2025-03-01' + (random() * 3)::int END,
			CASE WHEN random() < .5 THEN '55 1234 ' || 5000 + (random() * 9)::int END, 'Calle ' || d, (19 + (random() * 2)::int)::text, '-99', (random() * 2)::int::text
	  FROM generate_series(1, 8) d, generate_series(1, 5) i WHERE random() < .7;
	INSERT INTO balances SELECT 'd' || d, 'b' || a, b, CASE WHEN random() < .6 THEN b / 2 ELSE 0 END, 0, date '2025-04-01' + n % 50 * 3 + n / 50
	  FROM generate_series(1, 8) d, generate_series(1, 2) a, LATERAL (SELECT (random() * 40)::int * 2 + d * 0 + a * 0 AS b) x WHERE random() < .7;
	UPDATE balances SET dpd = 5 + (random() * 10)::int WHERE od > 0;
	INSERT INTO paid SELECT 'd' || d, NULL, 'p' || n || '-' || d || '-' || i, 1 + (random() * 60)::int, date '2025-03-05' + n, NULL
	  FROM generate_series(1, 12) d, generate_series(1, 2) i WHERE random() < .5;
	INSERT INTO paid SELECT d.external_id, NULL, 'r' || n || '-' || p.external_id, - p.amount, greatest(p.paid_on, date '2025-03-05' + n), p.external_id
	  FROM kobra.payment p JOIN kobra.debtor_ref d USING (debtor_id) JOIN kobra.portfolio f USING (portfolio_id)
	 WHERE f.name = 'rev' AND p.external_id LIKE 'p%' AND random() < .3
	   AND NOT EXISTS (SELECT FROM kobra.payment r WHERE (r.debtor_id, r.reverses_id) = (p.debtor_id, p.payment_id));
END $$;

-- one import and its reversal: the differences to the state before, which there are none of; then the import stays
CREATE TABLE differences (n int, what text, made bigint, refused bigint, in_the_way bigint, different bigint, invariants bigint, again bigint);
CREATE FUNCTION plain() RETURNS SETOF jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object('t', t) || (r - 'import_undo_id' - 'import_batch_id' - 'debtor_id' - 'account_id' - 'item_id' - 'payment_id' - 'payment_allocation_id' - 'adjustment_id'
	- 'contact_point_id' - 'address_id' - 'id' - 'created_at' - 'located_at' - 'reverses_id' - 'unidentified_payment_id' - 'reason' - 'decided_at' - 'decided_reason') FROM state() WHERE t <> 'import_undo' $$;
CREATE PROCEDURE try(n int, what text, portfolio text, source regclass, mapping jsonb) LANGUAGE plpgsql AS $$
DECLARE
	b kobra.import_batch;
	way bigint;
	diff bigint;
	broke bigint;
	more bigint;
BEGIN
	CREATE TEMP TABLE was AS SELECT * FROM state();
	IF what = 'paid' THEN CALL kobra.import_payments(source, portfolio, mapping); ELSE CALL kobra.import_portfolio(source, portfolio, mapping); END IF;
	CREATE TEMP TABLE first AS SELECT * FROM plain() p(x);
	SELECT * INTO b FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
	SELECT count(*) INTO way FROM kobra.revert_import(b.import_batch_id, 'test');
	SELECT count(*) INTO broke FROM broken;
	SELECT count(*) INTO diff FROM ((TABLE was EXCEPT ALL SELECT * FROM state()) UNION ALL (SELECT * FROM state() EXCEPT ALL TABLE was)) x;
	IF what = 'paid' THEN CALL kobra.import_payments(source, portfolio, mapping); ELSE CALL kobra.import_portfolio(source, portfolio, mapping); END IF;
	SELECT count(*) INTO more FROM ((TABLE first EXCEPT ALL SELECT * FROM plain()) UNION ALL (SELECT * FROM plain() EXCEPT ALL TABLE first)) x;
	INSERT INTO differences VALUES (n, what, b.items_new + b.items_changed + b.payments_new, b.rows_rejected, way, diff, broke, more);
	DROP TABLE was, first;
END $$;
SET client_min_messages = warning;
\pset format unaligned
\t on
\o /dev/null
SELECT format(s.sql, n.n) FROM generate_series(1, 4) n (n) CROSS JOIN LATERAL (VALUES
	(1, 'SELECT roll(%s)'),
	(2, format('CALL try(%%s, ''items'', ''rev'', ''items'', %L)', :'items')),
	(3, format('CALL try(%%s, ''paid'', ''rev'', ''paid'', %L)', :'payments')),
	(4, 'SELECT roll(%s + 50)'),
	(5, format('CALL try(%%s, ''closing'', ''rev'', ''items'', %L)', jsonb_set(:'items', '{close_missing}', 'true'))),
	(6, format('CALL try(%%s, ''balances'', ''rev-bal'', ''balances'', %L)', jsonb_set(:'balances', '{close_missing}', to_jsonb(n.n % 2 = 0)))),
	(7, 'SELECT kobra.record_payment(''rev'', external_id, ''o%1$s'', 1 + debtor_id %% 9 * 9, ''MXN'', date ''2025-03-01'' + %1$s)
	  FROM kobra.debtor_ref WHERE creditor_id = (SELECT creditor_id FROM kobra.creditor WHERE name = ''rev'') AND debtor_id %% 3 = 0'),
	(8, 'SELECT kobra.record_payment(''rev-bal'', external_id, ''q%1$s'', 1 + debtor_id %% 9 * 3, ''MXN'', date ''2025-04-02'' + %1$s * 3 - (debtor_id %% 4)::int)
	  FROM kobra.debtor_ref WHERE creditor_id = (SELECT creditor_id FROM kobra.creditor WHERE name = ''rev'') AND debtor_id %% 3 <> 0')) s (k, sql)
 ORDER BY n.n, s.k \gexec
\o
\t off
\pset format aligned
SELECT what, count(*) AS files, min(made) > 0 AS made, sum(in_the_way) AS in_the_way, sum(different) AS different, sum(invariants) AS broken, sum(again) AS again
  FROM differences GROUP BY 1 ORDER BY 1;

-- what is in the way
CREATE TABLE one (deb text, name text, acct text, item text, due date, amount numeric, phone text);
SELECT '{"columns": {"debtor": "deb", "name": "name", "account": "acct", "item": "item", "due_on": "due", "amount": "amount", "phone": "phone"}}' AS mapping \gset
INSERT INTO one SELECT 'w' || n, 'Name', 'W' || n, 'i', '2025-01-01', 100, '55 1234 567' || n FROM generate_series(0, 9) n;
CALL kobra.import_portfolio('one', 'rev', :'mapping');
SELECT max(import_batch_id) AS one FROM kobra.import_batch \gset
CREATE FUNCTION d(name text) RETURNS bigint LANGUAGE sql STABLE AS $$SELECT kobra.debtor_id(name, 'rev')$$;
SELECT kobra.record_payment('rev', 'w0', 'later', 10, 'MXN', '2025-01-02') > 0 AS paid;
SELECT kobra.place_hold('w1', 'vulnerable', 'x', portfolio => 'rev') > 0 AS held;
SELECT kobra.merge_debtors('w2', 'w3', 'one person', 'rev') > 0 AS merged;
SELECT kobra.adjust_item(i.debtor_id, i.item_id, 5, 'waiver', 'x', '2025-01-03') > 0 AS adjusted FROM kobra.open_item i WHERE i.debtor_id = d('w4');
SELECT kobra.put_party('w5', '#' || a.account_id, 'guarantor', 'w6', portfolio => 'rev') > 0 AS party FROM kobra.account a WHERE a.debtor_id = d('w5');
SELECT kobra.learn_contact_point(d('w7'), 'phone', '55 1234 5677', 'answered') > 0 AS tried;
INSERT INTO one VALUES ('w8', 'Name', 'W8', 'i2', '2025-01-01', 50, NULL);
UPDATE one SET name = 'Other', due = '2025-01-05' WHERE deb = 'w9';
CALL kobra.import_portfolio('one', 'rev', :'mapping');
SELECT max(import_batch_id) AS two FROM kobra.import_batch \gset
CREATE TEMP TABLE was AS SELECT * FROM state();
SELECT object, r.external_id AS debtor, regexp_replace(replace(detail, 'import #' || :two, 'the later import'), '\d+', 'N') AS detail
  FROM kobra.revert_import(:one, 'wrong file') v JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY object COLLATE "C", r.external_id, 3;
SELECT count(*) AS changed FROM (TABLE was EXCEPT ALL SELECT * FROM state()) x;
SELECT status, reverted_at FROM kobra.import_batch WHERE import_batch_id = :one;
-- the later one first; then, when the rest is out of the way, the first
SELECT * FROM kobra.revert_import(:two, 'wrong');
SELECT d.name, i.external_id, i.due_on FROM kobra.debtor d JOIN kobra.open_item i USING (debtor_id) WHERE d.debtor_id IN (d('w8'), d('w9')) ORDER BY 1, 2, 3;
SELECT * FROM kobra.revert_import(:two, 'again');
SELECT status, revert_reason, reverted_by = session_user AS me FROM kobra.import_batch WHERE import_batch_id = :two;
SELECT DISTINCT object COLLATE "C" AS object FROM kobra.revert_import(:one, 'x') ORDER BY 1;

-- credit that stood there is credit again; rows that went in on a second try are rejects again
SELECT kobra.create_portfolio('rev-re', 'rev', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
TRUNCATE one;
INSERT INTO one VALUES ('x1', 'X', 'A', 'i1', '2025-01-01', 100, NULL);
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT kobra.record_payment('rev-re', 'x1', 'more', 130, 'MXN', '2025-01-02') > 0 AS paid;
INSERT INTO one VALUES ('x1', 'X', 'A', 'i2', '2025-02-01', 100, NULL), ('x2', 'X', 'A', 'i2', NULL, 100, NULL);
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT max(import_batch_id) AS two FROM kobra.import_batch \gset
CREATE VIEW money AS SELECT (SELECT string_agg(i.external_id || ' ' || i.balance, ', ' ORDER BY i.external_id) FROM kobra.open_item i WHERE i.portfolio_id = p.portfolio_id) AS owed,
	(SELECT sum(y.unallocated) FROM kobra.payment y WHERE y.portfolio_id = p.portfolio_id) AS credit FROM kobra.portfolio p WHERE p.name = 'rev-re';
TABLE money;
UPDATE kobra.import_reject SET raw = jsonb_set(raw, '{due}', '"2025-02-01"') WHERE import_batch_id = :two;
CALL kobra.retry_rejects(:two);
SELECT max(import_batch_id) AS three FROM kobra.import_batch \gset
SELECT retried_in = :three AS in FROM kobra.import_reject WHERE import_batch_id = :two;
SELECT * FROM kobra.revert_import(:three, 'x');
SELECT retried_in FROM kobra.import_reject WHERE import_batch_id = :two;
SELECT * FROM kobra.revert_import(:two, 'x');
TABLE money;
TABLE broken;

-- scores of accounts that go away go with them
SELECT kobra.record_payment('rev-re', 'x1', 'gone', 1, 'MXN', '2025-01-02') IS NOT NULL AS paid;
INSERT INTO one VALUES ('x3', 'X', 'A', 'i3', '2025-01-01', 100, NULL);
DELETE FROM one WHERE due IS NULL OR item = 'i2';
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT max(import_batch_id) AS two FROM kobra.import_batch \gset
CALL kobra.segment_portfolio('rev-re', '2025-03-01');
SELECT count(*) > 0 AS scored FROM kobra.segment_assignment WHERE debtor_id = kobra.debtor_id('x3', 'rev-re');
SELECT * FROM kobra.revert_import(:two, 'x');
SELECT count(*) AS left FROM kobra.segment_assignment s WHERE NOT EXISTS (SELECT FROM kobra.account a WHERE (a.debtor_id, a.account_id) = (s.debtor_id, s.account_id));

-- nor do debtors and accounts that somebody has contacted, which no foreign key says
INSERT INTO one VALUES ('x4', 'X', 'A', 'i4', '2025-01-01', 100, NULL), ('x1', 'X', 'late', 'i5', '2025-01-01', 100, NULL);
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT max(import_batch_id) AS two FROM kobra.import_batch \gset
SELECT contact_event_id > 0 AS recorded
  FROM kobra.record_contact(kobra.debtor_id('x4', 'rev-re'), 'email', 'collection', '2025-01-02 12:00Z', direction => 'inbound');
SELECT contact_event_id > 0 AS recorded FROM kobra.account a, kobra.record_contact(a.debtor_id, 'email', 'collection', '2025-01-02 12:00Z', account_id => a.account_id)
 WHERE a.external_id = 'late' AND a.debtor_id = kobra.debtor_id('x1', 'rev-re');
SELECT object, regexp_replace(detail, '[0-9]+', 'n') AS detail FROM kobra.revert_import(:two, 'x') ORDER BY 2;
SELECT count(*) AS kept FROM kobra.debtor WHERE debtor_id = kobra.debtor_id('x4', 'rev-re');
DELETE FROM kobra.contact_event WHERE debtor_id IN (kobra.debtor_id('x1', 'rev-re'), kobra.debtor_id('x4', 'rev-re'));
SELECT * FROM kobra.revert_import(:two, 'x');

-- errors
\set VERBOSITY default
SELECT * FROM kobra.revert_import(1, 'x');
\set VERBOSITY sqlstate
SELECT * FROM kobra.revert_import(NULL, 'x');
SELECT * FROM kobra.revert_import(:two, NULL);
SELECT * FROM kobra.revert_import(:two, ' ');
CALL kobra.retry_rejects(:two);
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT max(import_batch_id) AS two FROM kobra.import_batch \gset
UPDATE kobra.import_batch SET status = 'running' WHERE import_batch_id = :two;
SELECT * FROM kobra.revert_import(:two, 'x');
UPDATE kobra.import_batch SET status = 'done', finished_at = now() - interval '31 days' WHERE import_batch_id = :two;
INSERT INTO kobra.import_undo (debtor_id, import_batch_id, object, id) VALUES (1, :two, 'debtor', 1);
CALL kobra.import_portfolio('one', 'rev-re', :'mapping');
SELECT count(*) AS kept FROM kobra.import_undo WHERE import_batch_id = :two;
SELECT * FROM kobra.revert_import(:two, 'x');

-- who may not act does not; who may act reads no source that is not his to read
SELECT rolname AS owner FROM pg_roles WHERE oid = (SELECT extowner FROM pg_extension WHERE extname = 'kobra') \gset
CREATE ROLE rev_caller;
CREATE ROLE rev_bank;
GRANT USAGE ON SCHEMA kobra, import_revert TO rev_caller;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO rev_caller;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA kobra TO rev_caller;
SELECT kobra.put_import_source('rev-nightly', 'one', 'rev-re', :'mapping') > 0 AS put;
ALTER TABLE one OWNER TO rev_bank;
SELECT count(*) AS batches FROM kobra.import_batch \gset
SET ROLE rev_caller;
CALL kobra.import_registered('rev-nightly');
SELECT * FROM kobra.revert_import(:two, 'x');
RESET ROLE;
GRANT :"owner" TO rev_caller;
SET ROLE rev_caller;
\set VERBOSITY terse
SET client_min_messages = error;
CALL kobra.import_registered('rev-nightly');
SELECT status, sqlstate, error FROM kobra.import_source_status WHERE name = 'rev-nightly';
RESET ROLE;
SELECT count(*) - :batches AS more, (SELECT count(*) FROM kobra.import_row) AS rows FROM kobra.import_batch;
ALTER TABLE one OWNER TO CURRENT_USER;
SELECT kobra.put_import_source('rev-nightly', 'one', 'rev-re', :'mapping', active => false) > 0 AS put;
DROP OWNED BY rev_caller, rev_bank;
DROP ROLE rev_caller, rev_bank;
