-- Whose unidentified money may be: each kind of evidence, and their order.
\set VERBOSITY terse
SET datestyle = 'ISO';
SELECT kobra.create_creditor('sug') > 0 AS made;
SELECT kobra.create_creditor('sug-2') > 0 AS made;
SELECT kobra.create_portfolio('sug-mx', 'sug', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('sug-2-mx', 'sug-2', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE sug_items (debtor text, name text, tax text, phone text, email text, account text, item text, due text, amount text);
INSERT INTO sug_items VALUES
	('70001', 'José María Peña López', 'PELJ-800101-AB1', '55 1234 5678', 'pena@example.com', 'K-70001', 'a', '2024-01-01', '100'),
	('70001', NULL, NULL, NULL, NULL, 'K-70001', 'b', '2024-06-01', '300'),
	('70002', 'Ana Peña López', 'PELA900101AB2', '55 8765 4321', 'ana@example.com', 'K-70002', 'a', '2024-01-01', '250'),
	('70003', 'LOPEZ PEÑA JOSE MARIA', NULL, NULL, NULL, 'K-70003', 'a', '2024-01-01', '75.5'),
	('12', 'Short Number', NULL, NULL, NULL, '7', 'a', '2024-01-01', '1');
CALL kobra.import_portfolio('sug_items', 'sug-mx', '{"columns": {"debtor": "debtor", "name": "name", "tax_id": "tax", "phone": "phone",
	"email": "email", "account": "account", "item": "item", "due_on": "due", "amount": "amount"}}');
CALL kobra.import_portfolio('sug_items', 'sug-2-mx', '{"columns": {"debtor": "debtor", "name": "name", "tax_id": "tax", "phone": "phone",
	"email": "email", "account": "account", "item": "item", "due_on": "due", "amount": "amount"}}');
DROP TABLE sug_items;

-- one kind of evidence a row; the other creditor's customers are never named
SELECT kobra.record_unidentified_payment('sug-mx', x.id, x.amount, 'MXN', '2024-03-01', x.payer, x.tax, x.account, x.reference) > 0 AS recorded
  FROM (VALUES ('tax id', 9.99, NULL, 'pelj800101ab1', NULL, NULL),
	('tax id in the reference', 9.99, NULL, NULL, NULL, 'pago de PELA900101AB2.'),
	('customer', 9.99, NULL, NULL, NULL, 'cliente 70002, marzo'),
	('short numbers say nothing', 9.99, NULL, NULL, NULL, '12 7 99'),
	('contract', 9.99, NULL, NULL, NULL, '(K-70003)'),
	('phone', 9.99, NULL, NULL, NULL, 'tel +52 55 1234-5678'),
	('email', 9.99, NULL, NULL, NULL, 'ANA@example.com'),
	('name', 9.99, 'maria jose PENA lopez', NULL, NULL, NULL),
	('part of a name', 9.99, 'PEÑA LOPEZ', NULL, NULL, NULL),
	('one word', 9.99, 'Peña', NULL, NULL, NULL),
	('name and item', 75.50, 'Peña López', NULL, NULL, NULL),
	('name and overdue', 100, 'Jose Maria Peña Lopez', NULL, NULL, NULL),
	('name and all', 400, 'Jose Maria Peña Lopez', NULL, NULL, NULL),
	('an amount alone', 75.50, NULL, NULL, NULL, NULL),
	('an account nobody knows', 9.99, NULL, NULL, '0721-1', NULL),
	('marks', 9.99, E'\'\\ & | ! ( ) %', E'\'', '''', E'%_\\'' OR 1=1; -- ((((('),
	('long', 9.99, repeat('x ', 500), repeat('1', 1000), NULL, repeat('1 2 ', 250)),
	('nothing', 9.99, NULL, NULL, NULL, NULL)) x (id, amount, payer, tax, account, reference);
SELECT u.external_id, s.rank, r.external_id AS debtor, a.external_id AS account, s.score, s.evidence
  FROM kobra.unidentified_payment u JOIN kobra.portfolio p USING (portfolio_id)
  LEFT JOIN LATERAL kobra.payment_suggestions(u.unidentified_payment_id) s ON true
  LEFT JOIN kobra.debtor_ref r ON r.debtor_id = s.debtor_id LEFT JOIN kobra.account a ON (a.debtor_id, a.account_id) = (s.debtor_id, s.account_id)
 WHERE p.name = 'sug-mx' ORDER BY u.unidentified_payment_id, s.rank;

-- what people assign teaches; what they take back, or what bounced, does not
CREATE TEMP VIEW known AS SELECT r.external_id AS debtor, s.score, s.evidence FROM kobra.unidentified_payment u
 CROSS JOIN LATERAL kobra.payment_suggestions(u.unidentified_payment_id) s JOIN kobra.debtor_ref r ON r.debtor_id = s.debtor_id
 WHERE u.external_id = 'an account nobody knows' ORDER BY s.rank;
SELECT kobra.record_unidentified_payment('sug-mx', 'l' || n, n, 'MXN', ('2024-03-0' || n)::date, NULL, NULL, '0721-1') > 0 AS recorded FROM generate_series(1, 3) n;
SELECT kobra.assign_payment(unidentified_payment_id, CASE external_id WHEN 'l1' THEN '70002' ELSE '70003' END) > 0 AS assigned
  FROM kobra.unidentified_payment WHERE external_id IN ('l1', 'l2', 'l3') ORDER BY external_id;
SELECT * FROM known;
SELECT kobra.unassign_payment(unidentified_payment_id, 'wrong') > 0 AS taken_back FROM kobra.unidentified_payment WHERE external_id = 'l1';
SELECT kobra.reverse_payment('70003', 'l2', 'bounced', '2024-03-05', 'sug-mx') > 0 AS reversed;
SELECT * FROM known;

-- n of them; none; nobody
SELECT count(*) FROM kobra.unidentified_payment u, kobra.payment_suggestions(u.unidentified_payment_id, 2) WHERE u.external_id = 'part of a name';
SELECT count(*) FROM kobra.unidentified_payment u, kobra.payment_suggestions(u.unidentified_payment_id, -1) WHERE u.external_id = 'part of a name';
SELECT count(*) FROM kobra.payment_suggestions(1);
-- the list people work through
SELECT o.external_id, r.external_id AS debtor, o.score, o.evidence FROM kobra.open_unidentified_payment o JOIN kobra.portfolio p USING (portfolio_id)
  LEFT JOIN kobra.debtor_ref r ON r.debtor_id = o.debtor_id WHERE p.name = 'sug-mx' AND (o.score > 0.9 OR o.external_id = 'nothing') ORDER BY o.unidentified_payment_id;
-- evidence as sentences
SELECT l AS language, kobra.suggestion_reason(e, l) FROM unnest(ARRAY['es', 'pt', 'en']) l,
	unnest('{tax_id:PELA900101AB2,contract:K-70003,customer:70002,payer_account:2,email:ana@example.com,phone:+525512345678,name,amount_item:a:b,amount_overdue,amount_owed}'::text[]) WITH ORDINALITY e (e, n) ORDER BY l, n;
SELECT count(*) AS unsaid FROM kobra.unidentified_payment u, kobra.payment_suggestions(u.unidentified_payment_id) s, unnest(s.evidence) e
 WHERE kobra.suggestion_reason(e) IS NULL;
SELECT kobra.suggestion_reason(NULL) IS NULL AS nothing;
SELECT kobra.suggestion_reason('luck:7');
SELECT kobra.suggestion_reason('name:x');
SELECT kobra.suggestion_reason('name', 'fr');
