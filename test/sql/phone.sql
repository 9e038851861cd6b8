-- phone numbers: libphonenumber's answers, what is no number, hostile input

SELECT n AS number, r AS region, p.*
  FROM (VALUES (1, '55 1234 5678', 'MX'), (2, '044 55 1234 5678', 'MX'), (3, '+52 1 55 1234 5678', NULL),
               (4, '(601) 234-5678', 'CO'), (5, '321 123 4567', 'CO'), (6, '(2) 2345 6789', 'CL'), (7, '9 6123 4567', 'CL'),
               (8, '+56 9 6123 4567', 'MX'), (9, '(201) 555-0123', 'US'), (10, '1-800-FLOWERS', 'US'), (11, '555-0100', 'US'),
               (12, '(11) 96123-4567', 'BR'), (13, '+800 1234 5678', 'MX'), (14, '5512345678 ext. 12', 'MX'),
               (15, '+39 02 1234 5678', 'IT'), (16, '+1 242 365 1234', 'US')) v(i, n, r),
       LATERAL kobra.phone_info(n, r) p
 ORDER BY i;

-- too short, too long, not assigned; without a region, or with a code of no country
SELECT n AS number, r AS region, p.*
  FROM (VALUES (1, '1', 'MX'), (2, '1 2', 'MX'), (3, '12', 'MX'), (4, '911', 'MX'), (5, '55 1234 567', 'MX'),
               (6, '55 1234 5678 9012', 'MX'), (7, '000 000 0000', 'MX'), (8, '55 1234 5678', NULL), (9, '+999 1234 5678', 'MX'),
               (10, '+52', 'MX'), (11, '12345678901234567890', 'MX')) v(i, n, r),
       LATERAL kobra.phone_info(n, r) p
 ORDER BY i;

-- no numbers
SELECT count(*), count(*) FILTER (WHERE p.possible OR p.valid OR p.valid_for_region OR num_nonnulls(p.type, p.e164, p.region) > 0) AS wrong
  FROM (VALUES (''), (' '), ('abcd'), ('+'), ('++'), ('no tiene'), ('s/n'), ('@'), ('.'), ('()'), ('-'), (E'\x01\x02\x7f'), (';ext=1'), ('tel:'),
               (repeat('5', 251)), (repeat('+', 250)), (repeat(' ', 1000000)), (repeat('1', 1000000))) v(n),
       LATERAL kobra.phone_info(n, 'MX') p;

-- digits and separators of other scripts, and what is between them
SELECT i, p.possible, p.valid, p.e164
  FROM (VALUES (1, '５５１２３４５６７８'), (2, '٥٥١٢٣٤٥٦٧٨'), (3, '＋५२ ५५ १२३४ ५६७८'), (4, E'55\u00a01234\u20105678'), (5, E'\u200e+525512345678\u202c'),
               (6, '📞 55 1234 5678'), (7, 'cel. 5512345678'), (8, '5512345678 / 3312345678'), (9, E'55\t1234\n5678'), (10, E'55\u00011234\ufdd05678'),
               (11, 'tel:55-1234-5678;phone-context=+52'), (12, '+52+5512345678'), (13, '5512345678#12'), (14, '55*1234*5678')) v(i, n),
       LATERAL kobra.phone_info(n, 'MX') p
 ORDER BY i;

-- separators are taken out of simple numbers first; spelled so that they are not,
-- the answers are the same
SELECT count(*), count(*) FILTER (WHERE kobra.phone_info(n, r) IS DISTINCT FROM kobra.phone_info(translate(n, '+ -.()', '＋　－．（）'), r)) AS differ,
       count(*) FILTER (WHERE (kobra.phone_info(n, r)).valid) > 100 AS some_valid
  FROM (SELECT format(form, i, substr(d, 1, 2), substr(d, 3, 4), substr(d, 7, 4)) AS n
          FROM generate_series(1, 60) i, LATERAL (SELECT lpad((i * 7654321977 % 10000000000)::text, 10, '0') AS d) q,
               unnest(ARRAY['%2$s %3$s %4$s', '(%2$s) %3$s-%4$s', '+52 %2$s.%3$s.%4$s', '+ (57) %2$s%3$s%4$s', '+1-%2$s-%3$s-%4$s', '(+56) %3$s %4$s',
                            '00 52 %2$s %3$s %4$s', '0%2$s-%3$s-%4$s', '01 %2$s %3$s %4$s.', '-%2$s%3$s', ' %2$s %3$s %4$s %4$s', '+%2$s%3$s%4$s)', '%1$s-', '%1$s %1$s',
                            '+(%1$s)%2$s']) form) numbers,
       unnest(ARRAY['MX', 'CO', 'US', 'IT', NULL]) r;

-- nulls and regions
SELECT kobra.phone_info(NULL, 'MX') IS NULL AS null_number, kobra.phone_info('+52 55 1234 5678');
SELECT kobra.phone_info('55 1234 5678', 'mx');
SELECT kobra.phone_info('55 1234 5678', '');
SELECT kobra.phone_info('55 1234 5678', 'ZZ');
SELECT kobra.phone_info('55 1234 5678', '001');
SELECT kobra.phone_info('55 1234 5678', repeat('MX', 20));

-- in an index
CREATE TABLE called (raw text);
INSERT INTO called SELECT '(55) 1234-' || 1000 + g FROM generate_series(1, 2000) g;
CREATE INDEX called_e164_idx ON called (((kobra.phone_info(raw, 'MX')).e164));
ANALYZE called;
EXPLAIN (COSTS OFF) SELECT raw FROM called WHERE (kobra.phone_info(raw, 'MX')).e164 = '+525512341500';
SELECT raw FROM called WHERE (kobra.phone_info(raw, 'MX')).e164 = '+525512341500';

-- anybody may ask
CREATE ROLE regress_phone;
SET ROLE regress_phone;
SELECT (kobra.phone_info('55 1234 5678', 'MX')).valid;
RESET ROLE;
DROP ROLE regress_phone;
DROP TABLE called;
