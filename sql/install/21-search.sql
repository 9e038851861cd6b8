-- portfolio: how texts are compared when people are searched for, and the indexes

CREATE FUNCTION kobra.search_text(name text) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_search_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.search_text(text) IS
'A name as searches compare it: words in lower case without accents, one blank between them, no punctuation. Of the first 1,000 bytes.';

CREATE FUNCTION kobra.search_words(name text) RETURNS text[]
	AS 'MODULE_PATHNAME', 'kobra_search_words_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.search_words(text) IS
'The words of search_text, in their order. The index that names are found by is on them.';

CREATE FUNCTION kobra.search_key(number text) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_search_key_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.search_key(text) IS
'A tax or identity number as searches compare it: letters and digits alone, in lower case. Of the first 1,000 bytes.';

CREATE FUNCTION kobra.contact_key(destination text) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_contact_key' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.contact_key(text) IS
'What a contact point is looked up by: an e-mail in lower case, the last 7 digits of a number, so that however it is written it is found. Of the first 1,000 bytes.';

CREATE INDEX debtor_tax_id_idx ON kobra.debtor (kobra.search_key(tax_id)) WHERE tax_id IS NOT NULL;
CREATE INDEX debtor_name_idx ON kobra.debtor USING gin (array_to_tsvector(kobra.search_words(name)))
	WITH (gin_pending_list_limit = 256);
CREATE INDEX contact_point_key_idx ON kobra.contact_point (kobra.contact_key(normalised));
CREATE INDEX account_external_id_idx ON kobra.account (external_id) WHERE external_id <> '';
