-- The rules that ship, each at both sides of every boundary.  The answers are
-- written out by hand; what is printed is where contact_permitted() says otherwise.
\set VERBOSITY terse
SET datestyle = 'ISO';
SET timezone = 'UTC';

-- What a row may say.
SELECT rule_id FROM kobra.contact_rule r
 WHERE rule_id < 1000 AND (source_ref IS NULL OR NOT label ?& '{es,pt,en}' OR (SELECT count(*) FROM jsonb_each_text(label) l WHERE l.value ~ '\.$') <> 3
	OR split_part(jurisdiction, '-', 1) <> rule_set OR (kind = 'window') <> EXISTS (SELECT FROM kobra.rule_window w WHERE w.rule_id = r.rule_id)
	OR (kind = 'content') <> (requires IS NOT NULL) OR (kind IN ('retention', 'complaint_sla')) <> (retention IS NOT NULL)
	OR (kind IN ('cap', 'channel_mix')) <> (max_count IS NOT NULL AND window_type IS NOT NULL)
	OR (window_type IS NOT DISTINCT FROM 'rolling') <> (window_length IS NOT NULL)
	OR (kind IN ('gap', 'cooldown')) <> (min_gap_days IS NOT NULL AND gap_basis IS NOT NULL)
	OR (kind IN ('cap', 'gap', 'channel_mix')) <> (count_basis IS NOT NULL) OR (kind IN ('cooldown', 'channel_mix')) <> (trigger_stage IS NOT NULL)
	OR (confidence = 'L') = enabled OR (lower(valid) IS NULL) <> (rule_set = 'ES' OR proposed)
	OR NOT coalesce(channels, '{}') <@ (SELECT array_agg(channel) FROM kobra.channel)
	OR NOT coalesce(party_roles, '{}') <@ (SELECT array_agg(role) FROM kobra.party_role));
-- The words of content rules: those of doc/contact.md.
SELECT rule_id, k.key FROM kobra.contact_rule, jsonb_object_keys(requires) k (key)
 WHERE rule_id < 1000 AND k.key <> ALL ('{when,message,must_not,may,written,within_days}');
SELECT rule_id, w.word
  FROM kobra.contact_content_rule, unnest(message || must_not || may || said_when) w (word)
 WHERE rule_id < 1000 AND w.word <> ALL ('{first,each,first_visit,placement,agreement,
	adequate_notice,agency,agency_address,agency_phone,agent,alternatives,amount,attempt_to_collect,authority,complaints_unit,computed_on,
	conditions,contract,debt_collector,discount_breakdown,dispute_rights,intended_outcome,itemization,lender,opt_out,payee,purpose,responsible,terms,
	authority_name,court_papers,direct_payment,disturbance,elderly,false_statement,hidden_number,minor,poster,premium_number,public_list,
	reason_for_default,ridicule,threat}');
SELECT jurisdiction, count(*) AS rules, sum(cardinality(message)) AS say, sum(cardinality(must_not)) AS do_not
  FROM kobra.contact_content_rule WHERE rule_id < 1000 AND in_force @> timestamptz '2027-03-01' GROUP BY 1 ORDER BY 1;
SELECT rule_id FROM kobra.contact_content_rule WHERE rule_id < 1000 AND rule_set = 'AR' AND in_force @> timestamptz '2010-01-01';

-- The countries.  1 to 7 March 2027 is Monday to Sunday, without holidays; 1 May is
-- a Saturday.  Nothing of it stays.
BEGIN;
SELECT kobra.create_creditor('rule bank') > 0 AS made;
CREATE TEMP TABLE place (jurisdiction text PRIMARY KEY, zone text);
INSERT INTO place VALUES
	('MX', 'America/Mexico_City'), ('CO', 'America/Bogota'), ('CL', 'America/Santiago'), ('PE', 'America/Lima'),
	('BR-SP', 'America/Sao_Paulo'), ('BR-RJ', 'America/Sao_Paulo'), ('BR-ES', 'America/Sao_Paulo'), ('BR-AM', 'America/Manaus'),
	('BR-AL', 'America/Maceio'), ('BR-MG', 'America/Sao_Paulo'), ('AR', 'America/Argentina/Buenos_Aires'),
	('AR-C', 'America/Argentina/Buenos_Aires'), ('ES', 'Europe/Madrid'), ('US', 'America/New_York'), ('GB', 'Europe/London'), ('IE', 'Europe/Dublin');
SELECT kobra.put_agent('rule dialler', kind => 'system') > 0 AS made;
SELECT count(kobra.create_portfolio('rules ' || jurisdiction, 'rule bank', 'USD', jurisdiction, zone)) AS made FROM place;

CREATE FUNCTION pg_temp.at(zone text, day text, clock text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
	SELECT (CASE WHEN length(day) = 5 THEN '2027-' || day ELSE day END || ' ' || clock)::timestamp AT TIME ZONE zone $$;
-- a debtor with an account of each product, the first of them "about 1"
CREATE FUNCTION pg_temp.debtor(name text, jurisdiction text, products text) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO kobra.debtor_ref (creditor_id, external_id) SELECT kobra.creditor_id('rule bank'), debtor.name;
	INSERT INTO kobra.debtor (debtor_id, creditor_id, zone)
	SELECT r.debtor_id, r.creditor_id, p.zone FROM kobra.debtor_ref r, place p
	 WHERE r.creditor_id = kobra.creditor_id('rule bank') AND r.external_id = debtor.name AND p.jurisdiction = debtor.jurisdiction;
	INSERT INTO kobra.account (debtor_id, portfolio_id, external_id, product)
	SELECT r.debtor_id, kobra.portfolio_id('rules ' || debtor.jurisdiction), o.n::text, o.product
	  FROM kobra.debtor_ref r, unnest(string_to_array(products, ' ')) WITH ORDINALITY o (product, n)
	 WHERE r.creditor_id = kobra.creditor_id('rule bank') AND r.external_id = debtor.name;
	SELECT r.debtor_id FROM kobra.debtor_ref r WHERE r.creditor_id = kobra.creditor_id('rule bank') AND r.external_id = debtor.name $$;

-- Hours: on these days these channels are open from the first second to the one
-- before the last, and else a rule refuses them; no hours: on no second of the day;
-- no rule: at any time.
CREATE TEMP TABLE hours_case (jurisdiction text, rule_id bigint, channels text, days text, opens time, closes time);
INSERT INTO hours_case VALUES
	('MX', 1, 'phone visit', '03-01 03-05 03-06 03-07 05-01 09-16', '07:00', '22:00'),
	('MX', 2, 'sms whatsapp telegram email push', '03-01 03-05 03-06 03-07 05-01 09-16', '07:00', '22:00'),
	('MX', NULL, 'letter', '03-01 03-06 03-07 05-01 09-16', NULL, NULL),
	('CO', 50, 'phone sms whatsapp telegram email letter push', '03-01 03-02 03-03 03-04 03-05', '07:00', '19:00'),
	('CO', 50, 'phone sms whatsapp telegram email letter push', '03-06', '08:00', '15:00'),
	('CO', 50, 'phone sms whatsapp telegram email letter push', '03-07 05-01 07-20', NULL, NULL),
	('CL', 100, 'phone visit', '03-01 03-02 03-03 03-04 03-05 03-06', '08:00', '20:00'),
	('CL', 100, 'phone visit', '03-07 05-01 05-21', NULL, NULL),
	('CL', 101, 'sms whatsapp telegram email push', '03-01 03-05 03-06', '08:00', '20:00'),
	('CL', 101, 'sms whatsapp telegram email push', '03-07 05-01 05-21', NULL, NULL),
	('CL', NULL, 'letter', '03-01 03-06 03-07 05-01 05-21', NULL, NULL),
	('PE', 150, 'phone visit', '03-01 03-02 03-03 03-04 03-05', '07:00', '20:00'),
	('PE', 150, 'phone visit', '03-06 03-07 05-01 07-28', NULL, NULL),
	('PE', NULL, 'sms whatsapp telegram email letter push', '03-01 03-06 03-07 07-28', NULL, NULL),
	('BR-SP', 201, 'phone', '03-01 03-02 03-03 03-04 03-05', '08:00', '20:00'),
	('BR-SP', 201, 'phone', '03-06', '08:00', '14:00'),
	('BR-SP', 201, 'phone', '03-07 05-01 09-07', NULL, NULL),
	('BR-SP', NULL, 'sms whatsapp telegram email letter visit push', '03-01 03-07 09-07', NULL, NULL),
	('BR-RJ', 202, 'phone', '03-01 03-05', '09:00', '19:00'),
	('BR-RJ', 202, 'phone', '03-06 03-07 05-01 09-07', NULL, NULL),
	('BR-RJ', NULL, 'sms visit', '03-01 03-07 09-07', NULL, NULL),
	('BR-ES', 203, 'phone', '03-01 03-05', '08:00', '19:00'),
	('BR-ES', 203, 'phone', '03-06 03-07 05-01 09-07', NULL, NULL),
	('BR-ES', NULL, 'sms visit', '03-01 03-07 09-07', NULL, NULL),
	('BR-AM', 204, 'phone', '03-01 03-05', '08:00', '19:00'),
	('BR-AM', 204, 'phone', '03-06 03-07 05-01 09-07', NULL, NULL),
	('BR-AM', NULL, 'sms visit', '03-01 03-07 09-07', NULL, NULL),
	('BR-AL', 205, 'phone sms', '03-01 03-05', '08:00', '20:00'),
	('BR-AL', 205, 'phone sms', '03-06', '08:00', '14:00'),
	('BR-AL', 205, 'phone sms', '03-07 05-01 09-07', NULL, NULL),
	('BR-AL', NULL, 'whatsapp email visit', '03-01 03-07 09-07', NULL, NULL),
	('BR-MG', NULL, 'phone sms visit', '03-01 03-07 09-07', NULL, NULL),
	('AR', NULL, 'phone sms visit', '03-01 03-06 03-07 05-25', NULL, NULL),
	('AR-C', NULL, 'phone sms visit', '03-01 03-06 03-07 05-25', NULL, NULL),
	('ES', NULL, 'phone sms visit', '03-01 03-06 03-07 12-08', NULL, NULL),
	('US', 350, 'phone sms whatsapp telegram email letter visit push', '03-01 03-05 03-06 03-07 03-14 07-05', '08:00', '21:00'),
	('GB', NULL, 'phone sms visit', '03-01 03-06 03-07 05-03', NULL, NULL),
	('IE', 450, 'phone visit', '03-01 03-02 03-03 03-04 03-05 03-06', '09:00', '21:00'),
	('IE', 450, 'phone visit', '03-07 03-17 12-25', NULL, NULL),
	('IE', NULL, 'sms whatsapp telegram email letter push', '03-01 03-07 03-17 12-25', NULL, NULL);

-- Who is asked about, as what, where, about which account and by whom; what the
-- debtor consented to; the contacts there were; and the answer.
CREATE TEMP TABLE contact_case (n integer GENERATED ALWAYS AS IDENTITY, jurisdiction text, products text, question text, consents text, history text, answer text);
INSERT INTO contact_case (jurisdiction, products, question, consents, history, answer) VALUES
	-- Mexico: third parties; what is not collection
	('MX', 'loan', 'phone 03-01 10:00', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 10:00 as debtor', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 10:00 as co_debtor', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 10:00 as lawyer', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block 4'),
	('MX', 'loan', 'phone 03-01 10:00 as employer', '', '', 'block 4'),
	('MX', 'loan', 'sms 03-01 10:00 as reference', 'sms', '', 'block 4'),
	('MX', 'loan', 'letter 03-01 10:00 as employer', '', '', 'block 4'),
	('MX', 'loan', 'visit 03-01 22:00 as guarantor', '', '', 'block 1'),
	('MX', 'loan', 'phone 03-01 22:00 as reference', '', '', 'block 1 4'),
	('MX', 'loan', 'phone 03-01 22:00', 'phone 22:00-23:00', '', 'block 1'),
	('MX', 'loan', 'phone 03-01 10:00', '', 'phone 03-01 08:00 answered; phone 03-01 09:00 conversation; sms 03-01 09:00 attempt', 'ok'),
	('MX', 'loan', 'phone 03-01 06:59:59 for preventive', '', '', 'block 1'),
	('MX', 'loan', 'phone 03-01 03:00 for confirmation', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 03:00 for information_requested', '', '', 'ok'),
	('MX', 'loan', 'phone 03-01 03:00 for fraud', '', '', 'ok'),
	('MX', 'loan', 'phone 2014-10-07 23:59:59', '', '', 'ok'),
	('MX', 'loan', 'phone 2014-10-08 00:00', '', '', 'block 1'),
	-- Colombia: consent, by channel and while it holds
	('CO', 'loan', 'phone 03-01 10:00', '', '', 'block 54'),
	('CO', 'loan', 'phone 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone', '', 'ok'),
	('CO', 'loan', 'sms 03-01 10:00', 'phone', '', 'block 54'),
	('CO', 'loan', 'sms 03-01 10:00', 'phone; sms', '', 'ok'),
	('CO', 'loan', 'whatsapp 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'telegram 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'email 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'letter 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'push 03-01 10:00', 'sms', '', 'block 54'),
	('CO', 'loan', 'phone 03-01 09:59:59', 'phone until 03-01 10:00', '', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone until 03-01 10:00', '', 'block 54'),
	('CO', 'loan', 'phone 03-01 03:00 for fraud', '', '', 'ok'),
	('CO', 'loan', 'phone 03-01 03:00 for preventive', 'phone', '', 'block 50'),
	('CO', 'loan', 'phone 2023-10-09 23:59:59', '', '', 'ok'),
	('CO', 'loan', 'phone 2023-10-10 00:00', '', '', 'block 50 54'),
	-- other hours, by the debtor's own word
	('CO', 'loan', 'phone 03-01 19:00', 'phone; phone 19:00-21:00', '', 'ok'),
	('CO', 'loan', 'phone 03-01 20:59:59', 'phone; phone 19:00-21:00', '', 'ok'),
	('CO', 'loan', 'phone 03-01 21:00', 'phone; phone 19:00-21:00', '', 'block 50'),
	('CO', 'loan', 'phone 03-07 19:00', 'phone; phone 19:00-21:00', '', 'ok'),
	('CO', 'loan', 'phone 03-01 20:00', 'phone; sms; sms 19:00-21:00', '', 'block 50'),
	('CO', 'loan', 'phone 03-07 10:00 as guarantor', 'phone', '', 'block 50'),
	-- once a day
	('CO', 'loan', 'phone 03-01 18:59:59', 'phone', 'phone 03-01 07:00 attempt', 'block 51'),
	('CO', 'loan', 'phone 03-02 07:00', 'phone', 'phone 03-01 18:59:59 attempt', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone; sms', 'sms 03-01 08:00 attempt', 'block 51'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone', 'phone 03-01 08:00 attempt inbound', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone', 'phone 03-01 08:00 released', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone', 'phone 03-01 08:00 reserved', 'block 51'),
	('CO', 'loan', 'phone 03-01 10:00', 'phone', 'phone 03-01 08:00 answered for confirmation', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00 for preventive', 'phone', 'phone 03-01 08:00 attempt', 'block 51'),
	('CO', 'loan card', 'phone 03-01 10:00 about 1', 'phone', 'phone 03-01 08:00 attempt about 2', 'block 51'),
	-- one channel in the week of a direct contact, from it on
	('CO', 'loan', 'sms 03-02 10:00', 'phone; sms', 'phone 03-01 08:00 right_party', 'block 53'),
	('CO', 'loan', 'sms 03-06 14:59:59', 'phone; sms', 'phone 03-01 08:00 conversation', 'block 53'),
	('CO', 'loan', 'sms 03-08 07:00', 'phone; sms', 'phone 03-01 08:00 right_party', 'ok'),
	('CO', 'loan', 'sms 03-01 10:00', 'phone; sms', 'phone 02-26 08:00 right_party', 'ok'),
	('CO', 'loan', 'sms 03-08 10:00', 'phone; sms', 'phone 03-07 10:00 right_party', 'ok'),
	('CO', 'loan', 'phone 03-02 10:00', 'phone; sms', 'phone 03-01 08:00 right_party', 'ok'),
	('CO', 'loan', 'sms 03-02 10:00', 'phone; sms', 'phone 03-01 08:00 answered', 'ok'),
	('CO', 'loan', 'sms 03-02 10:00', 'phone; sms', 'phone 03-01 08:00 conversation inbound', 'block 53'),
	('CO', 'loan', 'phone 03-02 10:00', 'phone; sms', 'phone 03-01 08:00 conversation inbound', 'ok'),
	('CO', 'loan', 'phone 03-03 10:00', 'phone; sms', 'sms 03-01 08:00 attempt; phone 03-02 08:00 right_party', 'ok'),
	('CO', 'loan', 'sms 03-03 10:00', 'phone; sms', 'sms 03-01 08:00 attempt; phone 03-02 08:00 right_party', 'block 53'),
	('CO', 'loan', 'sms 03-01 10:00', 'phone; sms', 'phone 03-01 08:00 right_party', 'block 51 53'),
	('CO', 'loan card', 'sms 03-02 10:00 about 1', 'phone; sms', 'phone 03-01 08:00 right_party about 2', 'block 53'),
	-- visits: the product and the authorisation, both
	('CO', 'loan', 'visit 03-01 10:00', '', '', 'block 54 55'),
	('CO', 'loan', 'visit 03-01 10:00', 'visit', '', 'block 55'),
	('CO', 'microcredit', 'visit 03-01 10:00', '', '', 'block 54 55'),
	('CO', 'microcredit', 'visit 03-01 10:00', 'phone', '', 'block 54 55'),
	('CO', 'microcredit', 'visit 03-01 10:00', 'visit', '', 'ok'),
	('CO', 'development', 'visit 03-01 10:00', 'visit', '', 'ok'),
	('CO', 'agro_rural', 'visit 03-01 10:00', 'visit', '', 'ok'),
	('CO', 'microcredit loan', 'visit 03-01 10:00 about 1', 'visit', '', 'ok'),
	('CO', 'microcredit loan', 'visit 03-01 10:00 about 2', 'visit', '', 'block 55'),
	('CO', 'microcredit loan', 'visit 03-01 10:00', 'visit', '', 'block 55'),
	('CO', 'microcredit', 'visit 03-01 06:59:59', 'visit', '', 'block 50'),
	('CO', 'microcredit', 'visit 03-01 18:59:59', 'visit', '', 'ok'),
	('CO', 'microcredit', 'visit 03-06 15:00', 'visit', '', 'block 50'),
	-- references
	('CO', 'loan', 'phone 03-01 10:00 as reference', 'phone', '', 'block 56'),
	('CO', 'loan', 'sms 03-01 10:00 as reference', 'sms', '', 'block 56'),
	('CO', 'loan', 'phone 03-01 10:00 as employer', 'phone', '', 'block'),
	('CO', 'loan', 'phone 03-01 10:00 as guarantor', 'phone', '', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00 as co_debtor', 'phone', '', 'ok'),
	('CO', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'block 54'),
	('CO', 'loan', 'phone 03-01 10:00 as lawyer', 'phone', '', 'ok'),
	-- Chile: one answered call or visit a week
	('CL', 'loan', 'phone 03-06 19:59:59', '', 'phone 03-01 08:00 answered', 'block 102'),
	('CL', 'loan', 'phone 03-08 08:00', '', 'phone 03-06 19:59:59 answered', 'ok'),
	('CL', 'loan', 'phone 03-01 08:00', '', 'phone 02-28 10:00 answered', 'ok'),
	('CL', 'loan', 'visit 03-02 10:00', '', 'phone 03-01 10:00 answered', 'block 102'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'visit 03-01 10:00 answered', 'block 102'),
	('CL', 'loan', 'visit 03-02 10:00', '', 'visit 03-01 10:00 right_party', 'block 102'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'phone 03-01 10:00 conversation', 'block 102'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'phone 03-01 10:00 attempt; phone 03-01 11:00 reached_number; visit 03-01 12:00 delivered', 'ok'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'phone 03-01 10:00 conversation inbound', 'ok'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'phone 03-01 10:00 reserved', 'block 102'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'sms 03-01 10:00 answered', 'ok'),
	('CL', 'loan card', 'phone 03-02 10:00 about 1', '', 'phone 03-01 10:00 answered about 2', 'block 102'),
	('CL', 'loan', 'phone 03-02 10:00 for confirmation', '', 'phone 03-01 10:00 answered', 'ok'),
	-- two messages a week, two days apart
	('CL', 'loan', 'whatsapp 03-03 08:00', '', 'sms 03-01 10:00 attempt', 'ok'),
	('CL', 'loan', 'letter 03-05 10:00', '', 'sms 03-01 10:00 attempt; email 03-03 10:00 attempt', 'block 104'),
	('CL', 'loan', 'letter 03-07 23:59:59', '', 'sms 03-01 10:00 attempt; email 03-03 10:00 attempt', 'block 104'),
	('CL', 'loan', 'letter 03-08 00:00', '', 'sms 03-01 10:00 attempt; email 03-03 10:00 attempt', 'ok'),
	('CL', 'loan', 'telegram 03-04 10:00', '', 'sms 03-01 10:00 attempt; email 03-03 10:00 attempt', 'block 104 105'),
	('CL', 'loan', 'sms 03-05 10:00', '', 'whatsapp 03-01 10:00 attempt; telegram 03-03 10:00 attempt', 'block 104'),
	('CL', 'loan', 'email 03-05 10:00', '', 'push 03-01 10:00 attempt; letter 03-03 10:00 attempt', 'block 104'),
	('CL', 'loan', 'push 03-05 10:00', '', 'sms 03-01 10:00 attempt; sms 03-03 10:00 attempt inbound', 'ok'),
	('CL', 'loan', 'whatsapp 03-05 10:00', '', 'sms 03-01 10:00 attempt; sms 03-03 10:00 attempt', 'block 104'),
	('CL', 'loan card', 'sms 03-05 10:00 about 1', '', 'sms 03-01 10:00 attempt about 2; sms 03-03 10:00 attempt about 2', 'block 104'),
	('CL', 'loan', 'push 03-01 11:00', '', 'sms 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan card', 'push 03-01 11:00 about 1', '', 'sms 03-01 10:00 attempt about 2', 'block 105'),
	('CL', 'loan', 'sms 03-02 19:59:59', '', 'sms 03-01 08:00 attempt', 'block 105'),
	('CL', 'loan', 'email 03-02 10:00', '', 'letter 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan', 'letter 03-02 10:00', '', 'whatsapp 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan', 'whatsapp 03-02 10:00', '', 'telegram 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan', 'telegram 03-02 10:00', '', 'push 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan', 'push 03-02 10:00', '', 'email 03-01 10:00 attempt', 'block 105'),
	('CL', 'loan', 'letter 03-02 23:59:59', '', 'sms 03-01 19:59:59 attempt', 'block 105'),
	('CL', 'loan', 'letter 03-03 00:00', '', 'sms 03-01 19:59:59 attempt', 'ok'),
	('CL', 'loan', 'sms 03-08 08:00', '', 'sms 03-06 19:59:59 attempt', 'ok'),
	('CL', 'loan', 'sms 03-08 10:00', '', 'letter 03-07 10:00 attempt', 'block 105'),
	('CL', 'loan', 'sms 03-02 10:00', '', 'phone 03-01 10:00 answered', 'ok'),
	('CL', 'loan', 'phone 03-02 10:00', '', 'sms 03-01 10:00 attempt', 'ok'),
	('CL', 'loan', 'sms 03-02 10:00', '', 'sms 03-01 10:00 conversation inbound', 'ok'),
	('CL', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('CL', 'loan', 'phone 03-01 10:00 as co_debtor', '', '', 'ok'),
	('CL', 'loan', 'phone 03-01 10:00 as lawyer', '', '', 'ok'),
	('CL', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block 106'),
	('CL', 'loan', 'email 03-01 10:00 as employer', '', '', 'block 106'),
	('CL', 'loan', 'phone 2021-04-19 23:59:59', '', '', 'ok'),
	('CL', 'loan', 'phone 2021-04-20 00:00', '', '', 'block 100'),
	-- Peru
	('PE', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('PE', 'loan', 'phone 03-01 10:00 as co_debtor', '', '', 'ok'),
	('PE', 'loan', 'phone 03-01 10:00 as lawyer', '', '', 'ok'),
	('PE', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block 151'),
	('PE', 'loan', 'sms 03-01 10:00 as employer', '', '', 'block 151'),
	('PE', 'loan', 'phone 03-06 10:00 as guarantor', '', '', 'block 150'),
	('PE', 'loan', 'phone 03-01 10:00', '', 'phone 03-01 08:00 conversation; phone 03-01 09:00 conversation', 'ok'),
	('PE', 'loan', 'phone 03-07 10:00 for information_requested', '', '', 'ok'),
	-- Brazil: the states' hours only
	('BR-SP', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block'),
	('BR-SP', 'loan', 'phone 03-07 10:00 as guarantor', '', '', 'block 201'),
	('BR-SP', 'loan', 'phone 2014-05-22 23:59:59', '', '', 'ok'),
	('BR-SP', 'loan', 'phone 2014-05-23 00:00', '', '', 'block 201'),
	('BR-RJ', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('BR-ES', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('BR-AM', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('BR-AL', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	-- United States: seven calls in seven days about one debt
	('US', 'loan card', 'phone 03-07 12:00 about 1', '', 'phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number; phone 03-04 10:00 reached_number;
		phone 03-05 10:00 answered; phone 03-06 10:00 right_party; phone 03-07 10:00 delivered', 'ok'),
	('US', 'loan card', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 reached_number', 'presumption 351'),
	('US', 'loan card', 'phone 03-07 12:00 about 2', '', 'phone 03-01 10:00 reached_number about 1; phone 03-02 10:00 reached_number about 1; phone 03-03 10:00 reached_number about 1;
		phone 03-04 10:00 reached_number about 1; phone 03-05 10:00 reached_number about 1; phone 03-06 10:00 reached_number about 1; phone 03-07 10:00 reached_number about 1', 'ok'),
	('US', 'loan card', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number about 1; phone 03-02 10:00 reached_number about 1; phone 03-03 10:00 reached_number about 1;
		phone 03-04 10:00 reached_number about 1; phone 03-05 10:00 reached_number about 1; phone 03-06 10:00 reached_number about 1; phone 03-07 10:00 reached_number about 1', 'presumption 351'),
	('US', 'loan card', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number about 1; phone 03-02 10:00 reached_number about 1; phone 03-03 10:00 reached_number about 1;
		phone 03-04 10:00 reached_number about 1; phone 03-05 10:00 reached_number about 1; phone 03-06 10:00 reached_number about 1; phone 03-07 10:00 reached_number about 2', 'ok'),
	('US', 'loan', 'phone 03-08 09:59:59 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 reached_number', 'presumption 351'),
	('US', 'loan', 'phone 03-08 10:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 reached_number', 'ok'),
	-- the clocks go forward on 14 March: 168 hours after 10:00 is 11:00
	('US', 'loan', 'phone 03-15 10:59:59 about 1', '', 'phone 03-08 10:00 reached_number; phone 03-09 10:00 reached_number; phone 03-10 10:00 reached_number;
		phone 03-11 10:00 reached_number; phone 03-12 10:00 reached_number; phone 03-13 10:00 reached_number; phone 03-14 12:00 reached_number', 'presumption 351'),
	('US', 'loan', 'phone 03-15 11:00 about 1', '', 'phone 03-08 10:00 reached_number; phone 03-09 10:00 reached_number; phone 03-10 10:00 reached_number;
		phone 03-11 10:00 reached_number; phone 03-12 10:00 reached_number; phone 03-13 10:00 reached_number; phone 03-14 12:00 reached_number', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 attempt', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 answered prior_consent', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 answered requested', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 answered professional', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 answered inbound', 'ok'),
	('US', 'loan', 'phone 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; sms 03-07 10:00 answered', 'ok'),
	('US', 'loan', 'sms 03-07 12:00 about 1', '', 'phone 03-01 10:00 reached_number; phone 03-02 10:00 reached_number; phone 03-03 10:00 reached_number;
		phone 03-04 10:00 reached_number; phone 03-05 10:00 reached_number; phone 03-06 10:00 reached_number; phone 03-07 10:00 reached_number', 'ok'),
	-- a conversation: its day is the first of seven
	('US', 'loan card', 'phone 03-01 12:00 about 1', '', 'phone 03-01 10:00 conversation about 1', 'presumption 352'),
	('US', 'loan card', 'phone 03-07 20:59:59 about 1', '', 'phone 03-01 10:00 conversation about 1', 'presumption 352'),
	('US', 'loan card', 'phone 03-08 08:00 about 1', '', 'phone 03-01 20:59:59 conversation about 1', 'ok'),
	('US', 'loan card', 'phone 03-02 12:00 about 2', '', 'phone 03-01 10:00 conversation about 1', 'ok'),
	('US', 'loan card', 'phone 03-02 12:00 about 2', '', 'phone 03-01 10:00 conversation', 'presumption 352'),
	('US', 'loan card', 'phone 03-02 12:00', '', 'phone 03-01 10:00 conversation about 1', 'presumption 352'),
	('US', 'loan', 'phone 03-07 20:59:59 about 1', '', 'phone 03-01 10:00 conversation inbound', 'presumption 352'),
	('US', 'loan', 'phone 03-08 08:00 about 1', '', 'phone 03-01 10:00 conversation inbound', 'ok'),
	('US', 'loan', 'phone 03-02 12:00 about 1', '', 'phone 03-01 10:00 conversation prior_consent', 'ok'),
	('US', 'loan', 'phone 03-02 12:00 about 1', '', 'phone 03-01 10:00 conversation requested', 'ok'),
	('US', 'loan', 'phone 03-02 12:00 about 1', '', 'phone 03-01 10:00 conversation professional', 'ok'),
	('US', 'loan', 'phone 03-02 12:00 about 1', '', 'phone 03-01 10:00 right_party', 'ok'),
	('US', 'loan', 'phone 03-02 12:00 about 1', '', 'visit 03-01 10:00 conversation', 'ok'),
	('US', 'loan', 'email 03-02 12:00 about 1', '', 'phone 03-01 10:00 conversation', 'ok'),
	('US', 'loan', 'phone 03-02 21:00 about 1', '', 'phone 03-01 10:00 conversation', 'block 350 352'),
	-- hours by the consumer's word; third parties
	('US', 'loan', 'phone 03-01 05:59:59', 'phone 06:00-08:00', '', 'block 350'),
	('US', 'loan', 'phone 03-01 06:00', 'phone 06:00-08:00', '', 'ok'),
	('US', 'loan', 'sms 03-01 06:00', 'phone 06:00-08:00', '', 'block 350'),
	('US', 'loan', 'phone 03-01 06:00', 'phone', '', 'block 350'),
	('US', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('US', 'loan', 'phone 03-01 10:00 as co_debtor', '', '', 'ok'),
	('US', 'loan', 'phone 03-01 10:00 as lawyer', '', '', 'ok'),
	('US', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block 354'),
	('US', 'loan', 'phone 03-01 10:00 as employer', '', '', 'block 354'),
	('US', 'loan', 'email 03-01 10:00 as employer', 'phone', '', 'block 354'),
	('US', 'loan', 'phone 03-01 10:00 as employer', 'phone', '', 'block'),
	('US', 'loan', 'phone 2021-11-29 23:59:59', '', '', 'ok'),
	('US', 'loan', 'phone 2021-11-30 00:00', '', '', 'block 350'),
	-- automated calls and texts
	('US', 'loan', 'phone 03-01 10:00 by machine', '', '', 'block 353'),
	('US', 'loan', 'sms 03-01 10:00 by machine', 'phone', '', 'block 353'),
	('US', 'loan', 'phone 03-01 10:00 by machine', 'phone', '', 'ok'),
	('US', 'loan', 'sms 03-01 10:00 by machine', 'sms', '', 'ok'),
	('US', 'loan', 'email 03-01 10:00 by machine', '', '', 'ok'),
	('US', 'loan', 'phone 03-01 10:00', '', '', 'ok'),
	-- United Kingdom
	('GB', 'loan', 'phone 03-01 10:00 as guarantor', '', '', 'ok'),
	('GB', 'loan', 'phone 03-01 10:00 as co_debtor', '', '', 'ok'),
	('GB', 'loan', 'phone 03-01 10:00 as lawyer', '', '', 'ok'),
	('GB', 'loan', 'phone 03-01 10:00 as reference', '', '', 'block 401'),
	('GB', 'loan', 'letter 03-01 10:00 as employer', '', '', 'block 401'),
	-- Ireland: work, employer and family; hours by consent
	('IE', 'loan', 'phone 03-01 10:00 at home', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at work', '', '', 'block 451'),
	('IE', 'loan', 'phone 03-01 10:00', '', '', 'ok'),
	('IE', 'loan', 'visit 03-01 10:00', '', '', 'block 451'),
	('IE', 'loan', 'visit 03-01 10:00 at work', '', '', 'block 451'),
	('IE', 'loan', 'visit 03-01 10:00 at home', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at work', 'phone', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at work', 'visit', '', 'block 451'),
	('IE', 'loan', 'visit 03-01 10:00 at work', 'visit', '', 'ok'),
	('IE', 'loan', 'email 03-01 10:00 at work', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 08:59:59 at work', '', '', 'block 450 451'),
	('IE', 'loan', 'phone 03-01 10:00 at home as guarantor', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at home as co_debtor', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at home as lawyer', '', '', 'ok'),
	('IE', 'loan', 'phone 03-01 10:00 at home as employer', '', '', 'block 452'),
	('IE', 'loan', 'visit 03-01 10:00 at home as reference', '', '', 'block 452'),
	('IE', 'loan', 'phone 03-01 10:00 at home as reference', 'phone', '', 'block'),
	('IE', 'loan', 'letter 03-01 10:00 as employer', '', '', 'block'),
	('IE', 'loan', 'phone 03-01 06:59:59 at home', 'phone 07:00-09:00', '', 'block 450'),
	('IE', 'loan', 'phone 03-01 07:00 at home', 'phone 07:00-09:00', '', 'ok'),
	('IE', 'loan', 'phone 03-07 08:59:59 at home', 'phone 07:00-09:00', '', 'ok'),
	('IE', 'loan', 'phone 03-07 09:00 at home', 'phone 07:00-09:00', '', 'block 450');

-- Hours.
CREATE TEMP TABLE hours_debtor AS SELECT jurisdiction, zone, pg_temp.debtor('hours ' || jurisdiction, jurisdiction, 'loan') AS debtor_id FROM place;
INSERT INTO kobra.consent (debtor_id, kind, channel, starts_at, evidence)
SELECT h.debtor_id, 'consent', c.channel, '2020-01-01', 'test' FROM hours_debtor h, kobra.channel c WHERE h.jurisdiction = 'CO';
CREATE TEMP TABLE hours_answer AS
SELECT c.jurisdiction, c.rule_id, channel, day, clock, open, v.allowed, v.rule_ids, v.next_permitted_at,
	CASE WHEN clock = c.opens - interval '1 second' THEN pg_temp.at(d.zone, day, c.opens::text) END AS next_expected
  FROM hours_case c
  JOIN hours_debtor d USING (jurisdiction)
 CROSS JOIN unnest(string_to_array(c.channels, ' ')) channel
 CROSS JOIN unnest(string_to_array(c.days, ' ')) day
 CROSS JOIN LATERAL (
	SELECT x.clock, x.open FROM (VALUES
		(time '00:00', false), (c.opens - interval '1 second', false), (c.opens, true), (c.closes - interval '1 second', true),
		(c.closes, false), (time '23:59:59', false)) x (clock, open)
	 WHERE c.opens IS NOT NULL
	UNION ALL
	SELECT x.clock, c.rule_id IS NULL FROM unnest(ARRAY[time '00:00', '07:00', '08:00', '09:00', '12:00', '14:00', '18:00', '20:59:59', '23:59:59']) x (clock)
	 WHERE c.opens IS NULL) i
 CROSS JOIN LATERAL kobra.contact_permitted(d.debtor_id, channel, 'collection', pg_temp.at(d.zone, day, clock::text), place => 'home') v;
SELECT * FROM hours_answer h
 WHERE h.allowed <> h.open OR h.rule_ids <> CASE WHEN h.open THEN '{}' ELSE ARRAY[h.rule_id] END
	OR h.next_permitted_at <> h.next_expected
 ORDER BY jurisdiction, channel, day, clock;
SELECT jurisdiction, count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE NOT open) AS closed, count(next_expected) AS next FROM hours_answer GROUP BY 1 ORDER BY 1;

-- The rest.
CREATE TEMP TABLE case_debtor AS
SELECT c.*, p.zone, pg_temp.debtor('case ' || c.n, c.jurisdiction, c.products) AS debtor_id FROM contact_case c JOIN place p USING (jurisdiction);
INSERT INTO kobra.consent (debtor_id, kind, channel, from_local, to_local, starts_at, ends_at, evidence)
SELECT c.debtor_id, 'consent', substring(w, '^\w+'), substring(w, ' (\d\d:\d\d)-')::time, substring(w, '\d-(\d\d:\d\d)$')::time, '2010-01-01',
	pg_temp.at(c.zone, substring(w, 'until (\S+)'), substring(w, 'until \S+ (\S+)')), 'test'
  FROM case_debtor c, unnest(string_to_array(c.consents, '; ')) w WHERE w <> '';
INSERT INTO kobra.contact_event (debtor_id, at, channel, purpose, direction, stage, reserved_until, account_id, exemption)
SELECT c.debtor_id, pg_temp.at(c.zone, h.word[2], h.word[3]), h.word[1], coalesce(substring(e, ' for (\w+)'), 'collection'),
	CASE WHEN e ~ ' inbound' THEN 'inbound' ELSE 'outbound' END, h.word[4], CASE WHEN h.word[4] = 'reserved' THEN 'infinity'::timestamptz END,
	(SELECT a.account_id FROM kobra.account a WHERE a.debtor_id = c.debtor_id AND a.external_id = substring(e, ' about (\d)')),
	substring(e, ' (prior_consent|requested|professional)')
  FROM case_debtor c
 CROSS JOIN unnest(regexp_split_to_array(c.history, ';\s*')) e
 CROSS JOIN regexp_split_to_array(e, ' ') h (word)
 WHERE e <> '';
CREATE TEMP TABLE case_answer AS
SELECT c.*, CASE WHEN v.allowed THEN 'ok' ELSE v.severity END
	|| coalesce((SELECT ' ' || string_agg(i::text, ' ' ORDER BY i) FROM unnest(v.rule_ids) i), '') AS found
  FROM case_debtor c
 CROSS JOIN regexp_split_to_array(c.question, ' ') q (word)
 CROSS JOIN LATERAL (
	SELECT coalesce(substring(c.question, ' for (\w+)'), 'collection') AS purpose, pg_temp.at(c.zone, q.word[2], q.word[3]) AS at,
		substring(c.question, ' as (\w+)') AS party_role, substring(c.question, ' at (\w+)') AS place,
		(SELECT a.account_id FROM kobra.account a WHERE a.debtor_id = c.debtor_id AND a.external_id = substring(c.question, ' about (\d)')) AS account_id) x
 CROSS JOIN LATERAL (
	SELECT p.allowed, p.severity, p.rule_ids
	  FROM kobra.contact_permitted(c.debtor_id, q.word[1], x.purpose, x.at, x.account_id, x.party_role, x.place) p
	 WHERE c.question !~ ' by machine'
	UNION ALL
	SELECT r.allowed, r.severity, r.rule_ids
	  FROM kobra.reserve_contact(c.debtor_id, q.word[1], x.purpose, x.at, 'rule dialler', x.account_id, x.party_role, x.place) r
	 WHERE c.question ~ ' by machine') v;
SELECT n, jurisdiction, question, consents, history, answer, found FROM case_answer WHERE answer <> found ORDER BY n;
SELECT jurisdiction, count(*) FILTER (WHERE answer = 'ok') AS permitted, count(*) FILTER (WHERE answer <> 'ok') AS refused FROM case_answer GROUP BY 1 ORDER BY 1;

-- Every rule that is judged has refused something; those that do not ship enabled, nothing.
SELECT r.rule_id, r.kind FROM kobra.contact_rule r
 WHERE r.rule_id < 1000 AND r.kind IN ('window', 'cap', 'gap', 'cooldown', 'channel_mix', 'ban', 'consent')
   AND r.enabled <> EXISTS (
	SELECT FROM hours_answer h WHERE h.rule_ids = ARRAY[r.rule_id]
	UNION ALL
	SELECT FROM case_answer c WHERE r.rule_id::text = ANY (string_to_array(c.found, ' ')))
 ORDER BY 1;
SELECT count(*) AS judged FROM kobra.contact_rule r
 WHERE r.rule_id < 1000 AND r.enabled AND r.kind IN ('window', 'cap', 'gap', 'cooldown', 'channel_mix', 'ban', 'consent');

-- A rule that ships switched off, switched on as doc/contact.md says.
INSERT INTO kobra.contact_rule (rule_set, jurisdiction, valid, supersedes, kind, channels, max_count, window_type, count_basis, label, legal_ref, confidence)
SELECT rule_set, jurisdiction, '[2027-01-01,)', rule_id, kind, channels, max_count, window_type, count_basis, label, legal_ref, confidence
  FROM kobra.contact_rule WHERE rule_id = 103;
SELECT h.day, v.allowed, v.severity, (SELECT array_agg(r.supersedes) FROM kobra.contact_rule r WHERE r.rule_id = ANY (v.rule_ids)) AS in_place_of
  FROM case_debtor c, (VALUES ('03-02'), ('03-08')) h (day), LATERAL kobra.contact_permitted(c.debtor_id, 'phone', 'collection', pg_temp.at(c.zone, h.day, '10:00')) v
 WHERE c.jurisdiction = 'CL' AND c.question = 'phone 03-02 10:00' AND c.history LIKE '% attempt; %' ORDER BY 1;
ROLLBACK;
