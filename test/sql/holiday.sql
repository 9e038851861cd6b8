-- holidays: what the laws make, and what an operator says
\set VERBOSITY terse
SET datestyle = ISO;

SELECT calendar, count(*), min(on_date), max(on_date) FROM kobra.holiday WHERE holiday_id < 1000 GROUP BY 1 ORDER BY 1;
SELECT calendar, on_date FROM kobra.holiday WHERE holiday_id < 1000 GROUP BY 1, 2 HAVING count(*) > 1;
SELECT * FROM kobra.holiday WHERE source_ref IS NULL OR NOT is_holiday OR holiday_id < 1000 AND extract(year FROM on_date) NOT BETWEEN 2023 AND 2028;

-- what the laws give, worked out by hand: whole years of those that move most, and
-- of the others each kind of day on both sides; {} says none in between
CREATE TEMP TABLE expected (calendar text, from_date date, to_date date, days date[]);
INSERT INTO expected VALUES
	-- Easter: 9 April 2023, 31 March 2024, 20 April 2025, 5 April 2026, 28 March 2027, 16 April 2028
	('PE', '2023-03-20', '2023-04-20', '{2023-04-06,2023-04-07}'),
	('PE', '2024-03-20', '2024-04-20', '{2024-03-28,2024-03-29}'),
	('PE', '2025-03-20', '2025-04-25', '{2025-04-17,2025-04-18}'),
	('PE', '2026-03-20', '2026-04-20', '{2026-04-02,2026-04-03}'),
	('PE', '2027-03-20', '2027-04-20', '{2027-03-25,2027-03-26}'),
	('PE', '2028-03-20', '2028-04-20', '{2028-04-13,2028-04-14}'),
	('CL', '2028-04-01', '2028-04-30', '{2028-04-14,2028-04-15}'),
	('ES', '2026-03-20', '2026-04-30', '{2026-04-03}'),
	('GB', '2027-03-20', '2027-04-30', '{2027-03-26}'),
	('GB-SCT', '2027-03-20', '2027-04-30', '{2027-03-26}'),
	('GB-ENG', '2027-03-20', '2027-04-30', '{2027-03-26,2027-03-29}'),
	('IE', '2027-03-20', '2027-04-30', '{2027-03-29}'),
	('BR', '2025-03-01', '2025-04-30', '{2025-04-18,2025-04-21}'),
	('AR', '2028-02-01', '2028-03-20', '{2028-02-28,2028-02-29}'),
	-- Colombia: to the next Monday, and not from one; two on one day; one more from 2026
	('CO', '2025-01-01', '2025-12-31', '{2025-01-01,2025-01-06,2025-03-24,2025-04-17,2025-04-18,2025-05-01,2025-06-02,2025-06-23,2025-06-30,
		2025-07-20,2025-08-07,2025-08-18,2025-10-13,2025-11-03,2025-11-17,2025-12-08,2025-12-25}'),
	('CO', '2026-01-01', '2026-12-31', '{2026-01-01,2026-01-12,2026-03-23,2026-04-02,2026-04-03,2026-05-01,2026-05-18,2026-06-08,2026-06-15,
		2026-06-29,2026-07-13,2026-07-20,2026-08-07,2026-08-17,2026-10-12,2026-11-02,2026-11-16,2026-12-08,2026-12-25}'),
	-- Argentina: from Tuesday, Thursday, and from no Sunday; from Wednesday; from Friday; moved and added by decree
	('AR', '2025-06-01', '2025-12-31', '{2025-06-16,2025-06-20,2025-07-09,2025-08-15,2025-08-17,2025-10-10,2025-11-21,2025-11-24,2025-12-08,2025-12-25}'),
	('AR', '2026-06-01', '2026-12-31', '{2026-06-15,2026-06-20,2026-07-09,2026-07-10,2026-08-17,2026-10-12,2026-11-23,2026-12-07,2026-12-08,2026-12-25}'),
	-- Chile: from Thursday; from Tuesday; additional days; the Reformation from Tuesday
	('CL', '2023-01-01', '2023-12-31', '{2023-01-01,2023-01-02,2023-04-07,2023-04-08,2023-05-01,2023-05-07,2023-05-21,2023-06-21,2023-06-26,
		2023-07-16,2023-08-15,2023-09-18,2023-09-19,2023-10-09,2023-10-27,2023-11-01,2023-12-08,2023-12-17,2023-12-25}'),
	('CL', '2024-09-15', '2024-10-31', '{2024-09-18,2024-09-19,2024-09-20,2024-10-12,2024-10-27,2024-10-31}'),
	('CL', '2025-09-15', '2025-10-31', '{2025-09-18,2025-09-19,2025-10-12,2025-10-31}'),
	('CL', '2027-06-20', '2027-10-31', '{2027-06-21,2027-06-28,2027-07-16,2027-08-15,2027-09-17,2027-09-18,2027-09-19,2027-10-11,2027-10-31}'),
	('CL', '2024-01-01', '2024-01-31', '{2024-01-01}'),
	-- Mexico: first and third Mondays; the transfer of power and elections
	('MX', '2027-01-01', '2027-12-31', '{2027-01-01,2027-02-01,2027-03-15,2027-05-01,2027-06-06,2027-09-16,2027-11-15,2027-12-25}'),
	('MX', '2024-06-01', '2024-12-31', '{2024-06-02,2024-09-16,2024-10-01,2024-11-18,2024-12-25}'),
	-- Peru: new holidays from their first year
	('PE', '2023-06-01', '2023-08-06', '{2023-06-29,2023-07-23,2023-07-28,2023-07-29,2023-08-06}'),
	('PE', '2024-06-01', '2024-06-30', '{2024-06-07,2024-06-29}'),
	('BR', '2023-11-16', '2023-12-31', '{2023-12-25}'),
	('BR', '2024-11-16', '2024-12-31', '{2024-11-20,2024-12-25}'),
	-- United States: Saturday is observed on Friday, Sunday on Monday, in the year before too
	('US', '2023-01-01', '2023-01-31', '{2023-01-01,2023-01-02,2023-01-16}'),
	('US', '2023-11-01', '2023-11-30', '{2023-11-10,2023-11-11,2023-11-23}'),
	('US', '2026-07-01', '2026-07-31', '{2026-07-03,2026-07-04}'),
	('US', '2027-01-01', '2028-01-31', '{2027-01-01,2027-01-18,2027-02-15,2027-05-31,2027-06-18,2027-06-19,2027-07-04,2027-07-05,2027-09-06,
		2027-10-11,2027-11-11,2027-11-25,2027-12-24,2027-12-25,2027-12-31,2028-01-01,2028-01-17}'),
	-- United Kingdom: substitutes, of two days together and of 2 January
	('GB', '2026-12-01', '2027-01-31', '{2026-12-25,2026-12-26,2026-12-28,2027-01-01}'),
	('GB', '2027-12-01', '2028-01-31', '{2027-12-25,2027-12-26,2027-12-27,2027-12-28,2028-01-01,2028-01-03}'),
	('GB-SCT', '2023-01-01', '2023-01-31', '{2023-01-01,2023-01-02,2023-01-03}'),
	('GB-SCT', '2027-01-01', '2027-01-31', '{2027-01-01,2027-01-02,2027-01-04}'),
	('GB-SCT', '2028-01-01', '2028-01-31', '{2028-01-01,2028-01-02,2028-01-03,2028-01-04}'),
	('GB-SCT', '2026-05-01', '2026-11-30', '{2026-05-04,2026-05-25,2026-06-15,2026-08-03,2026-11-30}'),
	('GB-SCT', '2024-11-01', '2024-12-24', '{2024-11-30,2024-12-02}'),
	('GB-WLS', '2023-05-01', '2023-12-24', '{2023-05-01,2023-05-08,2023-05-29,2023-08-28}'),
	('GB-NIR', '2024-03-01', '2024-03-28', '{2024-03-17,2024-03-18}'),
	('GB-NIR', '2026-07-01', '2026-07-31', '{2026-07-12,2026-07-13}'),
	('IE', '2026-01-02', '2026-12-31', '{2026-02-02,2026-03-17,2026-04-06,2026-05-04,2026-06-01,2026-08-03,2026-10-26,2026-12-25,2026-12-26}'),
	-- Spain: a Sunday is one too, and its Monday is for the communities to say
	('ES', '2026-10-01', '2026-12-31', '{2026-10-12,2026-11-01,2026-12-06,2026-12-08,2026-12-25}'),
	('MX', '2022-12-01', '2022-12-31', '{}'),
	('XX', '2026-01-01', '2026-12-31', '{}');
SELECT count(*) FROM expected;
SELECT e.calendar, e.from_date, d.on_date, x.expected, h.name
  FROM expected e
 CROSS JOIN LATERAL (SELECT generate_series(e.from_date, e.to_date, interval '1 day')::date AS on_date) d
 CROSS JOIN LATERAL (SELECT d.on_date = ANY (e.days) AS expected) x
  LEFT JOIN kobra.holidays(e.calendar, e.from_date, e.to_date) h USING (on_date)
 WHERE x.expected <> (h.name IS NOT NULL) OR x.expected <> kobra.is_holiday(e.calendar, d.on_date)
 ORDER BY 1, 2, 3;
SELECT on_date, name, source_ref FROM kobra.holidays('CO', '2025-06-30', '2025-06-30');
SELECT on_date, name, source_ref FROM kobra.holidays('US', '2027-06-01', '2027-06-30');
SELECT kobra.is_holiday(NULL, '2026-01-01') IS NULL AS no_calendar, kobra.is_holiday('MX', NULL) IS NULL AS no_day;

-- a calendar of the operator's own: a list may be loaded again
SELECT kobra.load_holidays('banco', '[{"date": "2026-12-12", "name": "Día del Empleado Bancario", "source": "circular 1"},
	{"date": "2027-12-12", "name": "Día del Empleado Bancario"}]');
SELECT kobra.load_holidays('banco', '[{"date": "2027-12-12", "name": "Día del Empleado Bancario"}, {"date": "2028-12-12", "name": "ñ"}]');
SELECT kobra.load_holidays('banco', '[]');
SELECT calendar, on_date, name, is_holiday, source_ref, holiday_id >= 1000 AS own, created_by = session_user AS mine
  FROM kobra.holiday WHERE calendar = 'banco' ORDER BY holiday_id;
-- a name is corrected; a day is revoked, once, and made one again
SELECT kobra.load_holidays('banco', '[{"date": "2028-12-12", "name": "Día del Empleado Bancario", "holiday": true}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-02-02", "name": "x", "holiday": false, "source": "decreto ñ"},
	{"date": "2026-02-03", "name": "none before", "holiday": false, "source": "decreto ñ"}]') AS revoked;
SELECT kobra.load_holidays('MX', '[{"date": "2026-02-02", "name": "x", "holiday": false, "source": "otro"}]') AS again;
SELECT kobra.is_holiday('MX', '2026-02-02'), kobra.is_holiday('MX', '2027-02-01'), kobra.is_holiday('MX-SON', '2026-02-02');
SELECT kobra.load_holidays('MX', '[{"date": "2026-02-02", "name": "Día de la Constitución", "source": "decreto 2"}]') AS restored;
SELECT on_date, name, source_ref FROM kobra.holidays('MX-SON', '2026-02-01', '2026-02-28');
SELECT on_date, name FROM kobra.holidays('banco', '2020-01-01', '2030-01-01');

-- a subdivision: the country's, but where it says otherwise; nothing the other way
SELECT kobra.load_holidays('ES-MD', '[{"date": "2026-05-02", "name": "Fiesta de la Comunidad"}, {"date": "2026-01-06", "name": "Epifanía del Señor"},
	{"date": "2026-10-12", "name": "x", "holiday": false, "source": "a test"}]') AS added;
SELECT c, kobra.is_holiday(c, '2026-05-02') AS own, kobra.is_holiday(c, '2026-10-12') AS revoked, kobra.is_holiday(c, '2026-12-25') AS inherited
  FROM unnest('{ES,ES-MD,ES-CT}'::text[]) c;
SELECT kobra.load_holidays('ES', '[{"date": "2026-05-02", "name": "x", "holiday": false, "source": "y"}, {"date": "2026-10-12", "name": "Hispanidad"}]') AS added;
SELECT kobra.is_holiday('ES-MD', '2026-05-02') AS own, kobra.is_holiday('ES-MD', '2026-10-12') AS still_revoked;

-- what is wrong, and of which entry; nothing of such a list is kept
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": "x"}, {"date": "2026-02-30", "name": "x"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.is_holiday('MX', '2026-08-08');
SELECT kobra.load_holidays('MX', '[{"date": "infinity", "name": "x"}]');
SELECT kobra.load_holidays('MX', '[{"date": 20260808, "name": "x"}]');
SELECT kobra.load_holidays('MX', '[{"date": "1989-12-31", "name": "x"}]');
SELECT kobra.load_holidays('MX', '[{"date": "2101-01-01", "name": "x"}]');
SELECT kobra.load_holidays('borders', '[{"date": "1990-01-01", "name": "x"}, {"date": "2100-12-31", "name": "x"}]');
SELECT kobra.load_holidays('MX', '[{"name": "x"}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08"}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": " "}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": null}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": "x", "source": 1}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-12-25", "name": "x", "holiday": false}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": "x", "holiday": "no"}]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": "x", "is_holiday": false}]');
SELECT kobra.load_holidays('MX', '["2026-08-08"]');
SELECT kobra.load_holidays('MX', '[{"date": "2026-08-08", "name": "x"}, {"date": "2026-08-09", "name": "x"}, {"date": "2026-08-08", "name": "y"}]');
SELECT kobra.load_holidays('MX', '{"date": "2026-08-08", "name": "x"}');
SELECT kobra.load_holidays('MX', '"x"');
SELECT kobra.load_holidays('MX', NULL);
SELECT kobra.load_holidays(' ', '[]');
SELECT kobra.load_holidays('mx', '[]');
SELECT kobra.load_holidays('Mx-son', '[]');

CREATE ROLE holiday_stranger;
GRANT USAGE ON SCHEMA kobra TO holiday_stranger;
SET ROLE holiday_stranger;
SELECT kobra.load_holidays('MX', '[]');
SELECT kobra.is_holiday('MX', '2026-01-01');
RESET ROLE;
GRANT EXECUTE ON FUNCTION kobra.load_holidays TO holiday_stranger;
SET ROLE holiday_stranger;
SELECT kobra.load_holidays('MX', '[]');
RESET ROLE;
DROP OWNED BY holiday_stranger;
DROP ROLE holiday_stranger;
DELETE FROM kobra.holiday WHERE holiday_id >= 1000;
