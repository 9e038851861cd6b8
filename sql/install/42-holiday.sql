-- contact: the holidays of 2023 to 2028, made from what the laws say

-- What a day of the week does to a day of the month, from Monday to Sunday: by
-- how many days it is moved, or, where keeps is true, how far from it another one
-- is observed as well. NULL: no holiday at all.
WITH by_weekday (shift, keeps, days) AS (VALUES
	('CO', false, '{0,6,5,4,3,2,1}'::integer[]),	-- to the next Monday
	('AR', false, '{0,-1,-2,4,3,0,0}'),	-- to the nearer Monday, but from a weekend
	('CL', false, '{0,-1,-2,-3,3,0,0}'),	-- to the Monday of the week, from Friday to the next
	('CL reformation', false, '{0,-4,2,0,0,0,0}'),	-- to the nearer Friday, from Tuesday and Wednesday
	('CL Monday', false, '{0,NULL,NULL,NULL,NULL,NULL,NULL}'),
	('CL Monday, Friday', false, '{0,NULL,NULL,NULL,0,NULL,NULL}'),
	('CL Friday', false, '{NULL,NULL,NULL,NULL,0,NULL,NULL}'),
	('US', true, '{0,0,0,0,0,-1,1}'),
	('GB', true, '{0,0,0,0,0,2,1}'),
	('GB two days', true, '{0,0,0,0,0,2,2}'),	-- Christmas and Boxing Day go together
	('GB 2 January', true, '{1,0,0,0,0,2,2}')),	-- after the first, and its substitute
month_day (calendar, month, day, shift, since, name, source_ref) AS (VALUES
	('MX', 1, 1, NULL, NULL::integer, 'Año Nuevo', 'Ley Federal del Trabajo art. 74 I'),
	('MX', 5, 1, NULL, NULL, 'Día del Trabajo', 'Ley Federal del Trabajo art. 74 IV'),
	('MX', 9, 16, NULL, NULL, 'Día de la Independencia', 'Ley Federal del Trabajo art. 74 V'),
	('MX', 12, 25, NULL, NULL, 'Navidad', 'Ley Federal del Trabajo art. 74 VIII'),
	('CO', 1, 1, NULL, NULL, 'Año Nuevo', 'Ley 51 de 1983 art. 1'),
	('CO', 1, 6, 'CO', NULL, 'Día de los Reyes Magos', 'Ley 51 de 1983 art. 1'),
	('CO', 3, 19, 'CO', NULL, 'Día de San José', 'Ley 51 de 1983 art. 1'),
	('CO', 5, 1, NULL, NULL, 'Día del Trabajo', 'Ley 51 de 1983 art. 1'),
	('CO', 6, 29, 'CO', NULL, 'San Pedro y San Pablo', 'Ley 51 de 1983 art. 1'),
	('CO', 7, 9, 'CO', 2026, 'Nuestra Señora del Rosario de Chiquinquirá', 'Ley 2578 de 2026 art. 6'),
	('CO', 7, 20, NULL, NULL, 'Día de la Independencia', 'Ley 51 de 1983 art. 1'),
	('CO', 8, 7, NULL, NULL, 'Batalla de Boyacá', 'Ley 51 de 1983 art. 1'),
	('CO', 8, 15, 'CO', NULL, 'Asunción de la Virgen', 'Ley 51 de 1983 art. 1'),
	('CO', 10, 12, 'CO', NULL, 'Día de la Diversidad Étnica y Cultural', 'Ley 51 de 1983 art. 1'),
	('CO', 11, 1, 'CO', NULL, 'Todos los Santos', 'Ley 51 de 1983 art. 1'),
	('CO', 11, 11, 'CO', NULL, 'Independencia de Cartagena', 'Ley 51 de 1983 art. 1'),
	('CO', 12, 8, NULL, NULL, 'Inmaculada Concepción', 'Ley 51 de 1983 art. 1'),
	('CO', 12, 25, NULL, NULL, 'Navidad', 'Ley 51 de 1983 art. 1'),
	('CL', 1, 1, NULL, NULL, 'Año Nuevo', 'Ley 2.977'),
	('CL', 1, 2, 'CL Monday', NULL, 'Feriado adicional', 'Ley 20.983'),
	('CL', 5, 1, NULL, NULL, 'Día Nacional del Trabajo', 'Código del Trabajo art. 35'),
	('CL', 5, 21, NULL, NULL, 'Día de las Glorias Navales', 'Ley 2.977'),
	('CL', 6, 29, 'CL', NULL, 'San Pedro y San Pablo', 'Ley 18.432, Ley 19.668'),
	('CL', 7, 16, NULL, NULL, 'Virgen del Carmen', 'Ley 20.148'),
	('CL', 8, 15, NULL, NULL, 'Asunción de la Virgen', 'Ley 2.977'),
	('CL', 9, 17, 'CL Monday, Friday', NULL, 'Feriado adicional de Fiestas Patrias', 'Ley 20.215, Ley 20.983'),
	('CL', 9, 18, NULL, NULL, 'Independencia Nacional', 'Ley 2.977'),
	('CL', 9, 19, NULL, NULL, 'Día de las Glorias del Ejército', 'Ley 2.977'),
	('CL', 9, 20, 'CL Friday', NULL, 'Feriado adicional de Fiestas Patrias', 'Ley 20.215'),
	('CL', 10, 12, 'CL', NULL, 'Encuentro de Dos Mundos', 'Ley 3.810, Ley 19.668'),
	('CL', 10, 31, 'CL reformation', NULL, 'Día de las Iglesias Evangélicas y Protestantes', 'Ley 20.299'),
	('CL', 11, 1, NULL, NULL, 'Día de Todos los Santos', 'Ley 2.977'),
	('CL', 12, 8, NULL, NULL, 'Inmaculada Concepción', 'Ley 2.977'),
	('CL', 12, 25, NULL, NULL, 'Navidad', 'Ley 2.977'),
	('PE', 1, 1, NULL, NULL, 'Año Nuevo', 'Decreto Legislativo 713 art. 6'),
	('PE', 5, 1, NULL, NULL, 'Día del Trabajo', 'Decreto Legislativo 713 art. 6'),
	('PE', 6, 7, NULL, 2024, 'Batalla de Arica y Día de la Bandera', 'Decreto Legislativo 713 art. 6 (Ley 31788)'),
	('PE', 6, 29, NULL, NULL, 'San Pedro y San Pablo', 'Decreto Legislativo 713 art. 6'),
	('PE', 7, 23, NULL, 2023, 'Día de la Fuerza Aérea del Perú', 'Ley 16126 art. 4 (Ley 31822)'),
	('PE', 7, 28, NULL, NULL, 'Fiestas Patrias', 'Decreto Legislativo 713 art. 6'),
	('PE', 7, 29, NULL, NULL, 'Fiestas Patrias', 'Decreto Legislativo 713 art. 6'),
	('PE', 8, 6, NULL, NULL, 'Batalla de Junín', 'Decreto Legislativo 713 art. 6 (Ley 31530)'),
	('PE', 8, 30, NULL, NULL, 'Santa Rosa de Lima', 'Decreto Legislativo 713 art. 6'),
	('PE', 10, 8, NULL, NULL, 'Combate de Angamos', 'Decreto Legislativo 713 art. 6'),
	('PE', 11, 1, NULL, NULL, 'Todos los Santos', 'Decreto Legislativo 713 art. 6'),
	('PE', 12, 8, NULL, NULL, 'Inmaculada Concepción', 'Decreto Legislativo 713 art. 6'),
	('PE', 12, 9, NULL, NULL, 'Batalla de Ayacucho', 'Decreto Legislativo 713 art. 6 (Ley 31381)'),
	('PE', 12, 25, NULL, NULL, 'Navidad del Señor', 'Decreto Legislativo 713 art. 6'),
	('AR', 1, 1, NULL, NULL, 'Año Nuevo', 'Ley 27.399 art. 1'),
	('AR', 3, 24, NULL, NULL, 'Día Nacional de la Memoria por la Verdad y la Justicia', 'Ley 27.399 art. 1'),
	('AR', 4, 2, NULL, NULL, 'Día del Veterano y de los Caídos en la Guerra de Malvinas', 'Ley 27.399 art. 1'),
	('AR', 5, 1, NULL, NULL, 'Día del Trabajo', 'Ley 27.399 art. 1'),
	('AR', 5, 25, NULL, NULL, 'Día de la Revolución de Mayo', 'Ley 27.399 art. 1'),
	('AR', 6, 17, 'AR', NULL, 'Paso a la Inmortalidad del General Martín Miguel de Güemes', 'Ley 27.399 arts. 1, 6'),
	('AR', 6, 20, NULL, NULL, 'Paso a la Inmortalidad del General Manuel Belgrano', 'Ley 27.399 art. 1'),
	('AR', 7, 9, NULL, NULL, 'Día de la Independencia', 'Ley 27.399 art. 1'),
	('AR', 8, 17, 'AR', NULL, 'Paso a la Inmortalidad del General José de San Martín', 'Ley 27.399 arts. 1, 6'),
	('AR', 10, 12, 'AR', NULL, 'Día del Respeto a la Diversidad Cultural', 'Ley 27.399 arts. 1, 6'),
	('AR', 11, 20, 'AR', NULL, 'Día de la Soberanía Nacional', 'Ley 27.399 arts. 1, 6'),
	('AR', 12, 8, NULL, NULL, 'Inmaculada Concepción de María', 'Ley 27.399 art. 1'),
	('AR', 12, 25, NULL, NULL, 'Navidad', 'Ley 27.399 art. 1'),
	('US', 1, 1, 'US', NULL, 'New Year''s Day', '5 U.S.C. 6103'),
	('US', 6, 19, 'US', NULL, 'Juneteenth National Independence Day', '5 U.S.C. 6103'),
	('US', 7, 4, 'US', NULL, 'Independence Day', '5 U.S.C. 6103'),
	('US', 11, 11, 'US', NULL, 'Veterans Day', '5 U.S.C. 6103'),
	('US', 12, 25, 'US', NULL, 'Christmas Day', '5 U.S.C. 6103'),
	('BR', 1, 1, NULL, NULL, 'Confraternização Universal', 'Lei 662/1949'),
	('BR', 4, 21, NULL, NULL, 'Tiradentes', 'Lei 662/1949 (Lei 10.607/2002)'),
	('BR', 5, 1, NULL, NULL, 'Dia do Trabalho', 'Lei 662/1949'),
	('BR', 9, 7, NULL, NULL, 'Independência do Brasil', 'Lei 662/1949'),
	('BR', 10, 12, NULL, NULL, 'Nossa Senhora Aparecida', 'Lei 6.802/1980'),
	('BR', 11, 2, NULL, NULL, 'Finados', 'Lei 662/1949 (Lei 10.607/2002)'),
	('BR', 11, 15, NULL, NULL, 'Proclamação da República', 'Lei 662/1949'),
	('BR', 11, 20, NULL, 2024, 'Dia Nacional de Zumbi e da Consciência Negra', 'Lei 14.759/2023'),
	('BR', 12, 25, NULL, NULL, 'Natal', 'Lei 662/1949'),
	('ES', 1, 1, NULL, NULL, 'Año Nuevo', 'Real Decreto 2001/1983 art. 45'),
	('ES', 1, 6, NULL, NULL, 'Epifanía del Señor', 'Real Decreto 2001/1983 art. 45'),
	('ES', 5, 1, NULL, NULL, 'Fiesta del Trabajo', 'Real Decreto 2001/1983 art. 45'),
	('ES', 8, 15, NULL, NULL, 'Asunción de la Virgen', 'Real Decreto 2001/1983 art. 45'),
	('ES', 10, 12, NULL, NULL, 'Fiesta Nacional de España', 'Real Decreto 2001/1983 art. 45'),
	('ES', 11, 1, NULL, NULL, 'Todos los Santos', 'Real Decreto 2001/1983 art. 45'),
	('ES', 12, 6, NULL, NULL, 'Día de la Constitución Española', 'Real Decreto 2001/1983 art. 45'),
	('ES', 12, 8, NULL, NULL, 'Inmaculada Concepción', 'Real Decreto 2001/1983 art. 45'),
	('ES', 12, 25, NULL, NULL, 'Natividad del Señor', 'Real Decreto 2001/1983 art. 45'),
	('GB', 1, 1, 'GB', NULL, 'New Year''s Day', 'Banking and Financial Dealings Act 1971 s. 1 and sch. 1'),
	('GB', 12, 25, 'GB two days', NULL, 'Christmas Day', 'Banking and Financial Dealings Act 1971 s. 1 and sch. 1, common law'),
	('GB', 12, 26, 'GB two days', NULL, 'Boxing Day', 'Banking and Financial Dealings Act 1971 s. 1 and sch. 1'),
	('GB-NIR', 3, 17, 'GB', NULL, 'St Patrick''s Day', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-NIR', 7, 12, 'GB', NULL, 'Battle of the Boyne (Orangemen''s Day)', 'Banking and Financial Dealings Act 1971 s. 1(3)'),
	('GB-SCT', 1, 2, 'GB 2 January', NULL, '2nd January', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-SCT', 11, 30, 'GB', NULL, 'St Andrew''s Day', 'St Andrew''s Day Bank Holiday (Scotland) Act 2007'),
	('IE', 1, 1, NULL, NULL, 'New Year''s Day', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 3, 17, NULL, NULL, 'Saint Patrick''s Day', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 12, 25, NULL, NULL, 'Christmas Day', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 12, 26, NULL, NULL, 'Saint Stephen''s Day', 'Organisation of Working Time Act 1997 sch. 2')),
-- nth: which of the month's, -1 the last; weekday: 1 Monday to 7 Sunday
weekday_of_month (calendar, month, nth, weekday, name, source_ref) AS (VALUES
	('MX', 2, 1, 1, 'Día de la Constitución', 'Ley Federal del Trabajo art. 74 II'),
	('MX', 3, 3, 1, 'Natalicio de Benito Juárez', 'Ley Federal del Trabajo art. 74 III'),
	('MX', 11, 3, 1, 'Día de la Revolución', 'Ley Federal del Trabajo art. 74 VI'),
	('US', 1, 3, 1, 'Birthday of Martin Luther King, Jr.', '5 U.S.C. 6103'),
	('US', 2, 3, 1, 'Washington''s Birthday', '5 U.S.C. 6103'),
	('US', 5, -1, 1, 'Memorial Day', '5 U.S.C. 6103'),
	('US', 9, 1, 1, 'Labor Day', '5 U.S.C. 6103'),
	('US', 10, 2, 1, 'Columbus Day', '5 U.S.C. 6103'),
	('US', 11, 4, 4, 'Thanksgiving Day', '5 U.S.C. 6103'),
	('GB', 5, 1, 1, 'Early May bank holiday', 'Banking and Financial Dealings Act 1971 s. 1(3) and sch. 1'),
	('GB', 5, -1, 1, 'Spring bank holiday', 'Banking and Financial Dealings Act 1971 s. 1(3) and sch. 1'),
	('GB-ENG', 8, -1, 1, 'Summer bank holiday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-WLS', 8, -1, 1, 'Summer bank holiday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-NIR', 8, -1, 1, 'Summer bank holiday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-SCT', 8, 1, 1, 'Summer bank holiday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	-- 1 February itself when that is a Friday, which it is not before 2030
	('IE', 2, 1, 1, 'Saint Brigid''s Day', 'Organisation of Working Time Act 1997 sch. 2 (from 2023)'),
	('IE', 5, 1, 1, 'May Day', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 6, 1, 1, 'June Holiday', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 8, 1, 1, 'August Holiday', 'Organisation of Working Time Act 1997 sch. 2'),
	('IE', 10, -1, 1, 'October Holiday', 'Organisation of Working Time Act 1997 sch. 2')),
-- days from Easter Sunday
from_easter (calendar, days, name, source_ref) AS (VALUES
	('CO', -3, 'Jueves Santo', 'Ley 51 de 1983 art. 1'),
	('CO', -2, 'Viernes Santo', 'Ley 51 de 1983 art. 1'),
	-- Thursday 39, Thursday 60 and Friday 68, moved to the next Monday
	('CO', 43, 'Ascensión del Señor', 'Ley 51 de 1983 art. 1'),
	('CO', 64, 'Corpus Christi', 'Ley 51 de 1983 art. 1'),
	('CO', 71, 'Sagrado Corazón de Jesús', 'Ley 51 de 1983 art. 1'),
	('CL', -2, 'Viernes Santo', 'Ley 2.977'),
	('CL', -1, 'Sábado Santo', 'Ley 2.977'),
	('PE', -3, 'Jueves Santo', 'Decreto Legislativo 713 art. 6'),
	('PE', -2, 'Viernes Santo', 'Decreto Legislativo 713 art. 6'),
	('AR', -48, 'Carnaval', 'Ley 27.399 art. 1'),
	('AR', -47, 'Carnaval', 'Ley 27.399 art. 1'),
	('AR', -3, 'Jueves Santo (día no laborable)', 'Ley 27.399 art. 1'),
	('AR', -2, 'Viernes Santo', 'Ley 27.399 art. 1'),
	('BR', -2, 'Sexta-feira Santa', 'Lei 9.093/1995 art. 2'),
	('ES', -2, 'Viernes Santo', 'Real Decreto 2001/1983 art. 45'),
	('GB', -2, 'Good Friday', 'Banking and Financial Dealings Act 1971 sch. 1, common law'),
	('GB-ENG', 1, 'Easter Monday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-WLS', 1, 'Easter Monday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('GB-NIR', 1, 'Easter Monday', 'Banking and Financial Dealings Act 1971 sch. 1'),
	('IE', 1, 'Easter Monday', 'Organisation of Working Time Act 1997 sch. 2')),
single (calendar, on_date, name, source_ref) AS (VALUES
	('MX', '2024-06-02'::date, 'Jornada electoral', 'Ley Federal del Trabajo art. 74 IX, LGIPE art. 22'),
	('MX', '2024-10-01', 'Transmisión del Poder Ejecutivo Federal', 'Ley Federal del Trabajo art. 74 VII'),
	('MX', '2027-06-06', 'Jornada electoral', 'Ley Federal del Trabajo art. 74 IX, LGIPE art. 22'),
	('CL', '2023-05-07', 'Elección del Consejo Constitucional', 'Ley 18.700 art. 180'),
	('CL', '2023-12-17', 'Plebiscito constitucional', 'Ley 18.700 art. 180'),
	('CL', '2024-06-09', 'Elecciones primarias', 'Ley 18.700 art. 180'),
	('CL', '2024-10-27', 'Elecciones municipales y regionales', 'Ley 21.693'),
	('CL', '2025-06-29', 'Elecciones primarias', 'Ley 18.700 art. 180'),
	('CL', '2025-11-16', 'Elecciones presidenciales y parlamentarias', 'Ley 18.700 art. 180'),
	('CL', '2025-12-14', 'Segunda votación presidencial', 'Ley 18.700 art. 180'),
	-- the winter solstice on Chile's clock
	('CL', '2023-06-21', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('CL', '2024-06-20', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('CL', '2025-06-20', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('CL', '2026-06-21', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('CL', '2027-06-21', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('CL', '2028-06-20', 'Día Nacional de los Pueblos Indígenas', 'Ley 21.357'),
	('AR', '2023-05-26', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 764/2022'),
	('AR', '2023-06-19', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 764/2022'),
	('AR', '2023-10-13', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 764/2022'),
	('AR', '2024-04-01', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 106/2023'),
	('AR', '2024-06-21', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 106/2023'),
	('AR', '2024-10-11', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 106/2023'),
	('AR', '2025-05-02', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 1027/2024'),
	('AR', '2025-08-15', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 1027/2024'),
	('AR', '2025-10-10', 'Día del Respeto a la Diversidad Cultural', 'Decreto 614/2025, Resolución 139/2025 de la Jefatura de Gabinete'),
	('AR', '2025-11-21', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Decreto 1027/2024'),
	('AR', '2026-03-23', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Resolución 164/2025 de la Jefatura de Gabinete'),
	('AR', '2026-07-10', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Resolución 164/2025 de la Jefatura de Gabinete'),
	('AR', '2026-12-07', 'Día no laborable con fines turísticos', 'Ley 27.399 art. 7, Resolución 164/2025 de la Jefatura de Gabinete'),
	-- elections on the days that the constitution fixes
	('BR', '2024-10-06', 'Eleições municipais', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('BR', '2024-10-27', 'Eleições municipais, segundo turno', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('BR', '2026-10-04', 'Eleições gerais', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('BR', '2026-10-25', 'Eleições gerais, segundo turno', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('BR', '2028-10-01', 'Eleições municipais', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('BR', '2028-10-29', 'Eleições municipais, segundo turno', 'Código Eleitoral (Lei 4.737/1965) art. 380'),
	('GB', '2023-05-08', 'Coronation of King Charles III', 'Banking and Financial Dealings Act 1971 s. 1(3), proclamation'),
	('GB-SCT', '2026-06-15', 'World Cup bank holiday', 'Banking and Financial Dealings Act 1971 s. 1(3), proclamation')),
-- moved from its day by an authority: not a holiday where the rule has it
moved_away (calendar, on_date) AS (VALUES ('AR', '2025-10-12'::date)),
-- Easter is the Sunday after the full moon of the calendar, which from 1900 to
-- 2199 is (19a + 24) mod 30 days after 21 March, a being the year's place in the
-- cycle of 19 years; 29 counts as 28, and so does 28 as 27 late in the cycle.
moon AS (
	SELECT y AS year, make_date(y, 3, 21) + m.age - (m.age = 29 OR m.age = 28 AND y % 19 > 10)::integer AS full_on
	  FROM generate_series(2023, 2028) y
	 CROSS JOIN LATERAL (SELECT (19 * (y % 19) + 24) % 30 AS age) m),
years AS (
	SELECT m.year, m.full_on + 7 - extract(isodow FROM m.full_on)::integer % 7 AS easter_on FROM moon m),
day AS (
	SELECT r.calendar, d.on_date + coalesce(b.days[d.weekday], 0) * (b.keeps IS NOT TRUE)::integer AS on_date, r.name, r.source_ref
	  FROM month_day r
	 CROSS JOIN years y
	 CROSS JOIN LATERAL (SELECT make_date(y.year, r.month, r.day) AS on_date,
		extract(isodow FROM make_date(y.year, r.month, r.day))::integer AS weekday) d
	  LEFT JOIN by_weekday b USING (shift)
	 WHERE y.year >= coalesce(r.since, y.year) AND (b.shift IS NULL OR b.days[d.weekday] IS NOT NULL)
	UNION ALL
	SELECT r.calendar, d.on_date + b.days[d.weekday], r.name || ' (observed)', r.source_ref
	  FROM month_day r
	  JOIN by_weekday b USING (shift)
	 CROSS JOIN years y
	 CROSS JOIN LATERAL (SELECT make_date(y.year, r.month, r.day) AS on_date,
		extract(isodow FROM make_date(y.year, r.month, r.day))::integer AS weekday) d
	 WHERE b.keeps AND b.days[d.weekday] <> 0
	UNION ALL
	SELECT r.calendar,
		CASE WHEN r.nth > 0 THEN f.first_on + (r.weekday + 7 - extract(isodow FROM f.first_on)::integer) % 7 + 7 * (r.nth - 1)
			ELSE f.last_on - (extract(isodow FROM f.last_on)::integer + 7 - r.weekday) % 7 END,
		r.name, r.source_ref
	  FROM weekday_of_month r
	 CROSS JOIN years y
	 CROSS JOIN LATERAL (SELECT make_date(y.year, r.month, 1) AS first_on,
		(make_date(y.year, r.month, 1) + interval '1 month')::date - 1 AS last_on) f
	UNION ALL
	SELECT r.calendar, y.easter_on + r.days, r.name, r.source_ref FROM from_easter r CROSS JOIN years y
	UNION ALL
	SELECT r.calendar, r.on_date, r.name, r.source_ref FROM single r)
INSERT INTO kobra.holiday (holiday_id, calendar, on_date, name, source_ref, created_at, created_by)
	OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY d.calendar COLLATE "C", d.on_date), d.calendar, d.on_date,
	string_agg(d.name, '; ' ORDER BY d.name COLLATE "C"), string_agg(DISTINCT d.source_ref COLLATE "C", '; ' ORDER BY d.source_ref COLLATE "C"),
	'2026-01-01 00:00+00', 'kobra'
  FROM day d
 WHERE NOT EXISTS (SELECT FROM moved_away m WHERE m.calendar = d.calendar AND m.on_date = d.on_date)
 GROUP BY d.calendar, d.on_date;

CREATE FUNCTION kobra.holidays(calendar text, from_date date, to_date date)
	RETURNS TABLE (on_date date, name text, source_ref text, holiday_id bigint)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT d.on_date, d.name, d.source_ref, d.holiday_id
	  FROM (
		SELECT DISTINCT ON (h.on_date) h.on_date, h.name, h.source_ref, h.holiday_id, h.is_holiday
		  FROM kobra.holiday h
		 WHERE h.calendar IN (holidays.calendar, CASE WHEN holidays.calendar ~ '^[A-Z]{2}-' THEN left(holidays.calendar, 2) END)
		   AND h.on_date BETWEEN holidays.from_date AND holidays.to_date
		 ORDER BY h.on_date, h.calendar = holidays.calendar DESC, h.holiday_id DESC) d
	 WHERE d.is_holiday
	 ORDER BY d.on_date;
END;
COMMENT ON FUNCTION kobra.holidays(text, date, date) IS
'The holidays of a calendar from a day to another, both included: of each day the latest row that was loaded. A subdivision''s calendar, such as GB-SCT, has its country''s holidays too, but where it has a row of its own for the day. No row for days that no calendar knows: see until when yours goes.';

CREATE FUNCTION kobra.is_holiday(calendar text, on_date date) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM kobra.holidays(is_holiday.calendar, is_holiday.on_date, is_holiday.on_date));
END;
COMMENT ON FUNCTION kobra.is_holiday(text, date) IS
'Whether a day is a holiday in a calendar: see holidays. False too when the calendar knows nothing of that year.';

CREATE FUNCTION kobra.load_holidays(calendar text, holidays jsonb) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_load_holidays' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.load_holidays(text, jsonb) IS
'Adds days to a calendar and returns how many rows that took: an array of {"date": "2027-03-26", "name": "Viernes Santo", "source": the law or decree}. With "holiday": false the day is none, whatever was said before, and the source is required. What holds already adds nothing, so a list may be loaded again. The calendar is a country or subdivision of ISO 3166, or a name of your own for contact_rule.holiday_calendar. Errors: KB510 an entry is wrong, KB007 no calendar or list, KB001 not authorized.';
