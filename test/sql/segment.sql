-- Features, models, segmentation and the work list, on a portfolio small enough
-- to reckon by hand.  Day of reckoning: 2026-03-31.
\set VERBOSITY terse
\set day '''2026-03-31'''

INSERT INTO kobra.creditor (name) VALUES ('seg bank');
-- the arm of a debtor depends on the portfolio's id
INSERT INTO kobra.portfolio (portfolio_id, creditor_id, name, currency, jurisdiction, zone, allocation_order)
	OVERRIDING SYSTEM VALUE VALUES (500000, kobra.creditor_id('seg bank'), 'seg cards', 'MXN', 'MX', 'America/Mexico_City', '{due_on}');
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id)
	SELECT kobra.creditor_id('seg bank'), 'D' || g, 500000 + g FROM generate_series(1, 8) g;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, customer_since, attributes)
	SELECT debtor_id, creditor_id, 'Debtor ' || external_id, '2024-03-31', '{"zone": "north", "grade": 1}'
	  FROM kobra.debtor_ref WHERE creditor_id = kobra.creditor_id('seg bank');
INSERT INTO kobra.account (debtor_id, account_id, portfolio_id, external_id, product, opened_on, attributes)
	OVERRIDING SYSTEM VALUE
	SELECT debtor_id, debtor_id + 100, kobra.portfolio_id('seg cards'), 'A1', 'card', '2025-03-31', '{"grade": 2}'
	  FROM kobra.debtor WHERE debtor_id BETWEEN 500001 AND 500008;
INSERT INTO kobra.account (debtor_id, account_id, portfolio_id, external_id, product)
	OVERRIDING SYSTEM VALUE VALUES (500001, 500201, kobra.portfolio_id('seg cards'), 'A2', 'loan');

CREATE TEMP TABLE item (debtor int, account int, id int, issued date, due date, amount numeric);
INSERT INTO item VALUES
	(1, 101, 1, '2026-01-01', '2026-01-31', 100.00),	-- 59 days late, half paid
	(1, 101, 2, '2026-03-01', '2026-03-31', 300.00),	-- due today: not overdue
	(1, 201, 3, '2025-12-01', '2025-12-31', 50.00),		-- 90 days late
	(2, 102, 4, '2026-02-01', '2026-03-01', 1000.00),	-- 30 days late
	(3, 103, 5, '2026-03-01', '2026-04-30', 500.00),	-- not due
	(4, 104, 6, '2026-01-01', '2026-02-01', 200.00),	-- paid in full
	(5, 105, 7, '2025-06-01', '2025-07-01', 800.00),	-- debtor deceased
	(6, 106, 8, '2025-06-01', '2025-07-01', 800.00),	-- bankrupt
	(7, 107, 9, '2025-06-01', '2025-07-01', 800.00),	-- breathing space
	(8, 108, 10, '2025-06-01', '2025-07-01', 800.00),	-- account on hold
	(2, 102, 11, '2026-04-01', '2026-04-02', 7.00);		-- issued tomorrow
INSERT INTO kobra.open_item (debtor_id, item_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
	OVERRIDING SYSTEM VALUE
	SELECT 500000 + debtor, 500000 + id, 500000 + account, kobra.portfolio_id('seg cards'), id, issued, due, 'MXN', amount, amount
	  FROM item;
INSERT INTO kobra.payment (debtor_id, payment_id, portfolio_id, external_id, paid_on, currency, amount, unallocated, reverses_id)
	OVERRIDING SYSTEM VALUE VALUES
	(500001, 500001, kobra.portfolio_id('seg cards'), 'p1', '2026-02-15', 'MXN', 50.00, 0, NULL),
	(500004, 500002, kobra.portfolio_id('seg cards'), 'p2', '2026-02-10', 'MXN', 200.00, 0, NULL),
	(500002, 500003, kobra.portfolio_id('seg cards'), 'p3', '2026-03-05', 'MXN', 400.00, 0, NULL),
	(500002, 500004, kobra.portfolio_id('seg cards'), 'reversal:p3', '2026-03-20', 'MXN', -400.00, 0, 500003);
INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on) VALUES
	(500001, 500001, 500001, 50.00, '2026-02-15'), (500004, 500002, 500006, 200.00, '2026-02-10'),
	(500002, 500003, 500004, 400.00, '2026-03-05'), (500002, 500004, 500004, -400.00, '2026-03-20');
INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on)
	VALUES (500002, 500004, 'correction', 10.00, '2026-03-10');
UPDATE kobra.open_item i SET balance = t.balance FROM kobra.items_at('2026-12-31') t
 WHERE (t.debtor_id, t.item_id) = (i.debtor_id, i.item_id) AND i.portfolio_id = 500000;
UPDATE kobra.debtor SET deceased = true WHERE debtor_id = 500005;
UPDATE kobra.debtor SET bankrupt = true WHERE debtor_id = 500006;
UPDATE kobra.debtor SET breathing_space_until = '2026-03-31' WHERE debtor_id = 500007;
UPDATE kobra.account SET status = 'hold' WHERE debtor_id = 500008;

-- items at a day: only what was known by then
SELECT external_id, balance, settled_on FROM kobra.items_at('2026-03-09')
 WHERE portfolio_id = kobra.portfolio_id('seg cards') AND debtor_id IN (500002, 500004) ORDER BY external_id;
SELECT external_id, balance, settled_on FROM kobra.items_at('2026-02-09')
 WHERE portfolio_id = kobra.portfolio_id('seg cards') AND debtor_id IN (500002, 500004) ORDER BY external_id;

-- features
SELECT debtor_id - 500000 AS d, account_id - 500000 AS a, amount_owed AS owed, amount_overdue AS overdue,
	round(overdue_share::numeric, 4) AS share, age_of_debt_days AS age, days_past_due AS dpd, tenure_days AS tenure,
	product, open_items AS items, payments_90d AS p90, days_since_payment AS since, attributes
  FROM kobra.account_features_at(:day) WHERE portfolio_id = kobra.portfolio_id('seg cards') ORDER BY 1, 2;
-- in March the reversed payment still counted
SELECT amount_owed, payments_90d FROM kobra.account_features_at('2026-03-19') WHERE debtor_id = 500002;
SELECT count(*) = 9 AS as_today FROM kobra.account_features WHERE portfolio_id = kobra.portfolio_id('seg cards');

-- segmentation with the model for newcomers
CALL kobra.segment_portfolio('seg cards', :day);
CREATE TEMP VIEW now_in AS
SELECT s.debtor_id - 500000 AS d, s.account_id - 500000 AS a, m.name AS model, s.arm, s.score,
	round(s.probability::numeric, 4) AS probability, s.segment, s.microsegment, s.reasons,
	round(s.expected_value::numeric, 2) AS expected, s.as_of
  FROM kobra.segment_assignment s JOIN kobra.scorecard_model m USING (scorecard_model_id)
 WHERE s.portfolio_id = kobra.portfolio_id('seg cards') ORDER BY 1, 2;
SELECT * FROM now_in;
SELECT debtor_id - 500000 AS d, account_id - 500000 AS a, segment, score FROM kobra.debtor_segment
 WHERE portfolio_id = kobra.portfolio_id('seg cards') ORDER BY 1;
SELECT job, status, rows_done, rows_total, percent FROM kobra.job_progress WHERE portfolio_id = kobra.portfolio_id('seg cards');

-- a second run writes nothing
CREATE TEMP TABLE before AS SELECT debtor_id, account_id, xmin::text AS x FROM kobra.segment_assignment;
CALL kobra.segment_portfolio('seg cards', :day);
SELECT count(*) AS rewritten FROM kobra.segment_assignment s JOIN before b USING (debtor_id, account_id)
 WHERE s.xmin::text <> b.x;
SELECT count(*) AS history FROM kobra.segment_history WHERE portfolio_id = kobra.portfolio_id('seg cards');

-- the work list
SELECT rank, debtor_id - 500000 AS d, account_id - 500000 AS a, name, segment, score, balance, overdue,
	round(expected_value::numeric, 2) AS expected, reasons
  FROM kobra.work_list('seg cards', 10, :day);
-- and what the codes mean, to each reader
SELECT rank, kobra.reason_meanings(reasons) FROM kobra.work_list('seg cards', 1, :day);
SELECT oid::regprocedure, proconfig FROM pg_proc WHERE oid IN ('kobra.work_list'::regproc, 'kobra.portfolio_quality'::regproc) ORDER BY proname COLLATE "C";
SELECT rank, kobra.reason_meanings(reasons, language => 'es') FROM kobra.work_list('seg cards', 1, :day);
SET kobra.language = 'pt';
SELECT kobra.reason_meanings('{MANY_ITEMS,UNHEARD_OF}');
RESET kobra.language;
BEGIN;
INSERT INTO kobra.score_reason (portfolio_id, code, meaning) VALUES (NULL, 'MANY_ITEMS', '{"en": "for all"}'), (500000, 'MANY_ITEMS', '{"en": "own"}');
SELECT kobra.reason_meanings('{MANY_ITEMS}', 500000) AS own, kobra.reason_meanings('{MANY_ITEMS}') AS others,
	kobra.reason_meanings('{MANY_ITEMS}', language => 'es') AS "no Spanish", kobra.reason_meanings('{}') AS none;
ROLLBACK;
SELECT count(*) FROM kobra.work_list('seg cards', 2, :day);
SELECT debtor_id - 500000 AS d FROM kobra.work_list('seg cards', 10, '2026-04-01') ORDER BY rank;
SELECT * FROM kobra.work_list('nowhere');
\echo :LAST_ERROR_SQLSTATE
-- what was paid since is left out at once
UPDATE kobra.open_item SET amount = 0, balance = 0 WHERE item_id = 500003;
SELECT debtor_id - 500000 AS d, account_id - 500000 AS a FROM kobra.work_list('seg cards', 10, :day) ORDER BY rank;
UPDATE kobra.open_item SET amount = 50, balance = 50 WHERE item_id = 500003;

-- only what moved is written, with history
INSERT INTO kobra.payment (debtor_id, payment_id, portfolio_id, external_id, paid_on, currency, amount, unallocated)
	OVERRIDING SYSTEM VALUE VALUES (500002, 500005, kobra.portfolio_id('seg cards'), 'p4', '2026-03-31', 'MXN', 990.00, 0);
INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on) VALUES (500002, 500005, 500004, 990.00, '2026-03-31');
CALL kobra.segment_portfolio('seg cards', :day);
SELECT s.debtor_id - 500000 AS d FROM kobra.segment_assignment s JOIN before b USING (debtor_id, account_id)
 WHERE s.xmin::text <> b.x;
SELECT debtor_id - 500000 AS d, score, segment FROM kobra.segment_history
 WHERE debtor_id = 500002 ORDER BY segment_history_id;

-- models of one's own
\set card '{"name": "own", "characteristics": [{"name": "amount_owed", "type": "number", "bins": [{"lt": 500, "points": 10}, {"points": 20}]}], "bands": [{"segment": "small", "lt": 15}, {"segment": "big"}]}'
SELECT kobra.put_scorecard_model('own', :'card', 'seg cards') > 999 AS put;
SELECT kobra.put_scorecard_model('own', :'card', 'seg cards') > 999 AS put_again;
SELECT name, version, status, features FROM kobra.scorecard_model WHERE name = 'own' ORDER BY version;
SELECT kobra.set_model_status('own', 'shadow') > 999 AS shadow;
CALL kobra.segment_portfolio('seg cards', :day);
SELECT debtor_id - 500000 AS d, account_id - 500000 AS a, score, segment FROM kobra.shadow_score
 WHERE portfolio_id = kobra.portfolio_id('seg cards') ORDER BY 1, 2;
SELECT DISTINCT model, arm FROM now_in;
SELECT kobra.set_model_status('own', 'challenger', share => 0.5) > 999 AS challenger;
CALL kobra.segment_portfolio('seg cards', :day);
SELECT count(*) AS left_of_shadow FROM kobra.shadow_score;
-- the challenger decides for those below its share, whole debtors, every time
SELECT model, arm, count(*), bool_and((arm = 'challenger') =
	(kobra.debtor_share(500000 + d, kobra.portfolio_id('seg cards')::text) < 0.5)) AS by_share
  FROM now_in GROUP BY 1, 2 ORDER BY 1, 2;
SELECT kobra.set_model_status('own', 'champion') > 999 AS champion;
SELECT kobra.set_model_status('own', 'champion', 1) > 999 AS other_champion;
SELECT version, status, share FROM kobra.scorecard_model WHERE name = 'own' ORDER BY version;
CALL kobra.run_job('segment_portfolio', 'seg cards', '{"as_of": "2026-03-31"}');
SELECT * FROM now_in WHERE d < 4;
-- without a probability, score times what is owed
SELECT bool_and(s.expected_value = s.score * f.amount_owed) AS by_score
  FROM kobra.segment_assignment s JOIN kobra.account_features_at(:day) f USING (debtor_id, account_id)
 WHERE s.expected_value IS NOT NULL AND s.portfolio_id = kobra.portfolio_id('seg cards');

-- the share is even and independent of the salt
SELECT abs(avg(kobra.debtor_share(g, 'a')) - 0.5) < 0.01 AS centred,
	abs(corr(kobra.debtor_share(g, 'a'), kobra.debtor_share(g, 'b'))) < 0.02 AS independent,
	min(kobra.debtor_share(g, 'a')) >= 0 AND max(kobra.debtor_share(g, 'a')) < 1 AS in_range
  FROM generate_series(1, 20000) g;
SELECT kobra.debtor_share(1000, 'a');

-- views of one's own
CREATE VIEW seg_poor AS SELECT debtor_id, account_id FROM kobra.account;
SELECT kobra.put_scorecard_model('poor', :'card', NULL, 'seg_poor');
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW seg_rich AS SELECT f.*, 3 AS calls FROM kobra.account_features_at('2026-03-31') f;
SELECT kobra.put_scorecard_model('rich', '{"name": "rich", "characteristics": [{"name": "visits", "type": "number", "bins": [{"points": 1}]}]}', 'seg cards', 'seg_rich');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_scorecard_model('rich', '{"name": "rich", "characteristics": [{"name": "calls", "type": "number", "bins": [{"lt": 3, "points": 1}, {"points": 2}]}, {"name": "attributes.grade", "type": "number", "bins": [{"lt": 2, "points": 0}, {"points": 5}], "missing": 3}]}', 'seg cards', 'seg_rich') > 999 AS put;
SELECT kobra.set_model_status('rich', 'champion') > 999 AS champion;
CALL kobra.segment_portfolio('seg cards', :day);
SELECT a, model, score, segment FROM now_in WHERE d < 3;
SELECT name, version, status FROM kobra.scorecard_model WHERE scorecard_model_id >= 1000 ORDER BY name, version;

-- views are other people's: keys of another type, names that clash, accounts of
-- another portfolio, accounts twice
CREATE VIEW seg_int AS SELECT f.debtor_id::int4, f.account_id::int4, f.portfolio_id, f.amount_owed::text, f.amount_overdue, 1 AS f, 2 AS x, f.days_past_due
  FROM kobra.account_features_at('2026-03-31') f;
SELECT kobra.put_scorecard_model('int', '{"name": "int", "characteristics": [{"name": "days_past_due", "type": "number", "bins": [{"lt": 3, "points": 1}, {"points": 2}]}], "scaling": {"score": 2, "odds": 1, "pdo": 1}, "bands": [{"segment": "all"}]}', 'seg cards', 'seg_int') > 999 AS put;
SELECT kobra.set_model_status('int', 'challenger', share => 0.5) > 999 AS challenger;
CALL kobra.segment_portfolio('seg cards', :day);
SELECT model, count(*), min(score), max(score) FROM now_in GROUP BY 1 ORDER BY 1;
SELECT kobra.set_model_status('int', 'champion') > 999 AS champion;
CREATE OR REPLACE VIEW seg_int AS SELECT f.debtor_id::int4, f.account_id::int4, p.portfolio_id, f.amount_owed::text, f.amount_overdue, 1 AS f, 2 AS x, f.days_past_due
  FROM kobra.account_features_at('2026-03-31') f, (VALUES (500000::bigint), (500000)) p(portfolio_id);
CALL kobra.segment_portfolio('seg cards', :day);
\echo :LAST_ERROR_SQLSTATE
INSERT INTO kobra.portfolio (portfolio_id, creditor_id, name, currency, jurisdiction, zone, allocation_order)
	OVERRIDING SYSTEM VALUE VALUES (500001, kobra.creditor_id('seg bank'), 'seg other', 'MXN', 'MX', 'America/Mexico_City', '{due_on}');
INSERT INTO kobra.account (debtor_id, account_id, portfolio_id, external_id) OVERRIDING SYSTEM VALUE VALUES (500001, 500301, 500001, 'O1');
CREATE OR REPLACE VIEW seg_int AS SELECT f.debtor_id::int4, f.account_id::int4, 500001::bigint AS portfolio_id, f.amount_owed::text, f.amount_overdue, 1 AS f, 2 AS x, f.days_past_due
  FROM kobra.account_features_at('2026-03-31') f;
SELECT kobra.put_scorecard_model('int', card, 'seg other', 'seg_int') > 999 AS put FROM kobra.scorecard_model WHERE name = 'int';
SELECT kobra.set_model_status('int', 'champion') > 999 AS champion;
CALL kobra.segment_portfolio('seg other', :day);
SELECT account_id, portfolio_id FROM kobra.segment_assignment WHERE portfolio_id = 500001;

-- what a view calls runs as the view's author, who is nobody here
CREATE ROLE seg_author;
CREATE SCHEMA seg_author AUTHORIZATION seg_author;
CREATE TABLE seg_author.ran_as (role name);
GRANT INSERT ON seg_author.ran_as TO PUBLIC;
GRANT SELECT ON kobra.account, kobra.debtor, kobra.open_item, kobra.payment, kobra.payment_allocation, kobra.adjustment TO seg_author;
GRANT EXECUTE ON FUNCTION kobra.account_features_at(date), kobra.items_at(date) TO seg_author;
SET ROLE seg_author;
CREATE FUNCTION seg_author.spy(n numeric) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seg_author.ran_as VALUES (current_user);
	RETURN n;
END $$;
CREATE VIEW seg_author.features AS SELECT f.debtor_id, f.account_id, f.portfolio_id, seg_author.spy(f.amount_owed) AS amount_owed, f.amount_overdue, f.days_past_due
  FROM kobra.account_features_at('2026-03-31') f;
RESET ROLE;
SELECT kobra.put_scorecard_model('spied', card, 'seg other', 'seg_author.features') > 999 AS put FROM kobra.scorecard_model WHERE name = 'int' AND version = 1;
SELECT count(*) AS ran_when_put FROM seg_author.ran_as;
SELECT kobra.set_model_status('spied', 'shadow') > 999 AS shadow;
CALL kobra.segment_portfolio('seg other', :day);
SELECT DISTINCT role FROM seg_author.ran_as;
SELECT kobra.set_model_status('spied', 'champion') > 999 AS champion;
CALL kobra.segment_portfolio('seg other', :day);
SELECT DISTINCT role FROM seg_author.ran_as;
SELECT count(*) AS left_of_shadow FROM kobra.shadow_score;
-- nor does a model show what its caller may not read
CREATE ROLE seg_member;
GRANT postgres TO seg_member;
CREATE ROLE seg_owner;
GRANT ALL ON SCHEMA kobra TO seg_owner;
GRANT SELECT ON kobra.scorecard_model TO seg_owner;
GRANT EXECUTE ON FUNCTION kobra.put_scorecard_model(text, kobra.scorecard, text, regclass) TO seg_owner;
GRANT USAGE ON SCHEMA seg_author TO seg_owner;
ALTER SCHEMA kobra OWNER TO seg_owner;
SET ROLE seg_owner;
SELECT kobra.put_scorecard_model('spying', card, NULL, 'seg_author.features') FROM kobra.scorecard_model WHERE name = 'int' AND version = 1;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER SCHEMA kobra OWNER TO postgres;
REVOKE ALL ON kobra.scorecard_model, kobra.account FROM seg_owner;
REVOKE ALL ON FUNCTION kobra.put_scorecard_model(text, kobra.scorecard, text, regclass) FROM seg_owner;
REVOKE ALL ON SCHEMA kobra, seg_author FROM seg_owner;
DROP ROLE seg_member, seg_owner;
DROP SCHEMA seg_author CASCADE;
CALL kobra.segment_portfolio('seg other', :day);
\echo :LAST_ERROR_SQLSTATE
REVOKE ALL ON ALL TABLES IN SCHEMA kobra FROM seg_author;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA kobra FROM seg_author;
DROP ROLE seg_author;

-- challengers of two portfolios do not add up; those common to all do
SELECT kobra.put_scorecard_model('all', :'card') > 999 AS put;
SELECT kobra.set_model_status('int', 'retired', 1) > 999 AS no_champion, kobra.set_model_status('spied', 'retired') > 999 AS none_here;
SELECT kobra.set_model_status('own', 'challenger', 1, 0.6) > 999 AS first_portfolio;
SELECT kobra.set_model_status('int', 'challenger', 2, 0.6) > 999 AS second_portfolio;
SELECT kobra.set_model_status('all', 'shadow') > 999 AS shadow;
SELECT kobra.set_model_status('all', 'challenger', share => 0.4);
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.set_model_status('int', 'champion', 2) > 999 AS own_champion,
	kobra.set_model_status('own', 'retired', 1) > 999 AS retired;
SELECT kobra.set_model_status('all', 'challenger', share => 0.4) > 999 AS challenger;
SELECT kobra.set_model_status('all', 'retired') > 999 AS retired;

-- errors
SELECT kobra.set_model_status('none', 'champion');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.set_model_status('own', 'champion', 9);
SELECT kobra.set_model_status('own', 'boss');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.set_model_status('own', 'challenger');
SELECT kobra.set_model_status('own', 'challenger', share => 'NaN');
SELECT kobra.set_model_status('own', 'champion', share => 0.3);
SELECT kobra.set_model_status('own', 'challenger', 1, 0.6) > 999 AS first_challenger;
SELECT kobra.set_model_status('own', 'challenger', 2, 0.4);
SELECT kobra.set_model_status('default', 'retired');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_scorecard_model('', :'card');
SELECT kobra.put_scorecard_model(NULL, NULL);
CALL kobra.segment_portfolio('nowhere');
CALL kobra.segment_portfolio('seg cards', 'infinity');
\echo :LAST_ERROR_SQLSTATE
CALL kobra.run_job('segment_portfolio', 'seg cards', '{"as_of": 3}');
\echo :LAST_ERROR_SQLSTATE
CALL kobra.run_job('segment_portfolio', 'seg cards', '["as_of"]');
CALL kobra.run_job('segment_portfolio', 'seg cards', '{"asof": "2026-03-31"}');
CALL kobra.run_job('segment_portfolio', 'seg cards', '{"as_of": "2026-02-30"}');
CALL kobra.run_job('segment_portfolio', 'seg cards', '{"as_of": "infinity"}');
CALL kobra.segment_portfolio('seg cards', '0044-03-15 BC');
SELECT count(*) FROM kobra.job_run WHERE portfolio_id IN (500000, 500001) AND status = 'running';

-- nothing is left behind
DROP VIEW seg_rich, seg_poor, seg_int;
DELETE FROM kobra.shadow_score WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.segment_history WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.segment_assignment WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.scorecard_model WHERE scorecard_model_id >= 1000;
DELETE FROM kobra.adjustment WHERE debtor_id BETWEEN 500001 AND 500008;
DELETE FROM kobra.payment_allocation WHERE debtor_id BETWEEN 500001 AND 500008;
DELETE FROM kobra.payment WHERE debtor_id BETWEEN 500001 AND 500008;
DELETE FROM kobra.open_item WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.account WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.debtor WHERE creditor_id = kobra.creditor_id('seg bank');
DELETE FROM kobra.debtor_ref WHERE creditor_id = kobra.creditor_id('seg bank');
DELETE FROM kobra.job_run WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.portfolio WHERE portfolio_id IN (500000, 500001);
DELETE FROM kobra.creditor WHERE name = 'seg bank';
