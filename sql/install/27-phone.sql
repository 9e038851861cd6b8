-- phone: what a number is, by libphonenumber

CREATE TYPE kobra.phone_info AS (
	possible boolean,
	valid boolean,
	valid_for_region boolean,
	type text,
	e164 text,
	region text
);
COMMENT ON TYPE kobra.phone_info IS 'What libphonenumber says of a phone number.';
COMMENT ON COLUMN kobra.phone_info.possible IS 'Whether it has as many digits as numbers of its country have, or as local ones have.';
COMMENT ON COLUMN kobra.phone_info.valid IS 'Whether its digits are in a range that has been assigned. Not whether anybody answers.';
COMMENT ON COLUMN kobra.phone_info.valid_for_region IS 'Whether it is valid and belongs to the region asked about. NULL when none was passed.';
COMMENT ON COLUMN kobra.phone_info.type IS
'FIXED_LINE, MOBILE, FIXED_LINE_OR_MOBILE (where the digits do not tell), TOLL_FREE, PREMIUM_RATE, SHARED_COST, VOIP, PERSONAL_NUMBER, PAGER, UAN, VOICEMAIL; UNKNOWN when not valid. NULL when it cannot be read as a number at all.';
COMMENT ON COLUMN kobra.phone_info.e164 IS 'The number as + and digits (ITU-T E.164), without an extension; also of one that is not valid. NULL when it cannot be read.';
COMMENT ON COLUMN kobra.phone_info.region IS
'The country (ISO 3166, two letters) the number belongs to; 001 for one of no country. NULL when unknown, as of invalid numbers of a code that countries share.';

CREATE FUNCTION kobra.phone_info(number text, region text DEFAULT NULL) RETURNS kobra.phone_info
	AS '$libdir/kobra_phone', 'kobra_phone_info' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 250;
COMMENT ON FUNCTION kobra.phone_info(text, text) IS
'What a phone number is, by libphonenumber: written as one dials it in the region (ISO 3166, two letters), or with + and the country''s code; the region may then be NULL. What is no number is not possible and not valid; NULL of NULL. The answers are those of the installed libphonenumber: after it changes, rebuild indexes on them. Error KB007 unknown region.';

CREATE FUNCTION kobra.is_phone_region(region text) RETURNS boolean
	AS '$libdir/kobra_phone', 'kobra_is_phone_region' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kobra.is_phone_region(text) IS
'Whether phone_info knows the region (ISO 3166, two letters in capitals).';
