-- A million accounts with 8 features, and the card of scoring.sh as PL/pgSQL.

SELECT setseed(0.42);
CREATE TABLE account AS
SELECT g::bigint AS account_id,
       round(exp(random() * 8 + 2)::numeric, 2) AS balance,
       (power(random(), 2) * 400)::int AS days_past_due,
       (random() * 180)::int AS tenure_months,
       (ARRAY['TDC', 'NOMINA', 'AUTO', 'HIPOTECA', 'PERSONAL', 'PYME'])[1 + (random() * 5.999)::int % 6] AS product,
       (ARRAY['PF', 'PFAE', 'PM', 'GOB', 'EMPLEADO', 'VIP'])[1 + (random() * 5.999)::int % 6] AS kind,
       (power(random(), 3) * 12)::int AS broken_promises,
       random()::float8 AS contact_rate,
       date '2024-06-30' - (random() * 500)::int AS last_payment
  FROM generate_series(1, 1000000) g;
ALTER TABLE account ADD PRIMARY KEY (account_id);
VACUUM (ANALYZE, FREEZE) account;

CREATE FUNCTION score_plpgsql(balance numeric, days_past_due int, tenure_months int, product text, kind text,
                              broken_promises int, contact_rate float8, last_payment date)
RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	s int := 0;
	days int := date '2024-06-30' - last_payment;
BEGIN
	IF balance < 500 THEN s := s + 40; ELSIF balance < 1000 THEN s := s + 34; ELSIF balance < 2500 THEN s := s + 28;
	ELSIF balance < 5000 THEN s := s + 20; ELSIF balance < 10000 THEN s := s + 13;
	ELSIF balance < 20000 THEN s := s + 7; ELSIF balance < 50000 THEN s := s + 2; END IF;
	IF days_past_due < 1 THEN s := s + 60; ELSIF days_past_due < 8 THEN s := s + 52;
	ELSIF days_past_due < 31 THEN s := s + 41; ELSIF days_past_due < 61 THEN s := s + 30;
	ELSIF days_past_due < 91 THEN s := s + 19; ELSIF days_past_due < 121 THEN s := s + 11;
	ELSIF days_past_due < 181 THEN s := s + 5; END IF;
	IF tenure_months < 6 THEN s := s + 2; ELSIF tenure_months < 12 THEN s := s + 6;
	ELSIF tenure_months < 24 THEN s := s + 11; ELSIF tenure_months < 48 THEN s := s + 17;
	ELSIF tenure_months < 84 THEN s := s + 22; ELSIF tenure_months < 120 THEN s := s + 27; ELSE s := s + 31; END IF;
	CASE product WHEN 'TDC' THEN s := s + 8; WHEN 'NOMINA' THEN s := s + 21; WHEN 'AUTO' THEN s := s + 18;
	WHEN 'HIPOTECA' THEN s := s + 26; WHEN 'PERSONAL' THEN s := s + 9; WHEN 'PYME' THEN s := s + 12; ELSE NULL; END CASE;
	CASE kind WHEN 'PF' THEN s := s + 10; WHEN 'PFAE' THEN s := s + 12; WHEN 'PM' THEN s := s + 15;
	WHEN 'GOB' THEN s := s + 20; WHEN 'EMPLEADO' THEN s := s + 25; WHEN 'VIP' THEN s := s + 24; ELSE NULL; END CASE;
	IF broken_promises < 1 THEN s := s + 45; ELSIF broken_promises < 2 THEN s := s + 33;
	ELSIF broken_promises < 3 THEN s := s + 24; ELSIF broken_promises < 4 THEN s := s + 16;
	ELSIF broken_promises < 6 THEN s := s + 9; ELSIF broken_promises < 8 THEN s := s + 4; END IF;
	IF contact_rate < 0.05 THEN s := s + 0; ELSIF contact_rate < 0.15 THEN s := s + 6;
	ELSIF contact_rate < 0.3 THEN s := s + 13; ELSIF contact_rate < 0.45 THEN s := s + 19;
	ELSIF contact_rate < 0.6 THEN s := s + 25; ELSIF contact_rate < 0.8 THEN s := s + 31; ELSE s := s + 36; END IF;
	IF days < 8 THEN s := s + 50; ELSIF days < 16 THEN s := s + 44; ELSIF days < 31 THEN s := s + 37;
	ELSIF days < 61 THEN s := s + 28; ELSIF days < 91 THEN s := s + 19; ELSIF days < 181 THEN s := s + 9;
	ELSIF days < 366 THEN s := s + 3; END IF;
	RETURN s;
END
$$;
