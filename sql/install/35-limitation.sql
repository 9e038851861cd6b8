-- limitation: until when a debt can be claimed

CREATE TABLE kobra.limitation_period (
	limitation_period_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT limitation_period_pk PRIMARY KEY,
	jurisdiction text NOT NULL,
	product text,
	years numeric NOT NULL CONSTRAINT limitation_period_years_range CHECK (years > 0 AND years <= 100),
	counts_from text NOT NULL CONSTRAINT limitation_period_counts_from CHECK (counts_from IN ('due_date', 'last_payment')),
	restarts_on_payment boolean NOT NULL,
	restarts_once boolean NOT NULL DEFAULT false,
	effective_from date NOT NULL DEFAULT '1900-01-01',
	enabled boolean NOT NULL DEFAULT true,
	confidence text NOT NULL CONSTRAINT limitation_period_confidence CHECK (confidence IN ('H', 'M', 'L')),
	legal_ref text NOT NULL,
	source_ref text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT limitation_period_unsure CHECK (limitation_period_id >= 1000 OR confidence <> 'L' OR NOT enabled)
);
CREATE INDEX limitation_period_jurisdiction_idx ON kobra.limitation_period (jurisdiction, product, limitation_period_id);
INSERT INTO kobra.limitation_period (limitation_period_id, jurisdiction, years, counts_from, restarts_on_payment, restarts_once,
		effective_from, confidence, legal_ref, source_ref, created_at, created_by) OVERRIDING SYSTEM VALUE VALUES
	(1, 'MX', 10, 'due_date', true, false, '1900-01-01', 'M', 'Código de Comercio, arts. 1041, 1042 y 1047', 'https://www.diputados.gob.mx/LeyesBiblio/ref/ccom.htm', '2026-01-01 00:00+00', 'kobra'),
	(2, 'CO', 10, 'due_date', true, false, '2002-12-27', 'M', 'Código Civil, arts. 2536 (Ley 791 de 2002) y 2539: acción ordinaria', 'http://www.secretariasenado.gov.co/senado/basedoc/ley_0791_2002.html', '2026-01-01 00:00+00', 'kobra'),
	(3, 'CL', 5, 'due_date', true, false, '1900-01-01', 'H', 'Código Civil, arts. 2515 y 2518: acción ordinaria', 'https://www.bcn.cl/leychile/navegar?idNorma=172986', '2026-01-01 00:00+00', 'kobra'),
	(4, 'PE', 10, 'due_date', true, false, '1984-11-14', 'H', 'Código Civil, arts. 1996 y 2001, inc. 1', 'https://spij.minjus.gob.pe', '2026-01-01 00:00+00', 'kobra'),
	(5, 'BR', 5, 'due_date', true, true, '2003-01-11', 'H', 'Código Civil, arts. 202 e 206, § 5º, I', 'https://www.planalto.gov.br/ccivil_03/leis/2002/l10406compilada.htm', '2026-01-01 00:00+00', 'kobra'),
	(6, 'AR', 5, 'due_date', true, false, '2015-08-01', 'H', 'Código Civil y Comercial, arts. 2545 y 2560 (tarjetas de crédito: 3 años, Ley 25.065, art. 47)', 'https://servicios.infoleg.gob.ar/infolegInternet/verNorma.do?id=235975', '2026-01-01 00:00+00', 'kobra'),
	(7, 'ES', 5, 'due_date', true, false, '2015-10-07', 'H', 'Código Civil, arts. 1964.2 (Ley 42/2015) y 1973: derecho común (Cataluña tiene plazos propios)', 'https://www.boe.es/buscar/act.php?id=BOE-A-1889-4763', '2026-01-01 00:00+00', 'kobra'),
	(8, 'GB', 6, 'due_date', true, false, '1900-01-01', 'H', 'Limitation Act 1980, ss. 5, 29 and 30 (England and Wales)', 'https://www.legislation.gov.uk/ukpga/1980/58', '2026-01-01 00:00+00', 'kobra'),
	(9, 'GB-SCT', 5, 'due_date', true, false, '1900-01-01', 'H', 'Prescription and Limitation (Scotland) Act 1973, ss. 6 and 10', 'https://www.legislation.gov.uk/ukpga/1973/52', '2026-01-01 00:00+00', 'kobra'),
	(10, 'IE', 6, 'due_date', true, false, '1900-01-01', 'H', 'Statute of Limitations 1957, ss. 11, 56 and 65', 'https://www.irishstatutebook.ie/eli/1957/act/6/', '2026-01-01 00:00+00', 'kobra'),
	(11, 'US-NY', 3, 'due_date', false, false, '2022-04-07', 'H', 'CPLR § 214-i: consumer credit', 'https://www.nysenate.gov/legislation/laws/CVP/214-I', '2026-01-01 00:00+00', 'kobra'),
	(12, 'US-TX', 4, 'due_date', false, false, '1900-01-01', 'M', 'Civil Practice and Remedies Code § 16.004; Finance Code § 392.307', 'https://statutes.capitol.texas.gov/Docs/CP/htm/CP.16.htm', '2026-01-01 00:00+00', 'kobra');
INSERT INTO kobra.limitation_period (limitation_period_id, jurisdiction, years, counts_from, restarts_on_payment, enabled,
		confidence, legal_ref, created_at, created_by) OVERRIDING SYSTEM VALUE VALUES
	(13, 'US-CA', 4, 'last_payment', true, false, 'L', 'Code of Civil Procedure §§ 337 and 360', '2026-01-01 00:00+00', 'kobra'),
	(14, 'US-FL', 5, 'last_payment', true, false, 'L', 'Florida Statutes §§ 95.051 and 95.11: written instrument', '2026-01-01 00:00+00', 'kobra');
SELECT pg_catalog.pg_extension_config_dump('kobra.limitation_period', 'WHERE limitation_period_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.limitation_period_limitation_period_id_seq', '');
COMMENT ON TABLE kobra.limitation_period IS
'How long debts can be claimed, by jurisdiction and product: general periods of contractual debts, not legal advice. Built-in rows have ids below 1,000; those of low confidence ship disabled. The latest row of a jurisdiction and product that is effective by the day asked about holds, so one is changed, or switched off, by put_limitation_period, which inserts a row.';
COMMENT ON COLUMN kobra.limitation_period.limitation_period_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.limitation_period.jurisdiction IS 'ISO 3166 country, or country-subdivision, which goes before its country.';
COMMENT ON COLUMN kobra.limitation_period.product IS 'Product code it holds for, before the general one; NULL: any.';
COMMENT ON COLUMN kobra.limitation_period.years IS 'Calendar years; fractions count as whole months.';
COMMENT ON COLUMN kobra.limitation_period.counts_from IS 'What it counts from: due_date, the due date of the oldest unpaid item; last_payment, the last payment or acknowledgement until then, or else that due date.';
COMMENT ON COLUMN kobra.limitation_period.restarts_on_payment IS 'Whether a later payment or acknowledgement, made before it is over, begins it anew.';
COMMENT ON COLUMN kobra.limitation_period.restarts_once IS 'Whether only the first of them does.';
COMMENT ON COLUMN kobra.limitation_period.effective_from IS 'First day on which it is the law.';
COMMENT ON COLUMN kobra.limitation_period.enabled IS 'Whether it is used.';
COMMENT ON COLUMN kobra.limitation_period.confidence IS 'How sure the row is: H high, M medium, L low.';
COMMENT ON COLUMN kobra.limitation_period.legal_ref IS 'The law and its articles.';
COMMENT ON COLUMN kobra.limitation_period.source_ref IS 'Where the text is published.';
COMMENT ON COLUMN kobra.limitation_period.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.limitation_period.created_by IS 'Who made it.';

CREATE TABLE kobra.acknowledgement (
	debtor_id bigint NOT NULL,
	acknowledgement_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	account_id bigint NOT NULL,
	portfolio_id bigint NOT NULL,
	agency_id bigint,
	team_id bigint,
	acknowledged_on date NOT NULL,
	evidence text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT acknowledgement_pk PRIMARY KEY (debtor_id, acknowledgement_id),
	CONSTRAINT acknowledgement_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account
);
SELECT pg_catalog.pg_extension_config_dump('kobra.acknowledgement', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.acknowledgement_acknowledgement_id_seq', '');
COMMENT ON TABLE kobra.acknowledgement IS
'Acts other than payments by which a limitation period begins anew: the debtor''s acknowledgement, and what the law puts beside it, such as a claim in court. Only grows.';
COMMENT ON COLUMN kobra.acknowledgement.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.acknowledgement.acknowledgement_id IS 'Identifier.';
COMMENT ON COLUMN kobra.acknowledgement.account_id IS 'The account.';
COMMENT ON COLUMN kobra.acknowledgement.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.acknowledgement.agency_id IS 'The agency it is placed with; NULL for none. Kept by put_placement, for row security.';
COMMENT ON COLUMN kobra.acknowledgement.team_id IS 'The team it is placed with or assigned to; NULL for none. Kept likewise.';
COMMENT ON COLUMN kobra.acknowledgement.acknowledged_on IS 'Day of the act.';
COMMENT ON COLUMN kobra.acknowledgement.evidence IS 'What proves it: a letter, a recording, a case number.';
COMMENT ON COLUMN kobra.acknowledgement.created_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.acknowledgement.created_by IS 'Who recorded it.';

CREATE FUNCTION kobra.account_activity_at(as_of date)
	RETURNS TABLE (debtor_id bigint, account_id bigint, portfolio_id bigint, on_date date, basis text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT m.debtor_id, m.account_id, m.portfolio_id, m.paid_on, 'payment'
	  FROM kobra.payment m
	 WHERE m.amount > 0 AND m.paid_on <= account_activity_at.as_of
	   AND NOT EXISTS (
		SELECT FROM kobra.payment r
		 WHERE r.debtor_id = m.debtor_id AND r.reverses_id = m.payment_id AND r.paid_on <= account_activity_at.as_of)
	UNION ALL
	SELECT k.debtor_id, k.account_id, k.portfolio_id, k.acknowledged_on, 'acknowledgement'
	  FROM kobra.acknowledgement k
	 WHERE k.acknowledged_on <= account_activity_at.as_of;
END;
COMMENT ON FUNCTION kobra.account_activity_at(date) IS
'Payments not reversed and acknowledgements by the end of a day: what may begin a limitation period anew. account_id is NULL for a payment to all of a debtor''s accounts in the portfolio.';

CREATE FUNCTION kobra.account_limitation_at(as_of date)
	RETURNS TABLE (debtor_id bigint, account_id bigint, portfolio_id bigint, amount_owed numeric, limitation_date date,
		counted_from date, basis text, limitation_period_id bigint, years numeric, legal_ref text, confidence text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT a.debtor_id, a.account_id, a.portfolio_id, i.owed, e.ends_on, e.on_date, e.basis,
		l.limitation_period_id, l.years, l.legal_ref, l.confidence
	  FROM kobra.account a
	  JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id
	  JOIN kobra.debtor d ON d.debtor_id = a.debtor_id
	 CROSS JOIN LATERAL (SELECT coalesce(d.jurisdiction, p.jurisdiction) AS jurisdiction) j
	 CROSS JOIN LATERAL (
		SELECT x.* FROM (
			SELECT DISTINCT ON (y.jurisdiction, y.product) y.*
			  FROM kobra.limitation_period y
			 WHERE y.jurisdiction IN (j.jurisdiction, split_part(j.jurisdiction, '-', 1))
			   AND (y.product IS NULL OR y.product = a.product)
			   AND y.effective_from <= account_limitation_at.as_of
			 ORDER BY y.jurisdiction, y.product, y.limitation_period_id DESC) x
		 WHERE x.enabled
		 ORDER BY length(x.jurisdiction) DESC, x.product NULLS LAST LIMIT 1) l
	 CROSS JOIN LATERAL (
		SELECT min(t.due_on) AS due_on, sum(t.balance) AS owed
		  FROM kobra.items_at(account_limitation_at.as_of) t
		 WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id AND t.balance > 0) i
	 CROSS JOIN LATERAL (
		-- the first end that nothing came before: what comes after the end revives nothing
		SELECT s.on_date, s.basis, s.ends_on FROM (
			SELECT v.on_date, v.basis,
				(v.on_date + make_interval(months => round(l.years * 12)::integer))::date AS ends_on,
				lead(v.on_date) OVER (ORDER BY v.on_date, v.place) AS next_on
			  FROM (
				(SELECT f.on_date, f.basis, 1 AS place FROM (
					SELECT i.due_on AS on_date, 'due_date' AS basis
					UNION ALL
					SELECT h.on_date, h.basis FROM kobra.account_activity_at(account_limitation_at.as_of) h
					 WHERE h.debtor_id = a.debtor_id AND h.portfolio_id = a.portfolio_id
					   AND (h.account_id = a.account_id OR h.account_id IS NULL)
					   AND l.counts_from = 'last_payment' AND h.on_date < i.due_on) f
				 ORDER BY f.basis = 'due_date', f.on_date DESC LIMIT 1)
				UNION ALL
				(SELECT h.on_date, h.basis, 2 FROM kobra.account_activity_at(account_limitation_at.as_of) h
				  WHERE h.debtor_id = a.debtor_id AND h.portfolio_id = a.portfolio_id
				    AND (h.account_id = a.account_id OR h.account_id IS NULL)
				    AND l.restarts_on_payment AND h.on_date >= i.due_on
				  ORDER BY h.on_date LIMIT CASE WHEN l.restarts_once THEN 1 END)) v) s
		 WHERE s.next_on IS NULL OR s.next_on > s.ends_on
		 ORDER BY s.on_date, s.ends_on LIMIT 1) e
	 WHERE i.due_on IS NOT NULL;
END;
COMMENT ON FUNCTION kobra.account_limitation_at(date) IS
'Until when what is owed on each account can be claimed, as known at the end of a day: the last day of the period in force in the debtor''s jurisdiction, or else the portfolio''s. It counts in calendar years from what the period says; a period that began on 29 February ends on the 28th in a year without one. basis: due_date, payment or acknowledgement, whichever it was last counted from, on the day counted_from. What comes after the period is over does not revive it. No row for accounts with nothing owed, or whose jurisdiction has no period. Filter by portfolio_id or debtor_id.';

CREATE FUNCTION kobra.limitation_date(debtor_id bigint, account_id bigint, as_of date DEFAULT current_date)
	RETURNS TABLE (limitation_date date, counted_from date, basis text, years numeric, legal_ref text, confidence text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT l.limitation_date, l.counted_from, l.basis, l.years, l.legal_ref, l.confidence
	  FROM kobra.account_limitation_at(limitation_date.as_of) l
	 WHERE l.debtor_id = limitation_date.debtor_id AND l.account_id = limitation_date.account_id;
END;
COMMENT ON FUNCTION kobra.limitation_date(bigint, bigint, date) IS
'The last day on which what is owed on an account can be claimed, what it was counted from, and by which law: see account_limitation_at. No row when nothing is owed or no period is known.';

CREATE FUNCTION kobra.statute_barred(portfolio text, as_of date DEFAULT current_date, within_days integer DEFAULT 0)
	RETURNS TABLE (debtor_id bigint, account_id bigint, account text, limitation_date date, days_left integer,
		amount_owed numeric, counted_from date, basis text, legal_ref text, confidence text, held boolean)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
	SELECT l.debtor_id, l.account_id, a.external_id, l.limitation_date, l.limitation_date - statute_barred.as_of,
		l.amount_owed, l.counted_from, l.basis, l.legal_ref, l.confidence,
		EXISTS (
			SELECT FROM kobra.holds_at(statute_barred.as_of) h
			 WHERE h.debtor_id = l.debtor_id AND h.kind = 'statute_barred'
			   AND (h.account_id = l.account_id OR h.account_id IS NULL))
	  FROM kobra.account_limitation_at(statute_barred.as_of) l
	  JOIN kobra.account a ON a.debtor_id = l.debtor_id AND a.account_id = l.account_id
	 WHERE l.portfolio_id = (SELECT kobra.portfolio_id(statute_barred.portfolio))
	   AND l.limitation_date < statute_barred.as_of + statute_barred.within_days
	 ORDER BY l.limitation_date, l.debtor_id, l.account_id;
END;
COMMENT ON FUNCTION kobra.statute_barred(text, date, integer) IS
'The accounts of a portfolio whose debt is statute-barred on a day, or will be within so many days, soonest first. days_left: days until the last day, negative once it is past. held: whether a statute_barred hold is in force. Error: KB101 unknown portfolio.';

CREATE FUNCTION kobra.hold_statute_barred(portfolio text, as_of date DEFAULT CURRENT_DATE) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_hold_statute_barred' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.hold_statute_barred(text, date) IS
'Places a statute_barred hold on every account of a portfolio whose debt is barred on the day and that has none, from the first day it was barred; returns how many. A hold that somebody released is not placed again for the same day. Errors: KB106 the day is infinite or later than tomorrow, KB101 unknown portfolio, KB007 no portfolio, KB001 not authorized.';

CREATE FUNCTION kobra.put_limitation_period(jurisdiction text, years numeric, product text DEFAULT NULL,
		counts_from text DEFAULT 'due_date', restarts_on_payment boolean DEFAULT true, restarts_once boolean DEFAULT false,
		legal_ref text DEFAULT NULL, source_ref text DEFAULT NULL, confidence text DEFAULT 'H',
		effective_from date DEFAULT '1900-01-01', enabled boolean DEFAULT true) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_limitation_period' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_limitation_period(text, numeric, text, text, boolean, boolean, text, text, text, date, boolean) IS
'Says how long debts of a jurisdiction, and of a product, can be claimed, and returns the id of the row; it takes the place of what was said before, built-in rows included. enabled false: no period for this jurisdiction and product. Errors: KB007 an argument missing, blank or out of range, KB001 not authorized.';

CREATE FUNCTION kobra.acknowledge_debt(debtor text, account text, acknowledged_on date, evidence text, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_acknowledge_debt' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.acknowledge_debt(text, text, date, text, text) IS
'Records that the debt of an account was acknowledged, or claimed in a way that the law puts beside it, and returns the id of the row; recorded again with the same day and evidence it changes nothing. Errors: KB106 the day is infinite or later than tomorrow, KB008 unknown debtor, KB101 unknown portfolio or account, KB103 ambiguous debtor or account, KB007 an argument missing or blank, KB001 not authorized.';
