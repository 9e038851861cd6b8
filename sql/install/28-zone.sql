-- portfolio: in which time zone a debtor probably is

CREATE TABLE kobra.zone_place (
	zone_place_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT zone_place_pk PRIMARY KEY,
	country text NOT NULL,
	level text NOT NULL CONSTRAINT zone_place_level CHECK (level IN ('country', 'state', 'city')),
	name text NOT NULL,
	zone text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT zone_place_folded CHECK (name = kobra.search_text(name)),
	CONSTRAINT zone_place_name CHECK ((level = 'country') = (name = ''))
);
CREATE INDEX zone_place_name_idx ON kobra.zone_place (country, name, zone_place_id);
-- IANA time zone database; names and codes of states: ISO 3166-2
INSERT INTO kobra.zone_place (zone_place_id, country, level, name, zone, created_at) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY p.n, u.n), p.country, p.level, u.name, p.zone, '2026-01-01 00:00+00'
  FROM (VALUES
	-- one zone, or that of nearly everybody
	(1, 'MX', 'country', 'America/Mexico_City', '{""}'),
	(2, 'BR', 'country', 'America/Sao_Paulo', '{""}'),
	(3, 'CL', 'country', 'America/Santiago', '{""}'),
	(4, 'CO', 'country', 'America/Bogota', '{""}'),
	(5, 'PE', 'country', 'America/Lima', '{""}'),
	(6, 'AR', 'country', 'America/Argentina/Buenos_Aires', '{""}'),
	(7, 'ES', 'country', 'Europe/Madrid', '{""}'),
	(8, 'GB', 'country', 'Europe/London', '{""}'),
	(9, 'IE', 'country', 'Europe/Dublin', '{""}'),
	(10, 'EC', 'country', 'America/Guayaquil', '{""}'),
	(11, 'UY', 'country', 'America/Montevideo', '{""}'),
	(12, 'PY', 'country', 'America/Asuncion', '{""}'),
	(13, 'BO', 'country', 'America/La_Paz', '{""}'),
	(14, 'VE', 'country', 'America/Caracas', '{""}'),
	(15, 'CR', 'country', 'America/Costa_Rica', '{""}'),
	(16, 'PA', 'country', 'America/Panama', '{""}'),
	(17, 'GT', 'country', 'America/Guatemala', '{""}'),
	(18, 'HN', 'country', 'America/Tegucigalpa', '{""}'),
	(19, 'SV', 'country', 'America/El_Salvador', '{""}'),
	(20, 'NI', 'country', 'America/Managua', '{""}'),
	(21, 'DO', 'country', 'America/Santo_Domingo', '{""}'),
	-- Mexico: the states
	(30, 'MX', 'state', 'America/Tijuana', '{baja california,baja california norte,bcn,bc}'),
	(31, 'MX', 'state', 'America/Mazatlan', '{baja california sur,bcs}'),
	(32, 'MX', 'state', 'America/Hermosillo', '{sonora,son}'),
	(33, 'MX', 'state', 'America/Mazatlan', '{sinaloa,sin}'),
	(34, 'MX', 'state', 'America/Mazatlan', '{nayarit,nay}'),
	(35, 'MX', 'state', 'America/Chihuahua', '{chihuahua,chh,chih}'),
	(36, 'MX', 'state', 'America/Cancun', '{quintana roo,roo,q roo,qroo}'),
	(37, 'MX', 'state', 'America/Merida', '{yucatan,yuc,campeche,cam,camp}'),
	(38, 'MX', 'state', 'America/Monterrey', '{nuevo leon,nle,nl,coahuila,coahuila de zaragoza,coa,coah,tamaulipas,tam,tamps,durango,dur,dgo}'),
	(39, 'MX', 'state', 'America/Mexico_City', '{ciudad de mexico,cdmx,cmx,distrito federal,df,mexico,estado de mexico,edo de mexico,edo mex,edomex,mex,aguascalientes,agu,ags,chiapas,chp,chis,colima,col,guanajuato,gua,gto,guerrero,gro,hidalgo,hid,hgo,jalisco,jal,michoacan,michoacan de ocampo,mic,mich,morelos,mor,oaxaca,oax,puebla,pue,queretaro,que,qro,san luis potosi,slp,tabasco,tab,tlaxcala,tla,tlax,veracruz,veracruz de ignacio de la llave,ver,zacatecas,zac}'),
	(40, 'MX', 'city', 'America/Ciudad_Juarez', '{ciudad juarez,cd juarez}'),
	(41, 'MX', 'city', 'America/Ojinaga', '{ojinaga}'),
	(42, 'MX', 'city', 'America/Matamoros', '{nuevo laredo,reynosa,piedras negras,ciudad acuna}'),
	(43, 'MX', 'city', 'America/Bahia_Banderas', '{bahia de banderas}'),
	-- Brazil
	(50, 'BR', 'state', 'America/Rio_Branco', '{acre,ac}'),
	(51, 'BR', 'state', 'America/Manaus', '{amazonas,am}'),
	(52, 'BR', 'state', 'America/Porto_Velho', '{rondonia,ro}'),
	(53, 'BR', 'state', 'America/Boa_Vista', '{roraima,rr}'),
	(54, 'BR', 'state', 'America/Cuiaba', '{mato grosso,mt}'),
	(55, 'BR', 'state', 'America/Campo_Grande', '{mato grosso do sul,ms}'),
	(56, 'BR', 'state', 'America/Belem', '{para,pa,amapa,ap}'),
	(57, 'BR', 'state', 'America/Fortaleza', '{ceara,ce,maranhao,ma,piaui,pi,rio grande do norte,rn,paraiba,pb}'),
	(58, 'BR', 'state', 'America/Recife', '{pernambuco,pe}'),
	(59, 'BR', 'state', 'America/Maceio', '{alagoas,al,sergipe,se}'),
	(60, 'BR', 'state', 'America/Bahia', '{bahia,ba}'),
	(61, 'BR', 'state', 'America/Araguaina', '{tocantins,to}'),
	(62, 'BR', 'state', 'America/Sao_Paulo', '{sao paulo,sp,rio de janeiro,rj,minas gerais,mg,espirito santo,es,parana,pr,santa catarina,sc,rio grande do sul,rs,goias,go,distrito federal,df}'),
	(63, 'BR', 'city', 'America/Noronha', '{fernando de noronha}'),
	-- Chile; Aysen keeps the time of Magallanes since 2025
	(70, 'CL', 'state', 'America/Punta_Arenas', '{magallanes,magallanes y de la antartica chilena,magallanes y la antartica chilena,region de magallanes,ma,xii}'),
	(71, 'CL', 'state', 'America/Punta_Arenas', '{aysen,aisen,aysen del general carlos ibanez del campo,aisen del general carlos ibanez del campo,region de aysen,ai,xi}'),
	(72, 'CL', 'state', 'Pacific/Easter', '{isla de pascua,rapa nui}'),
	(73, 'CL', 'city', 'Pacific/Easter', '{isla de pascua,rapa nui,hanga roa}'),
	-- Ecuador, Spain
	(80, 'EC', 'state', 'Pacific/Galapagos', '{galapagos,w}'),
	(81, 'ES', 'state', 'Atlantic/Canary', '{canarias,islas canarias,cn,las palmas,gc,gran canaria,santa cruz de tenerife,tf,tenerife,lanzarote,fuerteventura,la palma,la gomera,el hierro}'),
	-- Portugal
	(85, 'PT', 'country', 'Europe/Lisbon', '{""}'),
	(86, 'PT', 'state', 'Atlantic/Madeira', '{madeira,ilha da madeira,regiao autonoma da madeira,30}'),
	(87, 'PT', 'state', 'Atlantic/Azores', '{acores,azores,regiao autonoma dos acores,20}'),
	-- United States: states in one zone, or nearly; Idaho, Kentucky, the Dakotas and Tennessee are not
	(90, 'US', 'state', 'America/New_York', '{connecticut,ct,delaware,de,district of columbia,washington dc,dc,florida,fl,georgia,ga,maine,me,maryland,md,massachusetts,ma,new hampshire,nh,new jersey,nj,new york,ny,north carolina,nc,ohio,oh,pennsylvania,pa,rhode island,ri,south carolina,sc,vermont,vt,virginia,va,west virginia,wv}'),
	(91, 'US', 'state', 'America/Detroit', '{michigan,mi}'),
	(92, 'US', 'state', 'America/Indiana/Indianapolis', '{indiana,in}'),
	(93, 'US', 'state', 'America/Chicago', '{alabama,al,arkansas,ar,illinois,il,iowa,ia,kansas,ks,louisiana,la,minnesota,mn,mississippi,ms,missouri,mo,nebraska,ne,oklahoma,ok,texas,tx,wisconsin,wi}'),
	(94, 'US', 'state', 'America/Denver', '{colorado,co,montana,mt,new mexico,nm,utah,ut,wyoming,wy}'),
	(95, 'US', 'state', 'America/Phoenix', '{arizona,az}'),
	(96, 'US', 'state', 'America/Los_Angeles', '{california,ca,nevada,nv,oregon,or,washington,wa}'),
	(97, 'US', 'state', 'America/Anchorage', '{alaska,ak}'),
	(98, 'US', 'state', 'Pacific/Honolulu', '{hawaii,hi}'),
	(99, 'US', 'state', 'America/Puerto_Rico', '{puerto rico,pr}')
	) p (n, country, level, zone, names),
	LATERAL unnest(p.names::text[]) WITH ORDINALITY u (name, n);
SELECT pg_catalog.pg_extension_config_dump('kobra.zone_place', 'WHERE zone_place_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.zone_place_zone_place_id_seq', '');
COMMENT ON TABLE kobra.zone_place IS
'In which time zone a country, state or city is, where that can be said with few exceptions. A city''s row goes before its state''s, and that before the country''s. Built-in rows have ids below 1,000; the latest row of a place holds. Add one with put_zone_place.';
COMMENT ON COLUMN kobra.zone_place.zone_place_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.zone_place.country IS 'The country, two letters of ISO 3166.';
COMMENT ON COLUMN kobra.zone_place.level IS 'country, state or city.';
COMMENT ON COLUMN kobra.zone_place.name IS 'The state''s or city''s name, or the state''s code (ISO 3166-2, without the country) or usual abbreviation, as search_text writes it; empty for the country.';
COMMENT ON COLUMN kobra.zone_place.zone IS 'IANA time zone.';
COMMENT ON COLUMN kobra.zone_place.created_at IS 'When the row was made.';

CREATE TABLE kobra.zone_prefix (
	zone_prefix_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT zone_prefix_pk PRIMARY KEY,
	prefix text NOT NULL,
	zone text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT zone_prefix_prefix CHECK (prefix ~ '^\+[1-9][0-9]{0,8}$')
);
CREATE INDEX zone_prefix_prefix_idx ON kobra.zone_prefix (prefix, zone_prefix_id);
-- national numbering plans and that of North America
INSERT INTO kobra.zone_prefix (zone_prefix_id, prefix, zone, created_at) OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY p.n, u.n), p.country || u.area, p.zone, '2026-01-01 00:00+00'
  FROM (VALUES
	-- Mexico: the areas of other hours than the centre's
	(1, '+52', 'America/Mexico_City', '{""}'),
	(2, '+52', 'America/Tijuana', '{616,646,658,661,664,665,686}'),
	(3, '+52', 'America/Hermosillo', '{622,623,631,632,633,634,637,638,641,642,644,645,647,651,653,662}'),
	(4, '+52', 'America/Mazatlan', '{612,613,615,624,667,668,669,672,673,687,694,695,696,697,698,311,319,323,324,325,327,389}'),
	(5, '+52', 'America/Bahia_Banderas', '{329}'),
	(6, '+52', 'America/Chihuahua', '{614,625,627,628,629,635,636,639,648,649,652,659}'),
	(7, '+52', 'America/Ciudad_Juarez', '{656}'),
	(8, '+52', 'America/Ojinaga', '{626}'),
	(9, '+52', 'America/Matamoros', '{867,868,877,878,899}'),
	(10, '+52', 'America/Cancun', '{983,984,987,998}'),
	-- Brazil
	(20, '+55', 'America/Sao_Paulo', '{""}'),
	(21, '+55', 'America/Cuiaba', '{65,66}'),
	(22, '+55', 'America/Campo_Grande', '{67}'),
	(23, '+55', 'America/Rio_Branco', '{68}'),
	(24, '+55', 'America/Porto_Velho', '{69}'),
	(25, '+55', 'America/Manaus', '{92,97}'),
	(26, '+55', 'America/Boa_Vista', '{95}'),
	(27, '+55', 'America/Araguaina', '{63}'),
	(28, '+55', 'America/Bahia', '{71,73,74,75,77}'),
	(29, '+55', 'America/Maceio', '{79,82}'),
	(30, '+55', 'America/Recife', '{81,87}'),
	(31, '+55', 'America/Fortaleza', '{83,84,85,86,88,89,98,99}'),
	(32, '+55', 'America/Belem', '{91,93,94,96}'),
	-- others
	(40, '+56', 'America/Santiago', '{""}'),
	(41, '+56', 'America/Punta_Arenas', '{61,67}'),
	(42, '+57', 'America/Bogota', '{""}'),
	(43, '+51', 'America/Lima', '{""}'),
	(44, '+54', 'America/Argentina/Buenos_Aires', '{""}'),
	(45, '+34', 'Europe/Madrid', '{""}'),
	(46, '+34', 'Atlantic/Canary', '{822,828,922,928}'),
	(47, '+44', 'Europe/London', '{""}'),
	(48, '+353', 'Europe/Dublin', '{""}'),
	(49, '+593', 'America/Guayaquil', '{""}'),
	(50, '+598', 'America/Montevideo', '{""}'),
	(51, '+595', 'America/Asuncion', '{""}'),
	(52, '+591', 'America/La_Paz', '{""}'),
	(53, '+58', 'America/Caracas', '{""}'),
	(54, '+506', 'America/Costa_Rica', '{""}'),
	(55, '+507', 'America/Panama', '{""}'),
	(56, '+502', 'America/Guatemala', '{""}'),
	(57, '+504', 'America/Tegucigalpa', '{""}'),
	(58, '+503', 'America/El_Salvador', '{""}'),
	(59, '+505', 'America/Managua', '{""}'),
	(60, '+1', 'America/Santo_Domingo', '{809,829,849}'),
	(61, '+1', 'America/Puerto_Rico', '{787,939}'),
	-- United States: areas in one zone
	(70, '+1', 'America/New_York', '{203,475,860,959,302,202,239,305,321,352,386,407,561,689,727,754,772,786,813,863,904,941,954,229,404,470,478,678,706,762,770,912,207,240,301,410,443,667,339,351,413,508,617,774,781,857,978,603,201,551,609,640,732,848,856,862,908,973,212,315,332,347,516,518,585,607,631,646,680,716,718,838,845,914,917,929,934,252,336,704,743,828,910,919,980,984,216,220,234,330,380,419,440,513,567,614,740,937,215,223,267,272,412,445,484,570,610,717,724,814,878,401,803,843,854,864,802,276,434,540,571,703,757,804,304,681,502,859,865}'),
	(71, '+1', 'America/Detroit', '{231,248,269,313,517,586,616,734,810,947,989}'),
	(72, '+1', 'America/Indiana/Indianapolis', '{260,317,463,765}'),
	(73, '+1', 'America/Chicago', '{205,251,256,334,938,479,501,870,217,224,309,312,331,618,630,708,773,779,815,847,872,319,515,563,641,712,225,318,337,504,985,218,320,507,612,651,763,952,228,601,662,769,314,417,573,636,660,816,405,539,580,918,615,629,731,901,210,214,254,281,325,346,361,409,430,469,512,682,713,726,737,806,817,830,832,903,936,940,956,972,979,262,414,534,608,715,920,316,913,402,531}'),
	(74, '+1', 'America/Denver', '{303,719,720,970,406,505,575,385,435,801,307,915}'),
	(75, '+1', 'America/Phoenix', '{480,520,602,623}'),
	(76, '+1', 'America/Los_Angeles', '{209,213,279,310,323,341,408,415,424,442,510,530,559,562,619,626,628,650,657,661,669,707,714,747,760,805,818,820,831,840,858,909,916,925,949,951,702,725,775,503,971,206,253,360,425,509,564}'),
	(77, '+1', 'Pacific/Honolulu', '{808}')
	) p (n, country, zone, areas),
	LATERAL unnest(p.areas::text[]) WITH ORDINALITY u (area, n);
SELECT pg_catalog.pg_extension_config_dump('kobra.zone_prefix', 'WHERE zone_prefix_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.zone_prefix_zone_prefix_id_seq', '');
COMMENT ON TABLE kobra.zone_prefix IS
'In which time zone the phone numbers that begin so probably are; the longest prefix counts. Mobile numbers move with people. Built-in rows have ids below 1,000; the latest row of a prefix holds. Add one with put_zone_prefix.';
COMMENT ON COLUMN kobra.zone_prefix.zone_prefix_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.zone_prefix.prefix IS '+ and up to nine digits, the country''s code first.';
COMMENT ON COLUMN kobra.zone_prefix.zone IS 'IANA time zone.';
COMMENT ON COLUMN kobra.zone_prefix.created_at IS 'When the row was made.';

CREATE FUNCTION kobra.put_zone_place(country text, name text, zone text, level text DEFAULT 'state') RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_zone_place' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_zone_place(text, text, text, text) IS
'Says in which time zone a state or city is (level state or city), or a country (level country, name NULL), and returns the id of the row; it takes the place of earlier ones. country: two letters of ISO 3166. Errors: KB007 unknown zone or any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.put_zone_prefix(prefix text, zone text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_zone_prefix' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_zone_prefix(text, text) IS
'Says in which time zone phone numbers that begin with a prefix (+ and up to nine digits, the country''s code first) are, and returns the id of the row; it takes the place of earlier ones. Errors: KB007 unknown zone or no such prefix, KB001 not authorized.';

CREATE FUNCTION kobra.zone_evidence(debtor_id bigint, jurisdiction text)
	RETURNS TABLE (address_zone text, phone_zone text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT a.zone, p.zone
	  FROM (SELECT 1) o
	  LEFT JOIN LATERAL (
		SELECT z.zone
		  FROM kobra.address x
		 -- the texts once an address, not once a row they are compared with
		 CROSS JOIN LATERAL (
			SELECT kobra.search_text(x.country) AS country, kobra.search_text(x.state) AS state, kobra.search_text(x.city) AS city
			OFFSET 0) w
		 CROSS JOIN LATERAL (
			SELECT CASE WHEN x.country IS NULL THEN split_part(zone_evidence.jurisdiction, '-', 1)
				ELSE coalesce(
					(SELECT o.country FROM kobra.country_name o WHERE o.name = w.country ORDER BY o.country_name_id DESC LIMIT 1),
					upper(btrim(x.country))) END AS country
			OFFSET 0) n
		 CROSS JOIN LATERAL (
			SELECT l.place, k.zone
			  FROM (VALUES (1, 'city', w.city),
				(2, 'state', CASE WHEN starts_with(w.state, lower(n.country) || ' ') THEN substr(w.state, 4) ELSE w.state END),
				(3, 'country', '')) l (place, level, name)
			 CROSS JOIN LATERAL (
				SELECT k.zone FROM kobra.zone_place k
				 WHERE k.country = n.country AND k.name = l.name AND k.level = l.level
				 ORDER BY k.zone_place_id DESC LIMIT 1) k
			 ORDER BY l.place
			 LIMIT 1) z
		 WHERE x.debtor_id = zone_evidence.debtor_id AND coalesce(x.country, x.state, x.city) IS NOT NULL
		 ORDER BY x.kind = 'home' DESC, x.address_id DESC
		 LIMIT 1) a ON true
	  LEFT JOIN LATERAL (
		SELECT z.zone
		  FROM kobra.contact_point x
		 CROSS JOIN LATERAL (
			SELECT k.zone
			  FROM unnest((SELECT array_agg(DISTINCT length(q.prefix)) FROM kobra.zone_prefix q)) n
			 CROSS JOIN LATERAL (
				SELECT k.zone FROM kobra.zone_prefix k
				 WHERE k.prefix = left(x.normalised, n) ORDER BY k.zone_prefix_id DESC LIMIT 1) k
			 ORDER BY n DESC
			 LIMIT 1) z
		 WHERE x.debtor_id = zone_evidence.debtor_id AND x.line_type IS NOT NULL
		   AND x.status NOT IN ('invalid', 'wrong_party', 'disconnected')
		 ORDER BY x.status = 'valid' DESC, x.quality DESC, x.contact_point_id
		 LIMIT 1) p ON true;
END;
COMMENT ON FUNCTION kobra.zone_evidence(bigint, text) IS
'What a debtor''s addresses and phone numbers say of the time zone, each NULL when it says nothing; an address without a country is taken to be in that of the jurisdiction. See debtor_zones.';

CREATE FUNCTION kobra.debtor_zones(portfolio_id bigint, debtor_ids bigint[] DEFAULT NULL)
	RETURNS TABLE (debtor_id bigint, zone text, guessed boolean, basis text, address_zone text, phone_zone text, conflict boolean)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT d.debtor_id, coalesce(d.zone, e.address_zone, e.phone_zone, f.zone), d.zone IS NULL,
		CASE WHEN d.zone IS NOT NULL THEN 'known' WHEN e.address_zone IS NOT NULL THEN 'address'
			WHEN e.phone_zone IS NOT NULL THEN 'phone' ELSE 'portfolio' END,
		e.address_zone, e.phone_zone,
		coalesce((now() AT TIME ZONE e.address_zone) <> (now() AT TIME ZONE e.phone_zone), false)
	  FROM kobra.portfolio f
	 CROSS JOIN LATERAL (
		SELECT DISTINCT t.debtor_id
		  FROM kobra.account t
		 WHERE t.portfolio_id = f.portfolio_id
		   AND (debtor_zones.debtor_ids IS NULL OR t.debtor_id = ANY (debtor_zones.debtor_ids))) m
	  JOIN kobra.debtor d ON d.debtor_id = m.debtor_id
	 CROSS JOIN LATERAL kobra.zone_evidence(d.debtor_id, coalesce(d.jurisdiction, f.jurisdiction)) e
	 WHERE f.portfolio_id = debtor_zones.portfolio_id;
END;
COMMENT ON FUNCTION kobra.debtor_zones(bigint, bigint[]) IS
'The time zone of each debtor with an account in a portfolio, or of some of them. What is not known is guessed and says so: by the address (a home, then the newest; city, state, country; without a country, in that of the jurisdiction), else by the phone number that is best known to reach the debtor, else the portfolio''s zone. basis: known, address, phone, portfolio. address_zone and phone_zone are what each alone says, NULL when it says nothing; conflict: they say different times of day as of now. For joins and jobs; a set, computed as it is read.';

CREATE FUNCTION kobra.debtor_zone(debtor_id bigint, portfolio text DEFAULT NULL, OUT zone text, OUT guessed boolean, OUT basis text,
		OUT address_zone text, OUT phone_zone text, OUT conflict boolean)
	RETURNS record LANGUAGE sql STABLE PARALLEL UNSAFE COST 1000
BEGIN ATOMIC
	SELECT z.zone, z.guessed, z.basis, z.address_zone, z.phone_zone, z.conflict
	  FROM kobra.debtor_zones(
		CASE WHEN debtor_zone.portfolio IS NOT NULL THEN kobra.portfolio_id(debtor_zone.portfolio)
			ELSE (SELECT a.portfolio_id FROM kobra.account a WHERE a.debtor_id = debtor_zone.debtor_id ORDER BY a.account_id LIMIT 1) END,
		ARRAY[debtor_zone.debtor_id]) z;
END;
COMMENT ON FUNCTION kobra.debtor_zone(bigint, text) IS
'The time zone of a debtor, known or guessed, and by what: as debtor_zones. Without a portfolio, that of the debtor''s first account is the last resort. NULL when the debtor has no account (there). Error: KB101 unknown portfolio.';
